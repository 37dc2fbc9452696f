#include "scripting/syntax.hpp"

#include <catch2/catch.hpp>
#include <sstream>

namespace pawl::scripting {
namespace {

std::string show(const std::optional<SyntaxError>& error) {
  if (!error) return "fine";
  return std::to_string(error->line) + ": " + error->message;
}

TEST_CASE("one Lua expression is accepted, with comments and over several lines", "[syntax]") {
  CHECK(show(check_expression("1 + 2")) == "fine");
  CHECK(show(check_expression(" inputs.day -- the day")) == "fine");
  CHECK(show(check_expression("{\n a = 1,\n b = function() return 2 end }")) == "fine");
  CHECK(show(check_expression("'null' == null")) == "fine");
}

TEST_CASE("what is not exactly one expression is refused", "[syntax]") {
  CHECK(show(check_expression("")) == "1: an expression is expected, there is nothing");
  CHECK(show(check_expression(" \n ")) == "1: an expression is expected, there is nothing");
  CHECK(show(check_expression("a, b")) == "1: a single expression is expected, found ','");
  CHECK(show(check_expression("a;")) == "1: a single expression is expected, found ';'");
  CHECK(show(check_expression("a) + (b")) == "1: unexpected ')'");
  CHECK(show(check_expression("a b")) == "1: unexpected 'b'");
  CHECK(show(check_expression("-- only a comment")) ==
        "2: a single expression is expected, found ')'");
  CHECK(show(check_expression("1 +")) == "1: unexpected symbol near the end");
}

TEST_CASE("the line of a mistake counts from the first line of the text", "[syntax]") {
  CHECK(show(check_block("local a = 1\nreturn a +\n")) == "3: unexpected symbol near the end");
  CHECK(show(check_block("if a then\n b()\n")) ==
        "3: 'end' expected (to close 'if' at line 1) near the end");
  CHECK(show(check_expression("{\n a = 1\n b = 2}")) ==
        "3: '}' expected (to close '{' at line 1) near 'b'");
}

TEST_CASE("a block may be empty, and may return", "[syntax]") {
  CHECK(show(check_block("")) == "fine");
  CHECK(show(check_block("for i = 1, 3 do log(i) end return 4")) == "fine");
  CHECK(show(check_block("return 1 return 2")) == "1: unexpected 'return'");
}

TEST_CASE("bytecode and endless nesting are mistakes like others", "[syntax]") {
  CHECK(check_block("\x1bLua").has_value());
  CHECK(check_expression(std::string(100'000, '(')).has_value());
  CHECK(check_expression(std::string(100'000, '{')).has_value());
  CHECK(check_expression(std::string_view("1 \0 2", 5)).has_value());
}

}  // namespace
}  // namespace pawl::scripting

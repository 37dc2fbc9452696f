#include "base/json_text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace pawl {
namespace {

std::string mistake_in(const char* text) {
  try {
    return nlohmann::json::parse(text).dump();
  } catch (const nlohmann::json::exception& problem) {
    return json_mistake(problem.what());
  }
}

TEST_CASE("a mistake in JSON is told with its place and nothing of the parser", "[base]") {
  CHECK(mistake_in("{\"a\":\n") == "line 2, column 1: unexpected end of input");
  CHECK(mistake_in("x") == "line 1, column 1: invalid literal near 'x'");
  CHECK(mistake_in("{\"a\" 1}") == "line 1, column 6: unexpected number literal");
  CHECK(mistake_in("[1,]") == "line 1, column 4: unexpected ']'");
  CHECK(mistake_in("\"\t\"").find("line 1, column 2: invalid string: control character") == 0);
  CHECK(json_mistake("[json.exception.type_error.302] type must be string, but is number") ==
        "type must be string, but is number");
  CHECK(json_mistake("something else").find("something else") == 0);
}

}  // namespace
}  // namespace pawl

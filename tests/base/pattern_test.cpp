#include "base/pattern.hpp"

#include <catch2/catch.hpp>

namespace pawl {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  return Pattern::compile(pattern).value().matches(text);
}

bool occurs(std::string_view pattern, std::string_view text) {
  std::int64_t work = 1'000'000;
  return Pattern::compile(pattern).value().occurs_in(text, work);
}

TEST_CASE("a pattern matches the whole text or not at all", "[base][pattern]") {
  CHECK(matches("abc", "abc"));
  CHECK_FALSE(matches("abc", "abcd"));
  CHECK_FALSE(matches("abc", "xabc"));
  CHECK(matches("^abc$", "abc"));
  CHECK(matches("", ""));
  CHECK_FALSE(matches("", "a"));
}

TEST_CASE("patterns know the common parts of regular expressions", "[base][pattern]") {
  CHECK(matches("a|bc|d", "bc"));
  CHECK_FALSE(matches("a|bc|d", "ac"));
  CHECK(matches("(a|b)*c", "ababc"));
  CHECK(matches("(?:ab)+", "abab"));
  CHECK_FALSE(matches("(?:ab)+", "aba"));
  CHECK(matches("a{2,3}", "aaa"));
  CHECK_FALSE(matches("a{2,3}", "a"));
  CHECK_FALSE(matches("a{2,3}", "aaaa"));
  CHECK(matches("a{2}", "aa"));
  CHECK(matches("a{2,}", "aaaaa"));
  CHECK(matches("a?b", "b"));
  CHECK(matches("[a-c-]+", "a-c"));
  CHECK_FALSE(matches("[^a-c]+", "xay"));
  CHECK(matches("[]x]+", "]x"));
  CHECK(matches("\\d+\\.\\d+", "1.5"));
  CHECK(matches("[\\w.]+@\\w+", "a.b@c"));
  CHECK(matches(".+", "größe"));
  CHECK(matches("[ä-ü]", "ö"));
  CHECK_FALSE(matches("[^ä-ü]", "ö"));
  CHECK_FALSE(matches(".", "\n"));
  CHECK(matches("((a|b){1,2}x)*y", "abxaxy"));
  CHECK(matches("(|a)*b", "aab"));
}

TEST_CASE("a pattern that cannot be used says why", "[base][pattern]") {
  const auto why = [](std::string_view pattern) {
    const std::string message = Pattern::compile(pattern).error().message;
    return message.substr(message.find(": ") + 2);
  };
  CHECK(why("[a-z") == "a '[' is never closed");
  CHECK(why("(a") == "a '(' is never closed");
  CHECK(why("a)") == "')' closes nothing");
  CHECK(why("*a") == "'*' repeats nothing");
  CHECK(why("a**") == "two repetitions stand side by side");
  CHECK(why("a{3,2}") == "'{' needs counts, like {2} or {2,5}");
  CHECK(why("(?=a)") == "look-around and named groups are not part of it");
  CHECK(why("(a)\\1") == "it has no escape '\\1'");
  CHECK(why("[z-a]") == "a range in '[…]' runs backwards");
  CHECK(why("\\p{L}") == "it has no escape '\\p'");
  CHECK(why("a\\") == "it ends with a backslash");
  CHECK(why("a{1001}") == "it repeats more than 1,000 times");
  CHECK(why("((a{1000}){1000}){1000}") == "it is too large");
}

TEST_CASE("no pattern runs away", "[base][pattern]") {
  CHECK_FALSE(matches("(a+)+b", std::string(5000, 'a')));
  CHECK_FALSE(matches("(a|aa)+b", std::string(5000, 'a')));
  std::string nested = "a";
  for (int i = 0; i < 60; ++i) nested = "(" + nested + ")*";
  CHECK_FALSE(Pattern::compile(nested));
}

TEST_CASE("a pattern is found anywhere in a text, unless it says where", "[base][pattern]") {
  CHECK(occurs("b+", "abbc"));
  CHECK(occurs("", ""));
  CHECK(occurs("^a", "abc"));
  CHECK(occurs("c$", "abc"));
  CHECK(occurs("a|^b", "cba"));
  CHECK(occurs("ö.ö", "xxöäöxx"));
  CHECK_FALSE(occurs("^b", "abc"));
  CHECK_FALSE(occurs("b$", "abc"));
  CHECK_FALSE(occurs("c$", "abc\n"));
  CHECK_FALSE(occurs("a.c", "abbc"));
}

TEST_CASE("blanks and ends of lines are those of ECMAScript", "[base][pattern]") {
  for (const char* blank : {" ", "\t", "\u00a0", "\u2003", "\u2028", "\ufeff"}) {
    CHECK(matches("\\s", blank));
  }
  CHECK_FALSE(matches("\\s", "\u200b"));
  for (const char* end : {"\n", "\r", "\u2028", "\u2029"}) CHECK_FALSE(matches(".", end));
}

TEST_CASE("a class in capitals is all but what it means in small letters", "[base][pattern]") {
  CHECK(matches("\\S\\D\\W", "öä."));
  CHECK(matches("[\\Sx]+", "öx"));
  CHECK(matches("[^\\S]", " "));
  CHECK(matches("[\\D0]+", "a0"));
  for (const char* blank : {" ", "\n", "\u00a0", "\u2005", "\ufeff"})
    CHECK_FALSE(matches("\\S", blank));
  CHECK_FALSE(matches("\\D", "5"));
  CHECK_FALSE(matches("[\\D0]+", "a1"));
  CHECK_FALSE(matches("\\W", "_"));
}

TEST_CASE("looking for a pattern stops when the work is used up", "[base][pattern]") {
  std::int64_t work = 1'000;
  CHECK_FALSE(Pattern::compile("b").value().occurs_in(std::string(5'000, 'a') + "b", work));
  CHECK(work <= 0);
}

}  // namespace
}  // namespace pawl

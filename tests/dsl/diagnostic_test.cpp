#include "dsl/diagnostic.hpp"

#include <catch2/catch.hpp>

#include "dsl/source_text.hpp"

template <>
struct Catch::StringMaker<pawl::dsl::Place> {
  static std::string convert(const pawl::dsl::Place& place) {
    return std::to_string(place.line) + ":" + std::to_string(place.column);
  }
};
template <>
struct Catch::StringMaker<pawl::dsl::Diagnostic> {
  static std::string convert(const pawl::dsl::Diagnostic& one) { return one.message; }
};

namespace pawl::dsl {
namespace {

TEST_CASE("a diagnostic shows place, rule, message, line, caret and fix", "[dsl][diagnostic]") {
  const Diagnostic one{
      {2, 5, 10}, "unknown-key", "a step has no key 'depends_on'", "write 'needs: fetch'"};
  CHECK(render(one, "nightly.yaml", "a:\n    depends_on: fetch\n") ==
        "nightly.yaml:2:5  error[unknown-key]  a step has no key 'depends_on'\n"
        "  2 |     depends_on: fetch\n"
        "    |     ^^^^^^^^^^ write 'needs: fetch'\n");
}

TEST_CASE("the caret stands under the right character", "[dsl][diagnostic]") {
  const auto caret_line = [](const Span& at, std::string_view source) {
    const std::string text = render({at, "r", "m", ""}, "f", source);
    const auto second = text.find('\n', text.find('\n') + 1) + 1;
    return text.substr(second, text.size() - second - 1);
  };
  SECTION("behind characters of several bytes") {
    CHECK(caret_line({1, 4, 2}, "äöüab") == "    |    ^^");
  }
  SECTION("behind a tab, which is shown as one blank") {
    CHECK(caret_line({1, 2, 1}, "\tab") == "    |  ^");
  }
  SECTION("at the end of a line and in an empty one") {
    CHECK(caret_line({1, 3, 5}, "ab\ncd") == "    |   ^");
    CHECK(caret_line({2, 1, 1}, "ab\n\n") == "    | ^");
  }
  SECTION("beyond the file") { CHECK(caret_line({9, 9, 9}, "ab") == "    | ^"); }
  SECTION("behind a byte order mark") {
    CHECK(caret_line({1, 1, 2},
                     "\xEF\xBB\xBF"
                     "ab") == "    | ^^");
  }
}

TEST_CASE("a long line is cut around the place", "[dsl][diagnostic]") {
  const std::string source = std::string(1000, 'x') + "HERE" + std::string(1000, 'y');
  const std::string text = render({{1, 1001, 4}, "r", "m", ""}, "f", source);
  CHECK(text.find("xHEREy") != std::string::npos);
  CHECK(text.size() < 300);
  CHECK(text.find("… x") != std::string::npos);
  CHECK(text.find("y …\n") != std::string::npos);
}

TEST_CASE("bytes that are not UTF-8 are shown as replacement characters", "[dsl][diagnostic]") {
  const std::string text = render({{1, 2, 1}, "r", "m", ""}, "f",
                                  "a\xff"
                                  "b");
  CHECK(text.find("a\xEF\xBF\xBD"
                  "b") != std::string::npos);
}

TEST_CASE("a diagnostic as JSON keeps every field", "[dsl][diagnostic]") {
  const Diagnostic one{{2, 5, 10}, "r", "say \"x\"\n", "", Severity::warning};
  CHECK(render_json(one, "a.yaml") ==
        R"({"v":1,"kind":"diagnostic","file":"a.yaml","line":2,"column":5,"length":10,)"
        R"("severity":"warning","rule":"r","message":"say \"x\"\n","fix":null})");
  Diagnostic mendable = one;
  mendable.fix = "write it so";
  CHECK(render_json(mendable, "a.yaml").find(R"("fix":"write it so"})") != std::string::npos);
}

TEST_CASE("diagnostics are sorted by place, each once", "[dsl][diagnostic]") {
  Diagnostics list = {{{3, 1, 1}, "b", "m", ""},
                      {{1, 9, 1}, "a", "m", ""},
                      {{3, 1, 1}, "b", "m", ""},
                      {{3, 1, 1}, "a", "m", ""}};
  sort_unique(list);
  CHECK(list == Diagnostics{{{1, 9, 1}, "a", "m", ""},
                            {{3, 1, 1}, "a", "m", ""},
                            {{3, 1, 1}, "b", "m", ""}});
}

TEST_CASE("offsets and places turn into each other", "[dsl][source]") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += i % 7 == 0 ? "ä\n" : "aö€x ";
  const SourceText source(text);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    REQUIRE(source.offset(source.place(at)) == at);
  }
  CHECK(source.offset({1, 99}) == 2);
  CHECK(source.offset({9999, 1}) == text.size());
}

}  // namespace
}  // namespace pawl::dsl

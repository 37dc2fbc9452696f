#include "cli/explain_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/states.hpp"
#include "golden.hpp"

namespace pawl::cli {
namespace {

const dsl::Page& page_of(std::string_view code) {
  const std::vector<const dsl::Page*> pages = dsl::pages_of(code);
  REQUIRE(!pages.empty());
  return *pages.front();
}

TEST_CASE("a page has the meaning, a wrong and a right example, and what to do", "[cli]") {
  check_golden("explain_error.txt", page_text(page_of("unknown-key")));
  check_golden("explain_warning.txt", page_text(page_of("option-like")));
  check_golden("explain_failure.txt", page_text(page_of("timeout")));
  check_golden("explain.json", page_record(page_of("duration")) + page_record(page_of("lost")));
}

TEST_CASE("the list has each code with its line", "[cli]") {
  check_golden("explain_list.txt", chapters_text(dsl::chapters()));
}

TEST_CASE("a code may be pasted with what stands around it", "[cli]") {
  CHECK(code_in("unknown-key") == "unknown-key");
  CHECK(code_in("error[unknown-key]") == "unknown-key");
  CHECK(code_in("[unknown-key]") == "unknown-key");
  CHECK(code_in("error[unknown-key") == "error[unknown-key");
}

TEST_CASE("a mistyped code is answered with the nearest", "[cli]") {
  CHECK(codes_near("unknown-kye") == std::vector<std::string_view>{"unknown-key"});
  CHECK(codes_near("alias") == std::vector<std::string_view>{"cyclic-alias", "too-many-aliases"});
  CHECK(codes_near("zebra").empty());
}

TEST_CASE("every kind of failure has a page", "[cli]") {
  std::set<std::string_view> pages;
  for (const dsl::Page& page : dsl::chapters().back().pages) pages.insert(page.code);
  std::set<std::string_view> kinds;
  for (int kind = 0; kind <= static_cast<int>(core::FailureKind::cancelled); ++kind) {
    kinds.insert(core::name_of(static_cast<core::FailureKind>(kind)));
  }
  CHECK(pages == kinds);
}

TEST_CASE("a word that is a rule and a kind of failure has both pages", "[cli]") {
  const std::vector<const dsl::Page*> pages = dsl::pages_of("expression");
  REQUIRE(pages.size() == 2);
  CHECK(pages[0]->kind == dsl::PageKind::error);
  CHECK(pages[1]->kind == dsl::PageKind::failure);
}

}  // namespace
}  // namespace pawl::cli

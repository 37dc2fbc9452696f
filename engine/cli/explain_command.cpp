#include <fmt/format.h>

#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/explain_text.hpp"
#include "cli/flags.hpp"

namespace pawl::cli {
namespace {

std::string print(const dsl::Page& page, const CommonFlags& common) {
  if (common.json) return page_record(page);
  return common.quiet ? fmt::format("{}\n", page.code) : page_text(page);
}

std::string list(const CommonFlags& common) {
  if (!common.json && !common.quiet) return chapters_text(dsl::chapters());
  std::string out;
  for (const dsl::Chapter& chapter : dsl::chapters()) {
    for (const dsl::Page& page : chapter.pages) out += print(page, common);
  }
  return out;
}

Error no_page(std::string_view word) {
  std::string hint;
  for (const std::string_view code : codes_near(word)) {
    hint += fmt::format("{}{}", hint.empty() ? "did you mean: " : ", ", code);
  }
  return {ErrorKind::usage, fmt::format("there is no code {}", quoted(word)), std::move(hint),
          "pawl explain"};
}

}  // namespace

int explain_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string word;
  FlagParser parser(command, common);
  parser.positional("CODE", word, false);
  if (!parser.parse(arguments)) return exit_success;

  if (word.empty()) {
    std::cout << list(common);
    return exit_success;
  }
  const std::string_view code = code_in(word);
  const std::vector<const dsl::Page*> pages = dsl::pages_of(code);
  if (pages.empty()) throw no_page(code);
  for (const dsl::Page* page : pages) {
    const bool is_first = page == pages.front();
    if (common.quiet && !common.json && !is_first) break;
    if (!common.json && !is_first) std::cout << '\n';
    std::cout << print(*page, common);
  }
  return exit_success;
}

}  // namespace pawl::cli

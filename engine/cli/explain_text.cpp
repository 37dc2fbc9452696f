#include "cli/explain_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/json_record.hpp"

namespace pawl::cli {
namespace {

/// Each line of `text` behind two blanks; lines without text stay empty.
std::string indented(std::string_view text) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    if (end > from) out += fmt::format("  {}", text.substr(from, end - from));
    out += '\n';
    from = end + 1;
  }
  return out;
}

/// The lines of a paragraph as one: a program wraps them by itself.
std::string joined(std::string_view text) {
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

std::string_view name_of(dsl::PageKind kind) {
  switch (kind) {
    case dsl::PageKind::error:
      return "error";
    case dsl::PageKind::warning:
      return "warning";
    case dsl::PageKind::failure:
      return "failure";
  }
  return "";
}

std::string page_text(const dsl::Page& page) {
  const bool fails = page.kind == dsl::PageKind::failure;
  std::string out = fmt::format("{}[{}]  {}\n\n", name_of(page.kind), page.code, page.summary) +
                    indented(page.meaning);
  if (!page.wrong.empty()) out += (fails ? "\nfails so\n" : "\nwrong\n") + indented(page.wrong);
  if (!page.right.empty()) out += (fails ? "\nsucceeds\n" : "\nright\n") + indented(page.right);
  return out + "\nwhat to do\n" + indented(page.remedy);
}

std::string page_record(const dsl::Page& page) {
  return JsonRecord("explanation")
             .text("code", page.code)
             .text("severity", name_of(page.kind))
             .text("summary", page.summary)
             .text("meaning", joined(page.meaning))
             .text_or_null("wrong", page.wrong)
             .text_or_null("right", page.right)
             .text("remedy", joined(page.remedy))
             .str() +
         "\n";
}

std::string chapters_text(std::span<const dsl::Chapter> chapters) {
  std::string out;
  for (const dsl::Chapter& chapter : chapters) {
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", chapter.title);
    for (const dsl::Page& page : chapter.pages) {
      out += fmt::format("  {:<17}  {}\n", page.code, page.summary);
    }
  }
  return out + "\npawl explain CODE\n";
}

std::string_view code_in(std::string_view word) {
  const std::size_t open = word.find('[');
  if (open == word.npos || !word.ends_with(']')) return word;
  return word.substr(open + 1, word.size() - open - 2);
}

std::vector<std::string_view> codes_near(std::string_view word) {
  constexpr std::size_t near_max = 3;
  std::vector<std::string_view> codes;
  for (const dsl::Chapter& chapter : dsl::chapters()) {
    for (const dsl::Page& page : chapter.pages) codes.push_back(page.code);
  }
  std::vector<std::string_view> near;
  if (const std::string_view nearest = closest(word, codes); !nearest.empty()) {
    near.push_back(nearest);
  }
  for (const std::string_view code : codes) {
    const bool is_part = word.size() >= 3 && code.find(word) != code.npos;
    if (is_part && near.size() < near_max && std::ranges::find(near, code) == near.end()) {
      near.push_back(code);
    }
  }
  return near;
}

}  // namespace pawl::cli

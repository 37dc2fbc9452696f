#include "cli/text_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/plain_text.hpp"

namespace pawl::cli {
namespace {

using Texts = std::vector<std::string_view>;

Texts lines_of(std::string_view text) {
  Texts lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_empty(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

struct Change {
  char mark;  ///< ' ', '-' or '+'
  std::string_view line;
};

/// Number of empty lines from `at` on.
std::size_t empty_lines(const Texts& lines, std::size_t at) {
  const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(at);
  return static_cast<std::size_t>(std::find_if_not(begin, lines.end(), is_empty) - begin);
}

std::vector<Change> changes_between(const Texts& before, const Texts& after) {
  std::vector<Change> changes;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto pair = [&] {
    if (before[i] == after[j]) {
      changes.push_back({' ', before[i]});
    } else {
      changes.push_back({'-', before[i]});
      changes.push_back({'+', after[j]});
    }
    ++i;
    ++j;
  };
  while (i < before.size() || j < after.size()) {
    std::size_t gone = empty_lines(before, i);
    std::size_t come = empty_lines(after, j);
    for (; gone > 0 && come > 0; --gone, --come) pair();
    for (; gone > 0; --gone) changes.push_back({'-', before[i++]});
    for (; come > 0; --come) changes.push_back({'+', after[j++]});
    if (i < before.size() && j < after.size()) {
      pair();
    } else {
      while (i < before.size()) changes.push_back({'-', before[i++]});
      while (j < after.size()) changes.push_back({'+', after[j++]});
    }
  }
  return changes;
}

/// In a row of changed lines all that go stand in front of all that come.
void sort_rows(std::vector<Change>& changes) {
  for (auto row = changes.begin(); row != changes.end();) {
    const auto end =
        std::find_if(row, changes.end(), [](const Change& change) { return change.mark == ' '; });
    std::stable_partition(row, end, [](const Change& change) { return change.mark == '-'; });
    row = end == changes.end() ? end : end + 1;
  }
}

std::string hunks_of(const std::vector<Change>& changes) {
  constexpr std::size_t context = 3;
  std::string text;
  std::size_t before = 1;  // The number of the next line.
  std::size_t after = 1;
  const auto is_change = [&](std::size_t at) { return changes[at].mark != ' '; };
  for (std::size_t at = 0; at < changes.size();) {
    std::size_t first = at;
    while (first < changes.size() && !is_change(first)) ++first;
    if (first == changes.size()) break;
    std::size_t end = first;
    for (std::size_t i = first; i < changes.size() && i < end + 2 * context + 1; ++i) {
      if (is_change(i)) end = i + 1;
    }
    const std::size_t from = std::max(at, first - std::min(first, context));
    const std::size_t to = std::min(end + context, changes.size());
    before += from - at;
    after += from - at;
    std::string body;
    std::size_t gone = 0;
    std::size_t come = 0;
    for (std::size_t i = from; i < to; ++i) {
      body += fmt::format("{}{}\n", changes[i].mark, harmless(changes[i].line));
      gone += changes[i].mark != '+';
      come += changes[i].mark != '-';
    }
    text += fmt::format("@@ -{},{} +{},{} @@\n", before, gone, after, come) + body;
    before += gone;
    after += come;
    at = to;
  }
  return text;
}

}  // namespace

std::string text_diff(std::string_view name, std::string_view before, std::string_view after) {
  if (before == after) return "";
  std::string text = fmt::format("--- {0}\n+++ {0}\tformatted\n", harmless(name));
  if (before.starts_with("\xEF\xBB\xBF")) {
    before.remove_prefix(3);
    text += "byte order mark: removed\n";
  }
  if (before.find("\r\n") != before.npos) text += "line ends: CRLF to LF\n";
  std::vector<Change> changes = changes_between(lines_of(before), lines_of(after));
  sort_rows(changes);
  text += hunks_of(changes);
  if (!before.ends_with('\n') && after.ends_with('\n'))
    text += "line end of the last line: added\n";
  return text;
}

}  // namespace pawl::cli

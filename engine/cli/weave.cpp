#include "cli/weave.hpp"

#include <algorithm>
#include <set>

namespace pawl::cli {

std::string weave(const std::vector<ToldLine>& story, std::vector<OutputLine> output) {
  std::ranges::stable_sort(output, {}, &OutputLine::at);
  std::set<AttemptKey> not_begun;
  for (const ToldLine& line : story) not_begun.insert(line.begins.begin(), line.begins.end());
  std::string text;
  const auto release = [&](const auto& is_due) {
    std::vector<OutputLine> kept;
    for (OutputLine& line : output) {
      if (not_begun.count(line.attempt) == 0 && is_due(line)) {
        text += line.text;
      } else {
        kept.push_back(std::move(line));
      }
    }
    output = std::move(kept);
  };
  for (const ToldLine& line : story) {
    if (!output.empty()) {
      release([&](const OutputLine& printed) {
        return printed.at <= line.at ||
               std::ranges::find(line.ends, printed.attempt) != line.ends.end();
      });
    }
    text += line.text;
    for (const AttemptKey& begun : line.begins) not_begun.erase(begun);
  }
  release([](const OutputLine&) { return true; });
  return text;
}

}  // namespace pawl::cli

#include "cli/run_ref.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace pawl::cli {

store::RunSummary find_run(store::Reader& reader, const std::string& text) {
  std::vector<store::RunSummary> found = reader.find(text);
  if (found.size() == 1) return std::move(found[0]);
  if (found.empty()) {
    if (const auto [number, repair] = split_repair(text); repair) {
      throw Error(ErrorKind::usage,
                  fmt::format("{} is run {} after repair {}, which can be looked at only", text,
                              number, *repair),
                  "", fmt::format("pawl show {}", text));
    }
    const std::int64_t newest = reader.newest_number();
    throw Error(
        ErrorKind::usage,
        newest == 0 ? fmt::format("no run {}: there are no runs yet", text)
                    : fmt::format("no run {} in namespace default; the newest is {}", text, newest),
        "RUN is a number, an id, a key (or key:K), last, last:WORKFLOW or last~N", "pawl runs");
  }
  std::string owners;
  for (const store::RunSummary& run : found) {
    owners += fmt::format("{}{} ({})", owners.empty() ? "" : ", ", run.number, run.workflow);
  }
  throw Error(ErrorKind::usage,
              fmt::format("the key {} belongs to runs of {} workflows: {}", pawl::quoted(text),
                          found.size(), owners),
              "", "give the number");
}

std::pair<std::string, std::optional<int>> split_repair(const std::string& text) {
  constexpr std::string_view digits = "0123456789";
  constexpr std::size_t repair_digits_max = 6;
  const std::size_t dot = text.find('.');
  if (dot == 0 || dot == text.npos || text.find_first_not_of(digits, 0) != dot) {
    return {text, std::nullopt};
  }
  const std::string repair = text.substr(dot + 1);
  if (repair.empty() || repair.size() > repair_digits_max ||
      repair.find_first_not_of(digits) != repair.npos) {
    return {text, std::nullopt};
  }
  return {text.substr(0, dot), std::stoi(repair)};
}

std::string said_as(const store::RunSummary& run, const std::string& text) {
  const std::string number = std::to_string(run.number);
  return text == number ? number : fmt::format("{} ({})", number, text);
}

}  // namespace pawl::cli

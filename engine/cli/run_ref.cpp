#include "cli/run_ref.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace pawl::cli {

store::RunSummary find_run(store::Reader& reader, const std::string& text) {
  std::vector<store::RunSummary> found = reader.find(text);
  if (found.size() == 1) return std::move(found[0]);
  if (found.empty()) {
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

std::string said_as(const store::RunSummary& run, const std::string& text) {
  const std::string number = std::to_string(run.number);
  return text == number ? number : fmt::format("{} ({})", number, text);
}

}  // namespace pawl::cli

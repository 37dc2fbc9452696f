#include "cli/run_filter_words.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/local_time.hpp"

namespace pawl::cli {

store::RunFilter filter_of(const std::vector<std::string>& words) {
  const std::string text = fmt::format("{}", fmt::join(words, " "));
  auto parsed = store::parse_run_filter(
      text, now_here(), [](const std::string& local) { return local_time(local, now_here()); });
  if (auto* filter = std::get_if<store::RunFilter>(&parsed)) return std::move(*filter);
  const store::FilterMistake& mistake = std::get<store::FilterMistake>(parsed);
  const std::size_t cells = count_code_points(text.substr(0, mistake.begin));
  const std::size_t length = count_code_points(text.substr(mistake.begin, mistake.length));
  throw Error(ErrorKind::usage, mistake.problem.message,
              fmt::format("{}\n{}{}\n{}", text, std::string(cells, ' '), std::string(length, '^'),
                          mistake.problem.fix),
              "pawl runs state=failed since=2h");
}

}  // namespace pawl::cli

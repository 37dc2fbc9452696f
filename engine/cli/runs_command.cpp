#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/run_filter_words.hpp"
#include "cli/run_view.hpp"
#include "cli/runs_table.hpp"
#include "cli/style_for.hpp"

namespace pawl::cli {
int runs_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  int limit = 50, before = 0;
  std::vector<std::string> words;
  std::string columns;
  FlagParser parser(command, common);
  parser.positionals("FILTER", words, false)
      .number("--limit", limit, 1, "At most so many; 50 without")
      .option("--columns", columns, "A,B", "What to show: run,state,label.team,input.day")
      .number("--after", before, 1, "Go on behind the run with this number");
  if (!parser.parse(arguments)) return exit_success;

  const store::RunFilter filter = filter_of(words);
  if (columns.empty()) columns = common.verbose ? verbose_columns : usual_columns;
  const std::vector<std::string> shown = columns_of(columns);
  const std::unique_ptr<store::Reader> reader =
      open_reader(find_database(common, MayStart::nothing));
  const std::optional<std::int64_t> behind =
      before > 0 ? std::optional<std::int64_t>{before} : std::nullopt;
  std::vector<store::RunSummary> runs = reader->runs(limit + 1, behind, filter);
  const bool more = runs.size() > static_cast<std::size_t>(limit);
  if (more) runs.pop_back();
  if (common.quiet) {
    for (const store::RunSummary& run : runs) std::cout << run.number << '\n';
    return exit_success;
  }
  if (common.json) {
    for (const store::RunSummary& run : runs) std::cout << run_record(run) << '\n';
    return exit_success;
  }
  const Style style = style_for(common, STDOUT_FILENO);
  std::vector<RunId> ids;
  for (const store::RunSummary& run : runs) ids.push_back(run.run);
  write_out(runs_table(runs, reader->facts(ids), now_here(), style, shown), style);
  std::cout.flush();
  if (runs.empty()) std::cerr << (words.empty() ? "no runs\n" : "no such runs\n");
  if (more) {
    std::string again = "pawl runs";
    for (const std::string& word : words) again += " " + shell_quoted(word);
    std::cerr << fmt::format("there are more: {} --after {}\n", again, runs.back().number);
  }
  return exit_success;
}

}  // namespace pawl::cli

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/run_filter_words.hpp"
#include "cli/run_view.hpp"
#include "cli/runs_table.hpp"
#include "cli/style_for.hpp"

namespace pawl::cli {
namespace {

store::RunOrder order_of(const std::string& sort, bool goes_on) {
  const Result<store::RunOrder> order = store::parse_run_order(sort);
  if (!order) {
    throw Error(ErrorKind::usage, order.error().message, order.error().fix,
                "pawl runs --sort -took");
  }
  if (goes_on) {
    throw Error(ErrorKind::usage, "--after goes on with the newest, so it has no --sort",
                "a sorted list is made longer instead", "pawl runs --sort -took --limit 100");
  }
  return order.value();
}

/// A bare word is looked for in names; who wrote a state meant the state.
std::string hint_of(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (core::run_phase_of(word)) {
      return fmt::format("  '{}' was looked for in names, keys and labels\n  pawl runs state={}\n",
                         word, word);
    }
  }
  return "";
}

/// The same command for what follows; a sorted list has no place to go on from.
std::string more_text(const Arguments& arguments, bool goes_on, int limit, std::int64_t last) {
  std::string again = "pawl runs";
  const std::string dropped = goes_on ? "--after" : "--limit";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == dropped)
      ++i;
    else if (!arguments[i].starts_with(dropped + "="))
      again += " " + shell_quoted(arguments[i]);
  }
  return goes_on ? fmt::format("there are more: {} --after {}\n", again, last)
                 : fmt::format("there are more: {} --limit {}\n", again, limit * 2);
}

}  // namespace

int runs_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  int limit = 50, before = 0;
  std::vector<std::string> words;
  std::string columns, sort;
  FlagParser parser(command, common);
  parser.positionals("FILTER", words, false)
      .number("--limit", limit, 1, "At most so many; 50 without")
      .option("--columns", columns, "A,B", "What to show: run,state,label.team,input.day")
      .option("--sort", sort, "KEY",
              "run, state, workflow, started, ended, took; -took: longest first")
      .number("--after", before, 1, "Go on behind the run with this number");
  if (!parser.parse(arguments)) return exit_success;

  store::RunFilter filter = filter_of(words);
  if (!sort.empty()) filter.order = order_of(sort, before > 0);
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
  if (runs.empty()) std::cerr << (words.empty() ? "no runs\n" : "no such runs\n") << hint_of(words);
  if (more) std::cerr << more_text(arguments, sort.empty(), limit, runs.back().number);
  return exit_success;
}

}  // namespace pawl::cli

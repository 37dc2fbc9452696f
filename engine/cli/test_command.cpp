#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/all_events.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/errors.hpp"
#include "cli/flags.hpp"
#include "cli/json_record.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/style_for.hpp"
#include "cli/trial/recording.hpp"
#include "cli/trial/trial_report.hpp"

namespace pawl::cli {
namespace {

struct TestFlags {
  CommonFlags common;
  std::vector<std::string> paths;
  std::string wanted, junit, record;
  int coverage_min = 0;
};

void print(const TrialResults& results, const TestFlags& flags) {
  for (const TrialFile& file : results.files) {
    if (!file.unreadable) continue;
    std::cerr << (flags.common.json ? error_record(*file.unreadable)
                                    : error_text(*file.unreadable));
  }
  if (flags.common.json) {
    std::cout << trial_records(results);
  } else if (flags.common.quiet) {
    std::cout << trial_places(results);
  } else {
    const Style style = style_for(flags.common, STDOUT_FILENO);
    write_out(trial_text(results, flags.wanted.empty(), style), style);
  }
  std::cout.flush();
}

/// Some workflow is reached less than it has to be.
bool is_too_little(const TrialResults& results, const TestFlags& flags) {
  bool found = false;
  for (const auto& [workflow, coverage] : results.coverage) {
    const int percent = percent_of(coverage);
    if (percent >= flags.coverage_min) continue;
    found = true;
    std::cerr << notice(flags.common.json, fmt::format("the cases reach {} % of {}, less than {} %",
                                                       percent, workflow, flags.coverage_min));
  }
  return found;
}

void write_file(const std::string& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return;
  throw Error(ErrorKind::environment, "cannot write " + pawl::quoted(path), std::strerror(errno),
              "name a file in a folder that you can write");
}

/// Prints the run as a test file. In what the case cannot be as the run was is told beside it.
int record(const TestFlags& flags) {
  const auto reader = open_reader(find_database(flags.common, MayStart::nothing));
  const store::RunSummary run = find_run(*reader, flags.record);
  const RunView view = load_view(*reader, run, load_plan(*reader, run));
  const Recording recording = record_run(view, all_events(*reader, run.run));
  if (flags.common.json) {
    std::cout << JsonRecord("recorded")
                     .text("run", std::to_string(run.number))
                     .text("id", std::to_string(run.run.value))
                     .boolean("exact", recording.differences.empty())
                     .text("text", recording.text)
                     .str()
              << '\n';
  } else {
    std::cout << recording.text;
  }
  std::cout.flush();
  for (const trial::Difference& one : recording.differences) {
    std::cerr << notice(flags.common.json,
                        one.seen.empty() ? one.what
                                         : fmt::format("{}: the run had {}, the case gives {}",
                                                       one.what, one.expected, one.seen));
  }
  return recording.differences.empty() ? exit_success : exit_run_failed;
}

int run_tests(const TestFlags& flags) {
  const TrialResults results = play_trials(find_trials(flags.paths), flags.wanted);
  const TrialCounts counts = counts_of(results);
  if (counts.cases == 0 && counts.broken_files == 0) {
    throw Error(ErrorKind::usage,
                fmt::format("no case has {} in its name", pawl::quoted(flags.wanted)), "",
                "pawl test");
  }
  print(results, flags);
  if (!flags.junit.empty()) {
    write_file(flags.junit, junit_text(results));
  }
  if (counts.broken_files > 0) return exit_usage;
  const bool is_short = flags.coverage_min > 0 && is_too_little(results, flags);
  return counts.failed > 0 || is_short ? exit_run_failed : exit_success;
}

}  // namespace

int test_command(const Command& command, const Arguments& arguments) {
  TestFlags flags;
  FlagParser parser(command, flags.common);
  parser.positionals("PATH", flags.paths, false)
      .option("-k,--case", flags.wanted, "TEXT", "Cases with that in their names only")
      .option("--junit", flags.junit, "FILE", "Write the results as JUnit's XML, too")
      .number("--coverage-min", flags.coverage_min, 0,
              "Fail when the cases reach less than N percent")
      .option("--record", flags.record, "RUN", "Print a run that has ended as a case");
  if (!parser.parse(arguments)) return exit_success;
  if (flags.record.empty()) return run_tests(flags);
  if (flags.paths.empty()) return record(flags);
  throw Error(ErrorKind::usage, "--record makes a case of a run, and PATH asks to play some", "",
              "pawl test --record " + shell_quoted(flags.record));
}

}  // namespace pawl::cli

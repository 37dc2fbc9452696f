#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/runs_table.hpp"
#include "cli/style_for.hpp"

namespace pawl::cli {
namespace {

std::optional<core::RunPhase> phase_named(const std::string& word) {
  if (word.empty()) return std::nullopt;
  const std::optional<core::RunPhase> phase = core::run_phase_of(word);
  if (!phase) {
    throw Error(ErrorKind::usage, fmt::format("no run is ever {}", pawl::quoted(word)),
                "states: queued running waiting paused compensating succeeded failed cancelled "
                "interrupted quarantined",
                "pawl runs --state failed");
  }
  return phase;
}

}  // namespace

int runs_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  int limit = 50, before = 0;
  std::string state, workflow;
  FlagParser parser(command, common);
  parser.number("--limit", limit, 1, "At most so many; 50 without")
      .option("--state", state, "S", "Only runs in this state")
      .option("--workflow", workflow, "W", "Only runs of this workflow")
      .number("--after", before, 1, "Go on behind the run with this number");
  if (!parser.parse(arguments)) return exit_success;

  const std::optional<core::RunPhase> phase = phase_named(state);
  const std::unique_ptr<store::Reader> reader =
      open_reader(find_database(common, MayStart::nothing));
  const std::optional<std::int64_t> behind =
      before > 0 ? std::optional<std::int64_t>{before} : std::nullopt;
  const std::vector<store::RunSummary> runs = reader->runs(limit, behind, phase, workflow);
  if (common.quiet) {
    for (const store::RunSummary& run : runs) std::cout << run.number << '\n';
  } else if (common.json) {
    for (const store::RunSummary& run : runs) std::cout << run_record(run) << '\n';
  } else {
    const Style style = style_for(common, STDOUT_FILENO);
    write_out(runs_table(runs, now_here(), style), style);
    if (runs.empty()) std::cerr << "no runs\n";
  }
  return exit_success;
}

}  // namespace pawl::cli

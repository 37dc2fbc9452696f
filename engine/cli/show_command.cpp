#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/gantt.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/step_ref.hpp"
#include "cli/style_for.hpp"

namespace pawl::cli {

namespace {

std::vector<EventView> all_events(store::Reader& reader, RunId run) {
  constexpr int page = 1000;
  std::vector<EventView> events;
  while (true) {
    const auto rows = reader.events(run, events.empty() ? 0 : events.back().seq, page);
    for (const store::EventRow& row : rows) events.push_back(read_event(row));
    if (rows.size() < static_cast<std::size_t>(page)) return events;
  }
}

}  // namespace

int show_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named, step;
  bool gantt = false;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .positional("STEP", step, false)
      .flag("--gantt", gantt, "A row a step on an axis of time");
  if (!parser.parse(arguments)) return exit_success;

  const std::unique_ptr<store::Reader> reader =
      open_reader(find_database(common, MayStart::nothing));
  const store::RunSummary run = find_run(*reader, named);
  const RunView view = load_view(*reader, run, load_plan(*reader, run));
  const Style style = style_for(common, STDOUT_FILENO);
  if (common.quiet) {
    std::cout << run.number << '\n';
  } else if (common.json) {
    std::cout << view_record(view, now_here()) << '\n';
  } else if (gantt) {
    write_out(gantt_text(view, attempt_spans(all_events(*reader, run.run)), now_here(), style),
              style);
  } else if (step.empty()) {
    write_out(tree_text(view, now_here(), style), style);
  } else {
    write_out(step_text(view, find_step(*view.plan, step, run.number), now_here(), style), style);
  }
  return exit_success;
}

}  // namespace pawl::cli

#include <poll.h>

#include <iostream>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/json_reading.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/story.hpp"

namespace pawl::cli {

int events_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named;
  bool following = false;
  FlagParser parser(command, common);
  parser.positional("RUN", named).flag("-f,--follow", following, "Go on until the run ends");
  if (!parser.parse(arguments)) return exit_success;

  constexpr int page = 500, poll_ms = 100;
  const std::unique_ptr<store::Reader> reader =
      open_reader(find_database(common, MayStart::nothing));
  const store::RunSummary run = find_run(*reader, named);
  const std::shared_ptr<const dsl::Plan> plan = load_plan(*reader, run);
  core::RunPhase phase = run.phase;
  std::int32_t seq = 0;
  while (true) {
    const auto rows = reader->events(run.run, seq, page);
    for (const store::EventRow& row : rows) {
      const EventView event = read_event(row);
      seq = event.seq;
      phase = event.phase;
      if (common.quiet) {
        std::cout << seq << '\n';
      } else if (common.json) {
        std::cout << event_record(event, *plan, run.number, run.run) << '\n';
      } else {
        std::cout << event_lines(event, *plan);
      }
    }
    std::cout.flush();
    if (!rows.empty()) continue;
    if (!following || has_ended(phase)) return exit_success;
    ::poll(nullptr, 0, poll_ms);
  }
}

}  // namespace pawl::cli

#include <poll.h>

#include <iostream>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/follow.hpp"
#include "cli/json_reading.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/story.hpp"

namespace pawl::cli {
namespace {

struct EventsFlags {
  CommonFlags common;
  std::string run;
  bool follow = false;
  int after = 0;
};

/// Prints each event once: the journal numbers them without gaps, so the last number read is all
/// that a new connection needs to go on.
class EventsReading {
 public:
  explicit EventsReading(const EventsFlags& flags)
      : flags_(flags),
        database_(find_database(flags.common, MayStart::nothing)),
        reader_(open_reader(database_)),
        run_(find_run(*reader_, flags.run)),
        book_(load_plan(*reader_, run_)),
        phase_(run_.phase),
        seq_(flags.after) {}

  int run() {
    while (true) {
      try {
        if (read_page()) continue;
        if (!flags_.follow || has_ended(phase_)) return exit_success;
      } catch (const store::Unavailable& gone) {
        if (!flags_.follow) throw;
        reader_ = reconnect(database_, run_.number, {flags_.common, 0, nullptr, {}}, gone);
      }
      ::poll(nullptr, 0, poll_ms);
    }
  }

 private:
  static constexpr int page = 500, poll_ms = 100;

  /// False when there was nothing new.
  bool read_page() {
    const auto rows = reader_->events(run_.run, seq_, page);
    for (const store::EventRow& row : rows) {
      const EventView event = read_event(row);
      if (const auto unknown = book_.unknown_in({event}); !unknown.empty()) {
        book_.learn(reader_->steps_of(run_.run, unknown));
      }
      print(event);
      seq_ = event.seq;
      phase_ = event.phase;
    }
    std::cout.flush();
    return !rows.empty();
  }

  void print(const EventView& event) const {
    if (flags_.common.json) {
      std::cout << event_record(event, book_, run_.number, run_.run) << '\n';
    } else if (flags_.common.quiet) {
      std::cout << event.seq << '\n';
    } else {
      std::cout << event_lines(event, book_, flags_.common.verbose);
    }
  }

  const EventsFlags& flags_;
  Database database_;
  std::unique_ptr<store::Reader> reader_;
  store::RunSummary run_;
  StepBook book_;
  core::RunPhase phase_;
  std::int32_t seq_;
};

}  // namespace

int events_command(const Command& command, const Arguments& arguments) {
  EventsFlags flags;
  FlagParser parser(command, flags.common);
  parser.positional("RUN", flags.run)
      .flag("-f,--follow", flags.follow, "Go on until the run ends")
      .number("--after", flags.after, 0, "Begin behind the event with this number");
  if (!parser.parse(arguments)) return exit_success;
  return EventsReading(flags).run();
}

}  // namespace pawl::cli

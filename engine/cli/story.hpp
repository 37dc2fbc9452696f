#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/json_reading.hpp"
#include "cli/step_book.hpp"
#include "cli/weave.hpp"
#include "core/run_state.hpp"
#include "dsl/plan.hpp"

/// The story of a run as plain lines, as a pipe, a log file or CI gets them. Pure: events in, lines
/// out.
namespace pawl::cli {

/// Beside a tree only what needs attention is told: failures, retries, what somebody did.
enum class StoryLines { all, attention };

struct Telling {
  StoryLines lines = StoryLines::all;
  /// Each transition, also of blocks and queues, by whom, with full times.
  bool verbose = false;
  std::int64_t id = 0;  ///< Of the run, for `verbose`.
};

class Story {
 public:
  Story(std::shared_ptr<const dsl::Plan> plan, std::int64_t number, Telling telling = {});

  /// The lines of the next event, each with its end of line. `rows` may tell more about the steps
  /// that the event moved (when a retry is due); nothing is missing but that without them.
  std::vector<ToldLine> lines(const EventView& event,
                              const std::map<std::int32_t, core::Instance>& rows = {});
  /// For a run that has been silent: "13:39:02 run 4711 running, 3 of 9 steps, longest build 31s".
  std::string sign_of_life(TimePoint now) const;

  /// Blocks that began before the first event that is told: a repair does not begin them.
  void take_begun(const std::vector<core::Instance>& instances);
  /// What the steps are called; items are to be learned before `lines` tells of them.
  StepBook& book() { return book_; }
  core::RunPhase phase() const { return phase_; }
  /// Steps whose output may have grown since the last call: running, or ended meanwhile.
  std::vector<std::int32_t> take_talkers();

 private:
  std::string step_text(const EventView::Change& change, TimePoint at,
                        const std::map<std::int32_t, core::Instance>& rows);
  std::string answer_to(std::int32_t inst, const std::string& name) const;
  std::string run_text(const EventView& event) const;
  /// What a repair sets going: steps that had run before, and those that had not.
  struct RepairedSteps {
    std::int64_t again = 0, first = 0;
  };
  RepairedSteps repaired_steps(const EventView& event) const;
  bool tells_all() const { return telling_.verbose && telling_.lines == StoryLines::all; }
  std::string plain_text(const EventView::Change& change) const;

  StepBook book_;
  std::int64_t number_;
  Telling telling_;
  std::int64_t leaves_;
  std::int64_t ended_ = 0;
  core::RunPhase phase_ = core::RunPhase::queued;
  std::set<std::int32_t> begun_;               ///< Blocks that have begun, and not anew since.
  std::map<std::int32_t, TimePoint> running_;  ///< Since when; no blocks.
  std::vector<std::int32_t> ended_since_;
};

/// What an event tells the start and the end of.
ToldLine told_by(const EventView& event, std::string text);
/// One event as a line of `--json`.
std::string event_record(const EventView& event, const StepBook& book, std::int64_t number,
                         RunId run);
/// One event as `pawl events` prints it: everything it holds, nothing left out but, unless
/// `verbose`, the date.
std::string event_lines(const EventView& event, const StepBook& book, bool verbose = false);

}  // namespace pawl::cli

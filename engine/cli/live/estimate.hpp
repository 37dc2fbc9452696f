#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/live/live_run.hpp"
#include "cli/live/run_history.hpp"

/// When a run ends, as far as past runs tell. Pure: rows and the time in, a range out.
namespace pawl::cli {

/// Between what and what something lies if it goes as usual.
struct Rest {
  Micros early{0}, late{0};
};

/// How long a run still takes: the schedule of what has not ended, as the needs and `slots` allow,
/// once with the early and once with the late duration of each step. What this run has shown so far
/// to be slower or faster than usual counts for the rest. Nothing when nothing is known: no step
/// was ever seen to end.
///
/// Why from the early quarter and not from the median on: half of all runs are faster than the
/// median, so a range that begins there holds the end in six of ten cases only.
std::optional<Rest> rest_of_run(const RunView& view, const RunHistory& history, TimePoint now,
                                std::int32_t slots);

/// What is told of a run's progress while it is watched: it never falls, and the range of the end
/// moves only when it is off by more than a tenth of the rest. Estimates that jump are not believed
/// (console-rs/indicatif#656).
class Outlook {
 public:
  /// To be called for each frame; computes anew once a second, less often for large plans.
  void look(const LiveRun& run, const Tally& whole, TimePoint now);

  /// From 0 to 1; 1 only when the end is durable.
  double done() const { return done_; }
  /// "ends 13:58–14:06", "ends ~13:58" from few runs; or why there is no end; empty when not known.
  std::string ends(const LiveRun& run, TimePoint now) const;

  struct Range {
    TimePoint early{}, late{};
    bool operator==(const Range&) const = default;
  };
  /// What `ends` tells.
  const std::optional<Range>& range() const { return range_; }
  /// How long is left, for a wait that nobody can foresee the end of.
  const std::optional<Rest>& rest() const { return rest_; }

 private:
  void move(TimePoint now);

  double done_ = 0;
  std::int64_t ended_ = 0;
  std::int64_t running_most_ = 1;
  std::optional<Range> range_;
  std::optional<Rest> rest_;
  std::optional<TimePoint> looked_;
};

}  // namespace pawl::cli

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/json_reading.hpp"
#include "cli/live/pace.hpp"
#include "cli/live/run_history.hpp"
#include "cli/run_view.hpp"

/// A run under way as the client knows it: brought up to date by events, or by rows when there are
/// more events than are worth reading.
namespace pawl::cli {

/// The end of what a step has printed.
struct OutputTail {
  std::vector<std::string> lines;  ///< The last ones, oldest first, as they were printed.
  std::int32_t attempt = 0;
};

/// How far the steps of a block are; of the run, for the root.
struct Tally {
  std::int64_t leaves = 0, ended = 0, failed = 0, running = 0, not_begun = 0;
  double weight = 0, done = 0;  ///< Sum of weights, and of weight × fraction.
  Ends ends{};                  ///< Of steps that were started.
  Pace pace{};                  ///< Of a block that is at work.

  /// All but the pace.
  void add(const Tally& part);
};

/// The tallies of a run's blocks at one instant.
class Tallies {
 public:
  /// `places`: by inst, where a block's tally stands in `of_blocks`.
  Tallies(std::shared_ptr<const std::vector<std::uint32_t>> places, std::vector<Tally> of_blocks)
      : places_(std::move(places)), of_blocks_(std::move(of_blocks)) {}

  const Tally& whole() const { return of_blocks_.front(); }
  const Tally& of(StepId block) const {
    return of_blocks_[(*places_)[static_cast<std::size_t>(block.value)]];
  }

 private:
  std::shared_ptr<const std::vector<std::uint32_t>> places_;
  std::vector<Tally> of_blocks_;
};

class LiveRun {
 public:
  explicit LiveRun(RunView view);

  const RunView& view() const { return view_; }
  const dsl::Plan& plan() const { return *view_.plan; }

  /// The run as it was read anew: with items that have begun since.
  void take(RunView view);
  /// Moves the steps and the run as `event` says.
  void take(const EventView& event);
  /// A row tells more than an event: tries, when it is due, why it failed.
  void take(const store::StepRow& row);
  /// Moves a step as a row's columns say: state, attempt, and when that was.
  void take(const store::StepMark& mark);
  void take(std::vector<store::Progress> progress) { view_.progress = std::move(progress); }
  void take(const store::RunSummary& run);
  /// What past runs tell; steps weigh as they usually take from then on.
  void take(RunHistory history);
  void take_owner(std::string name) { view_.run.owner_name = std::move(name); }
  void take_tail(std::int32_t inst, OutputTail tail) { tails_[inst] = std::move(tail); }

  const std::map<std::int32_t, OutputTail>& tails() const { return tails_; }
  const RunHistory& history() const { return history_; }
  /// As of the plan, but without a look at its steps: these are large, and a frame goes over all.
  bool is_block(StepId step) const {
    return shapes_[static_cast<std::size_t>(step.value)].is_block;
  }
  StepId parent_of(StepId step) const {
    return shapes_[static_cast<std::size_t>(step.value)].parent;
  }
  /// Its place in the tree, from the top.
  std::int32_t rank_of(StepId step) const { return ranks_[static_cast<std::size_t>(step.value)]; }
  /// One pass over all steps, so it is made once for a frame.
  Tallies tallies(TimePoint now) const;

 private:
  /// What a pass over all steps asks of the plan.
  struct Shape {
    StepId parent = dsl::no_step;
    bool is_block = false;
  };

  void add_leaf(Tally& whole, StepId step, TimePoint now) const;
  void move(std::int32_t inst, core::StepState to, std::int32_t attempt, TimePoint at);

  RunView view_;
  std::map<std::int32_t, OutputTail> tails_;
  RunHistory history_;
  std::vector<double> weights_;      ///< By inst.
  std::vector<Shape> shapes_;        ///< By inst.
  std::vector<std::int32_t> ranks_;  ///< By inst.
  /// By inst: which block it is, in the order of the file; 0 for leaves and the root.
  std::shared_ptr<const std::vector<std::uint32_t>> blocks_;
  std::uint32_t block_count_ = 0;
};

/// What a step has done of itself, from 0 to 1: 1 when it has ended; while it runs what it reports,
/// else what it has taken of its usual time, but never more than 0.9 of that.
double fraction_of(const RunView& view, StepId step, const Usual& usual, TimePoint now);

/// How much each step is of its run, by inst: what is written (`weight: 3`: as much as three usual
/// steps), else its usual time, else as much as a usual step.
std::vector<double> weights_of(const dsl::Plan& plan, const RunHistory& history);

/// "38 %" as a number from 0 to 1; never above 0.99 before the run's end is durable.
double run_fraction(const LiveRun& run, const Tally& whole);

}  // namespace pawl::cli

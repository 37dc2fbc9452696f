#include "cli/live/tree_rows.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "cli/expanded_plan.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

constexpr std::size_t ended_shown = 3;
/// Of the newest ones, some need more rows for the blocks around them than there are.
constexpr std::size_t ended_looked_at = 16;

const core::Instance& instance_of(const LiveRun& run, StepId step) {
  return run.view().instances[static_cast<std::size_t>(step.value)];
}

/// In a block that was skipped or cancelled before it began: that row tells it all.
bool is_in_unbegun(const LiveRun& run, StepId step) {
  const StepId block = run.parent_of(step);
  return block.value > 0 && !instance_of(run, block).started_at &&
         has_ended(instance_of(run, block).state);
}

bool has_begun(const LiveRun& run, StepId step) {
  const StepState state = instance_of(run, step).state;
  if (is_in_unbegun(run, step)) return false;
  return state != StepState::pending && state != StepState::ready && state != StepState::not_run;
}

/// Where a step stands in the queue for rows; smaller is earlier.
enum class Claim { failed, asks, mends, runs, waits, ended, none };

Claim claim_of(const LiveRun& run, StepId step) {
  const core::Instance& instance = instance_of(run, step);
  switch (instance.state) {
    case StepState::failed:
    case StepState::interrupted:
      return instance.ignored ? Claim::ended : Claim::failed;
    case StepState::waiting:
      return instance.reason == core::Reason::approval ? Claim::asks : Claim::waits;
    case StepState::unknown:
    case StepState::retrying:
      return Claim::mends;
    case StepState::running:
      return Claim::runs;
    case StepState::succeeded:
    case StepState::skipped:
    case StepState::cancelled:
      return Claim::ended;
    case StepState::pending:
    case StepState::ready:
    case StepState::not_run:
      return Claim::none;
  }
  return Claim::none;
}

struct Candidate {
  Claim claim = Claim::none;
  std::int64_t rank = 0;  ///< Within the claim: smaller first.
  StepId step;
};

/// All steps that may have a row, best first: failures in file order, what runs by its start, what
/// has ended newest first, of these no more than may be shown.
std::vector<Candidate> candidates_of(const LiveRun& run) {
  std::vector<Candidate> candidates, ended;
  const auto micros = [](const std::optional<TimePoint>& at) {
    return at ? at->time_since_epoch().count() : 0;
  };
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(run.plan().steps.size()); ++i) {
    const StepId step{i};
    if (run.is_block(step)) continue;
    const Claim claim = claim_of(run, step);
    if (claim == Claim::none || is_in_unbegun(run, step)) continue;
    const core::Instance& instance = instance_of(run, step);
    if (claim == Claim::ended) {
      ended.push_back({claim, -micros(instance.ended_at), step});
    } else {
      const bool runs = claim == Claim::runs;
      candidates.push_back({claim, runs ? micros(instance.started_at) : i, step});
    }
  }
  const auto order = [](const Candidate& candidate) {
    return std::tuple(candidate.claim, candidate.rank, candidate.step);
  };
  std::ranges::sort(candidates, {}, order);
  // Nearly all steps of a long run have ended, and a frame must not sort them all.
  const auto newest =
      ended.begin() + static_cast<std::ptrdiff_t>(std::min(ended.size(), ended_looked_at));
  std::ranges::partial_sort(ended, newest, {}, order);
  candidates.insert(candidates.end(), ended.begin(), newest);
  return candidates;
}

int depth_of(const LiveRun& run, StepId step) {
  int depth = 0;
  for (StepId at = run.parent_of(step); at.value > 0; at = run.parent_of(at)) ++depth;
  return depth;
}

/// The rows that are taken.
class Selection {
 public:
  Selection(const LiveRun& run, std::size_t limit) : run_(run), limit_(limit) {}

  /// Takes the step and the blocks around it, if there is room.
  bool take(StepId step) {
    std::vector<StepId> needed;
    for (StepId at = step; at.value > 0 && taken_.count(at) == 0; at = run_.parent_of(at)) {
      needed.push_back(at);
    }
    if (taken_.size() + needed.size() > limit_) return false;
    taken_.insert(needed.begin(), needed.end());
    return true;
  }
  const std::set<StepId>& taken() const { return taken_; }

 private:
  const LiveRun& run_;
  std::size_t limit_;
  std::set<StepId> taken_;
};

bool fits(const LiveRun& run, std::size_t rows) {
  std::size_t begun = 0;
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(run.plan().steps.size()); ++i) {
    if (has_begun(run, StepId{i}) && ++begun > rows) return false;
  }
  return true;
}

std::set<StepId> all_begun(const LiveRun& run) {
  std::set<StepId> steps;
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(run.plan().steps.size()); ++i) {
    if (has_begun(run, StepId{i})) steps.insert(StepId{i});
  }
  return steps;
}

/// What has no row although it claims one.
struct Folds {
  TreeRow failed{TreeRow::Kind::more_failed}, running{TreeRow::Kind::more_running},
      others{TreeRow::Kind::more_others};

  void add(const Candidate& candidate) {
    if (candidate.claim == Claim::failed) failed.folded.push_back(candidate.step);
    if (candidate.claim == Claim::runs) running.folded.push_back(candidate.step);
    if (candidate.claim == Claim::asks || candidate.claim == Claim::mends ||
        candidate.claim == Claim::waits) {
      others.folded.push_back(candidate.step);
    }
  }
};

std::set<StepId> select(const LiveRun& run, std::size_t rows, Folds& folds) {
  constexpr std::size_t fold_rows = 3;
  const std::size_t room = rows > fold_rows + 1 ? rows - fold_rows : 1;
  Selection selection(run, room);
  std::size_t failed = 0, ended = 0;
  for (const Candidate& candidate : candidates_of(run)) {
    const bool over_share =
        (candidate.claim == Claim::failed && failed >= std::max<std::size_t>(1, room / 3)) ||
        (candidate.claim == Claim::ended && ended >= ended_shown);
    if (over_share || !selection.take(candidate.step)) {
      folds.add(candidate);
      continue;
    }
    if (candidate.claim == Claim::failed) ++failed;
    if (candidate.claim == Claim::ended) ++ended;
  }
  return selection.taken();
}

/// How many lines of output stand under each running step: a lone one gets more.
std::size_t tail_lines(const std::vector<TreeRow>& rows, const LiveRun& run, int wanted) {
  const auto running = std::ranges::count_if(rows, [&](const TreeRow& row) {
    return row.kind == TreeRow::Kind::step && !run.is_block(row.step) &&
           instance_of(run, row.step).state == StepState::running;
  });
  return static_cast<std::size_t>(std::max(0, running > 1 ? std::min(wanted, 1) : wanted));
}

std::vector<TreeRow> with_tails(const LiveRun& run, const std::vector<TreeRow>& rows,
                                const RowLimits& limits) {
  const std::size_t lines_max = tail_lines(rows, run, limits.tail);
  std::size_t room = limits.rows > rows.size() ? limits.rows - rows.size() : 0;
  std::vector<TreeRow> out;
  for (const TreeRow& row : rows) {
    out.push_back(row);
    if (row.kind != TreeRow::Kind::step) continue;
    const core::Instance& instance = instance_of(run, row.step);
    if (instance.state == StepState::waiting && instance.waiting && room > 0) {
      out.push_back({TreeRow::Kind::answer, row.step, row.depth, 0, {}});
      --room;
    }
    const auto tail = run.tails().find(row.step.value);
    if (instance.state != StepState::running || tail == run.tails().end() ||
        tail->second.attempt != instance.attempt) {
      continue;
    }
    const std::size_t count = std::min({lines_max, room, tail->second.lines.size()});
    for (std::size_t i = tail->second.lines.size() - count; i < tail->second.lines.size(); ++i) {
      out.push_back({TreeRow::Kind::tail, row.step, row.depth, i, {}});
    }
    room -= count;
  }
  return out;
}

}  // namespace

std::vector<TreeRow> choose_rows(const LiveRun& run, const RowLimits& limits) {
  Folds folds;
  const std::set<StepId> chosen =
      fits(run, limits.rows) ? all_begun(run) : select(run, limits.rows, folds);
  std::vector<StepId> ordered(chosen.begin(), chosen.end());
  std::ranges::sort(ordered, {}, [&](StepId step) { return run.rank_of(step); });
  std::vector<TreeRow> rows;
  for (const StepId step : ordered) {
    rows.push_back({TreeRow::Kind::step, step, depth_of(run, step), 0, {}});
  }
  for (TreeRow* fold : {&folds.failed, &folds.running, &folds.others}) {
    if (!fold->folded.empty() && rows.size() < limits.rows) rows.push_back(std::move(*fold));
  }
  return with_tails(run, rows, limits);
}

std::vector<StepId> to_come(const LiveRun& run, std::size_t limit) {
  std::vector<StepId> steps;
  const auto size = static_cast<std::int32_t>(run.plan().steps.size());
  for (std::int32_t i = 1; i < size && steps.size() < limit; ++i) {
    const StepId step{i};
    const StepState state = instance_of(run, step).state;
    if (state != StepState::pending && state != StepState::ready) continue;
    if (is_hook(run.plan(), step) || run.parent_of(step) == nowhere) continue;
    const StepId parent = run.parent_of(step);
    const bool inside = parent.value > 0 && (instance_of(run, parent).state == StepState::pending ||
                                             instance_of(run, parent).state == StepState::ready);
    if (!inside) steps.push_back(step);
  }
  return steps;
}

}  // namespace pawl::cli

#include "cli/live/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <utility>
#include <vector>

#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using core::StepState;
using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

/// Seconds, because a schedule adds and scales them.
struct Span {
  double early = 0, median = 0, late = 0;
};

double seconds(Micros span) { return Seconds(span).count(); }

Span span_of(const Usual& usual) {
  return {seconds(usual.early), seconds(usual.median), seconds(usual.late)};
}

/// How long steps take that have no history: as long as those of this run that have ended.
std::optional<Span> span_so_far(const RunView& view) {
  constexpr double faster = 0.75, slower = 1.5;
  double sum = 0;
  int count = 0;
  for (const core::Instance& instance : view.instances) {
    if (instance.state != StepState::succeeded || !instance.started_at || !instance.ended_at) {
      continue;
    }
    sum += seconds(*instance.ended_at - *instance.started_at);
    ++count;
  }
  if (count == 0) return std::nullopt;
  const double mean = sum / count;
  return Span{mean * faster, mean, mean * slower};
}

/// How much slower than usual this run is so far. It takes a share of the work to believe it.
double pace_of(const RunView& view, const RunHistory& history) {
  constexpr double doubt = 0.15, pace_min = 0.67, pace_max = 1.5;
  double taken = 0, usual = 0, all = 0;
  for (std::size_t i = 1; i < view.instances.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    if (is_block(*view.plan, step)) continue;
    const core::Instance& instance = view.instances[i];
    const double median = seconds(history.of(step).median);
    all += median;
    if (instance.state != StepState::succeeded || !instance.started_at || !instance.ended_at ||
        history.of(step).runs == 0) {
      continue;
    }
    taken += seconds(*instance.ended_at - *instance.started_at);
    usual += median;
  }
  if (all <= 0) return 1;
  return std::clamp((taken + all * doubt) / (usual + all * doubt), pace_min, pace_max);
}

/// What is left of a step that has run for `elapsed`.
Span left_of(const Span& whole, double elapsed, std::optional<double> reported) {
  constexpr double believed_from = 0.05, faster = 0.8, slower = 1.3, overdue = 0.2;
  if (reported && *reported >= believed_from) {
    const double left = elapsed * (1 - *reported) / *reported;
    return {left * faster, left, left * slower};
  }
  return {std::max(0.0, whole.early - elapsed), std::max(0.0, whole.median - elapsed),
          std::max(whole.late - elapsed, elapsed * overdue)};
}

std::optional<double> reported_of(const RunView& view, StepId step) {
  const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
  for (const store::Progress& progress : view.progress) {
    if (progress.inst == step.value && progress.attempt == instance.attempt) {
      return progress.fraction;
    }
  }
  return std::nullopt;
}

/// What has not ended, step by step, as the needs and the slots allow.
class Schedule {
 public:
  Schedule(const RunView& view, std::int32_t slots)
      : view_(view),
        plan_(*view.plan),
        slots_(static_cast<std::size_t>(std::max(1, slots))),
        dependents_(plan_.steps.size()) {
    for (std::size_t i = 1; i < plan_.steps.size(); ++i) {
      for (const dsl::Need& need : plan_.steps[i].needs) {
        dependents_[static_cast<std::size_t>(need.step.value)].push_back(i);
      }
    }
  }

  /// When the last step ends, if step i takes `spans[i]` more seconds.
  double length(const std::vector<double>& spans);
  /// How many leaves follow each other in the longest chain; after `length`.
  std::size_t chain() const { return *std::ranges::max_element(depth_); }

 private:
  bool has_ended(std::size_t i) const { return core::has_ended(view_.instances[i].state); }
  bool is_block(std::size_t i) const { return plan_.steps[i].kind == dsl::Kind::steps; }
  std::size_t parent_of(std::size_t i) const {
    return static_cast<std::size_t>(plan_.steps[i].parent.value);
  }
  void begin();
  void open(std::size_t i, std::size_t depth);
  void end(std::size_t i, std::size_t depth);

  const RunView& view_;
  const dsl::Plan& plan_;
  std::size_t slots_;
  std::vector<std::vector<std::size_t>> dependents_;
  std::vector<std::size_t> blockers_;       ///< Needs, and the block, that keep a step from going.
  std::vector<std::size_t> open_children_;  ///< Of blocks.
  std::vector<std::size_t> depth_;
  /// In the order of the file, as the owner starts them.
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready_;
};

/// Everything that has not begun waits for its block and its open needs.
void Schedule::begin() {
  const std::size_t size = plan_.steps.size();
  blockers_.assign(size, 0);
  open_children_.assign(size, 0);
  depth_.assign(size, 0);
  for (std::size_t i = 1; i < size; ++i) {
    if (has_ended(i) || plan_.steps[i].parent.value < 0) continue;
    ++open_children_[parent_of(i)];
    ++blockers_[i];  // The block.
    for (const dsl::Need& need : plan_.steps[i].needs) {
      if (!has_ended(static_cast<std::size_t>(need.step.value))) ++blockers_[i];
    }
  }
}

/// One thing less that keeps step `i` from going.
void Schedule::open(std::size_t i, std::size_t depth) {
  depth_[i] = std::max(depth_[i], depth);
  if (has_ended(i) || --blockers_[i] > 0) return;
  if (!is_block(i)) {
    ready_.push(i);
    return;
  }
  if (open_children_[i] == 0) return end(i, depth_[i]);
  for (const StepId child : std::get<dsl::BlockSpec>(plan_.steps[i].spec).children) {
    open(static_cast<std::size_t>(child.value), depth_[i]);
  }
}

void Schedule::end(std::size_t i, std::size_t depth) {
  depth_[i] = std::max(depth_[i], depth);
  for (const std::size_t next : dependents_[i]) open(next, depth_[i]);
  if (plan_.steps[i].parent.value < 0) return;
  const std::size_t block = parent_of(i);
  depth_[block] = std::max(depth_[block], depth_[i]);
  if (block != 0 && --open_children_[block] == 0) end(block, depth_[block]);
}

double Schedule::length(const std::vector<double>& spans) {
  begin();
  for (const StepId child : std::get<dsl::BlockSpec>(plan_.steps[0].spec).children) {
    open(static_cast<std::size_t>(child.value), 0);
  }
  std::priority_queue<std::pair<double, std::size_t>, std::vector<std::pair<double, std::size_t>>,
                      std::greater<>>
      running;
  double now = 0;
  const auto start = [&](std::size_t i) { running.emplace(now + spans[i], i); };
  for (std::size_t i = 1; i < plan_.steps.size(); ++i) {
    if (view_.instances[i].state == StepState::running && !is_block(i)) start(i);
  }
  while (!ready_.empty() || !running.empty()) {
    while (!ready_.empty() && running.size() < slots_) {
      const std::size_t next = ready_.top();
      ready_.pop();
      if (view_.instances[next].state != StepState::running) start(next);
    }
    if (running.empty()) continue;
    const std::size_t over = running.top().second;
    now = running.top().first;
    running.pop();
    end(over, depth_[over] + 1);
  }
  return now;
}

/// What each step still takes; 0 for those that have ended.
std::optional<std::vector<Span>> spans_left(const RunView& view, const RunHistory& history,
                                            TimePoint now) {
  const std::optional<Span> unknown = span_so_far(view);
  const double pace = pace_of(view, history);
  std::vector<Span> left(view.instances.size());
  for (std::size_t i = 1; i < left.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    const core::Instance& instance = view.instances[i];
    if (has_ended(instance.state) || is_block(*view.plan, step) || is_hook(*view.plan, step)) {
      continue;
    }
    if (history.of(step).runs == 0 && !unknown) return std::nullopt;
    Span whole = history.of(step).runs > 0 ? span_of(history.of(step)) : *unknown;
    whole = {whole.early * pace, whole.median * pace, whole.late * pace};
    if (instance.state == StepState::running && instance.started_at) {
      const double elapsed = std::max(0.0, seconds(now - *instance.started_at));
      left[i] = left_of(whole, elapsed, reported_of(view, step));
    } else {
      const double wait = instance.state == StepState::retrying && instance.due_at
                              ? std::max(0.0, seconds(*instance.due_at - now))
                              : 0;
      left[i] = {whole.early + wait, whole.median + wait, whole.late + wait};
    }
  }
  return left;
}

/// Of many steps one after another in the same slot, some are late and others early: the sum is
/// spread less than its parts.
double spread_of(std::size_t leaves, std::int32_t slots, std::size_t chain) {
  constexpr double spread_min = 0.25;
  const double rounds = static_cast<double>(leaves) / static_cast<double>(std::max(1, slots)) /
                        static_cast<double>(std::max<std::size_t>(1, chain));
  return std::clamp(1 / std::sqrt(std::max(1.0, rounds)), spread_min, 1.0);
}

Micros micros(double span) { return std::chrono::round<Micros>(Seconds(span)); }

/// "14:06", or with its date when that is another day than `beside`.
std::string clock_or_day(TimePoint at, TimePoint beside) {
  const std::string day = day_and_clock(at);
  constexpr std::size_t date = 10;
  return day.compare(0, date, day_and_clock(beside), 0, date) == 0 ? day.substr(date + 1) : day;
}

}  // namespace

std::optional<Rest> rest_of_run(const RunView& view, const RunHistory& history, TimePoint now,
                                std::int32_t slots) {
  const auto left = spans_left(view, history, now);
  if (!left) return std::nullopt;
  std::vector<double> spans;
  for (const Span& span : *left) spans.push_back(span.median);
  const std::int32_t places = std::max(slots, history.slots);
  Schedule schedule(view, places);
  schedule.length(spans);
  const auto leaves = std::ranges::count_if(*left, [](const Span& span) { return span.late > 0; });
  const double spread = spread_of(static_cast<std::size_t>(leaves), places, schedule.chain());
  const auto length = [&](double Span::*edge) {
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const Span& span = (*left)[i];
      spans[i] = span.median + (span.*edge - span.median) * spread;
    }
    return schedule.length(spans);
  };
  const double early = length(&Span::early), late = length(&Span::late);
  return Rest{micros(std::min(early, late)), micros(std::max(early, late))};
}

void Outlook::look(const LiveRun& run, const Tally& whole, TimePoint now) {
  // A repair begins anew, and so does what was shown.
  if (whole.ended < ended_) done_ = 0;
  ended_ = whole.ended;
  done_ = std::max(done_, run_fraction(run, whole));
  running_most_ = std::max(running_most_, whole.running);
  const Micros interval = std::max<Micros>(1s, 500us * run.plan().steps.size());
  if (looked_ && now - *looked_ < interval) return;
  looked_ = now;
  constexpr double known_from = 0.1;
  if (run.history().run.runs == 0 && done_ < known_from) {
    rest_.reset();
  } else {
    rest_ = rest_of_run(run.view(), run.history(), now, static_cast<std::int32_t>(running_most_));
  }
  move(now);
}

void Outlook::move(TimePoint now) {
  if (!rest_) return range_.reset();
  const Range next = {now + rest_->early, now + rest_->late};
  if (range_) {
    // Below, nobody reads a difference on a clock of minutes.
    constexpr Micros worth_telling = 30s;
    const Micros allowed = std::max<Micros>(worth_telling, (rest_->early + rest_->late) / 20);
    const auto is_near = [&](TimePoint shown, TimePoint better) {
      return std::max(shown - better, better - shown) <= allowed;
    };
    const bool both_past = range_->early <= now && next.early <= now + allowed;
    if ((both_past || is_near(range_->early, next.early)) && is_near(range_->late, next.late)) {
      return;
    }
  }
  range_ = next;
}

std::string Outlook::ends(const LiveRun& run, TimePoint now) const {
  const core::RunPhase phase = run.view().run.phase;
  if (phase == core::RunPhase::paused) return "no end while paused";
  if (!range_ || !rest_ || has_ended(phase) || phase == core::RunPhase::queued) return "";
  const auto waits_for_people = [](const core::Instance& instance) {
    return instance.state == StepState::waiting && instance.reason == core::Reason::approval;
  };
  if (std::ranges::any_of(run.view().instances, waits_for_people)) {
    return fmt::format("~{} after the decision", rough_duration(rest_->late));
  }
  // Down and up to whole minutes, so that what is shown holds what is meant.
  const TimePoint early{std::chrono::floor<std::chrono::minutes>(range_->early.time_since_epoch())};
  const TimePoint late{std::chrono::ceil<std::chrono::minutes>(range_->late.time_since_epoch())};
  const std::string about = run.history().run.runs < runs_enough ? "~" : "";
  if (early <= now) return "ends by " + about + clock_or_day(late, now);
  const std::string first = "ends " + about + clock_or_day(early, now);
  return early == late ? first : first + "–" + clock_or_day(late, early);
}

}  // namespace pawl::cli

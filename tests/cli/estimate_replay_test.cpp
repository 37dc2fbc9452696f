#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "cli/live/estimate.hpp"
#include "sample_run.hpp"

/// Estimates against what then happened, over runs that are made up at random: plans of 3 to 40
/// steps, durations that differ by step, by run and by chance, a slow try now and then.
namespace pawl::cli {
namespace {

using core::StepState;
using Random = std::mt19937_64;

struct Recorded {
  std::vector<double> begins, ends;  ///< By inst, seconds.
  double over = 0;
};

/// A workflow as it is run again and again.
struct Habit {
  std::shared_ptr<const dsl::Plan> plan;
  std::size_t slots = 1;
  std::vector<double> usual, spread;  ///< By inst.
  double run_spread = 0;
};

double between(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

template <class T>
T one_of(Random& random, const std::vector<T>& choices) {
  return choices[std::uniform_int_distribution<std::size_t>(0, choices.size() - 1)(random)];
}

Habit a_habit(Random& random) {
  Habit habit;
  auto plan = std::make_shared<dsl::Plan>();
  const auto steps = one_of<std::int32_t>(random, {3, 6, 10, 20, 40});
  dsl::BlockSpec root;
  plan->steps.resize(1);
  habit.usual = habit.spread = {0};
  for (std::int32_t i = 1; i <= steps; ++i) {
    dsl::Step step;
    step.parent = StepId{0};
    step.id = "step_" + std::to_string(i);
    step.kind = dsl::Kind::run;
    step.spec = dsl::RunSpec{};
    step.settings = std::make_shared<dsl::Settings>();
    const int needs = i == 1 ? 0 : one_of<int>(random, {0, 1, 1, 2});
    for (int n = 0; n < needs; ++n) {
      const StepId need{std::uniform_int_distribution<std::int32_t>(1, i - 1)(random)};
      const auto same = [&](const dsl::Need& known) { return known.step == need; };
      if (std::ranges::none_of(step.needs, same)) step.needs.push_back({need});
    }
    root.children.push_back(StepId{i});
    plan->steps.push_back(std::move(step));
    habit.usual.push_back(std::exp(between(random, std::log(5.0), std::log(600.0))));
    habit.spread.push_back(between(random, 0.1, 0.5));
  }
  plan->steps[0].spec = root;
  habit.plan = plan;
  habit.slots = one_of<std::size_t>(random, {2, 4, 8});
  habit.run_spread = between(random, 0.05, 0.2);
  return habit;
}

std::vector<double> durations_of(const Habit& habit, Random& random) {
  std::normal_distribution<double> chance;
  const double slower = std::exp(chance(random) * habit.run_spread);
  std::vector<double> durations = {0};
  for (std::size_t i = 1; i < habit.usual.size(); ++i) {
    const double retried = between(random, 0, 1) < 0.05 ? 1.6 : 1;
    durations.push_back(habit.usual[i] * slower * retried *
                        std::exp(chance(random) * habit.spread[i]));
  }
  return durations;
}

/// Starts what is ready in the order of the file as long as there are slots, and then waits for the
/// next end. Written apart from the code that it tests.
Recorded play(const Habit& habit, Random& random) {
  const std::vector<double> durations = durations_of(habit, random);
  constexpr double never = 1e18;
  Recorded run{std::vector<double>(durations.size(), never),
               std::vector<double>(durations.size(), never), 0};
  double now = 0;
  for (std::size_t over = 1; over < durations.size(); ++over) {
    std::size_t busy = 0;
    for (std::size_t i = 1; i < durations.size(); ++i) {
      busy += run.begins[i] < never && run.ends[i] > now ? 1 : 0;
    }
    for (std::size_t i = 1; i < durations.size() && busy < habit.slots; ++i) {
      const auto is_over = [&](const dsl::Need& need) {
        return run.ends[static_cast<std::size_t>(need.step.value)] <= now;
      };
      if (run.begins[i] < never || !std::ranges::all_of(habit.plan->steps[i].needs, is_over))
        continue;
      run.begins[i] = now;
      run.ends[i] = now + durations[i];
      ++busy;
    }
    double next = never;
    for (const double end : run.ends) {
      if (end > now) next = std::min(next, end);
    }
    now = next;
  }
  run.over = *std::max_element(run.ends.begin() + 1, run.ends.end());
  return run;
}

RunHistory remember(const Habit& habit, Random& random) {
  const int count = one_of<int>(random, {5, 10, 20});
  std::vector<store::PastRun> runs;
  std::vector<store::PastStep> steps;
  for (int r = 0; r < count; ++r) {
    const Recorded run = play(habit, random);
    runs.push_back({RunId{r + 1}, at(0), at(run.over)});
    for (std::size_t i = 1; i < run.ends.size(); ++i) {
      steps.push_back({RunId{r + 1}, habit.plan->steps[i].id, at(run.begins[i]), at(run.ends[i])});
    }
  }
  return history_of(*habit.plan, runs, steps);
}

struct Score {
  std::int64_t looks = 0, right = 0, moves = 0;
  double minutes = 0;
};

/// Follows one run and looks every five seconds, as somebody before a terminal might.
void follow(const Habit& habit, RunHistory history, const Recorded& run, Score& score) {
  RunView view;
  view.plan = habit.plan;
  view.instances.resize(habit.plan->steps.size());
  view.run.phase = core::RunPhase::running;
  LiveRun live(std::move(view));
  live.take(std::move(history));
  Outlook outlook;
  std::optional<Outlook::Range> shown;
  for (double now = 0; now < run.over; now += 5) {
    for (std::size_t i = 1; i < run.ends.size(); ++i) {
      const auto inst = static_cast<std::int32_t>(i);
      const auto move = [&](StepState to, double when) {
        live.take(store::StepMark{inst, 1, 0, static_cast<std::int16_t>(to), at(when)});
      };
      if (run.begins[i] <= now) move(StepState::running, run.begins[i]);
      if (run.ends[i] <= now) move(StepState::succeeded, run.ends[i]);
    }
    outlook.look(live, live.tallies(at(now)).whole(), at(now));
    if (shown && outlook.range() != shown) ++score.moves;
    shown = outlook.range();
    if (now < run.over / 3) continue;
    ++score.looks;
    const auto minute = std::chrono::minutes(1);
    if (shown && at(run.over) > shown->early - minute && at(run.over) < shown->late + minute) {
      ++score.right;
    }
  }
  score.minutes += run.over / 60;
}

TEST_CASE("after a third of a run its end lies in the range that is shown, in 70 % of the time",
          "[cli]") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    Random random(seed);
    Score score;
    for (int i = 0; i < 100; ++i) {
      const Habit habit = a_habit(random);
      RunHistory history = remember(habit, random);
      follow(habit, std::move(history), play(habit, random), score);
    }
    const double right = static_cast<double>(score.right) / static_cast<double>(score.looks);
    const double moves = static_cast<double>(score.moves) / score.minutes;
    INFO("seed " << seed << ": right " << right << ", moves a minute " << moves);
    CHECK(right >= 0.7);
    CHECK(moves <= 1);
  }
}

}  // namespace
}  // namespace pawl::cli

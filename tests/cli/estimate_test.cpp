#include "cli/live/estimate.hpp"

#include <catch2/catch.hpp>

#include "sample_run.hpp"

namespace pawl::cli {
namespace {

using core::StepState;
using namespace std::chrono_literals;

/// Steps of the root, each with the needs that are given by number; hooks none.
std::shared_ptr<dsl::Plan> plan_of(const std::vector<std::vector<std::int32_t>>& needs) {
  auto plan = std::make_shared<dsl::Plan>();
  plan->name = "nightly";
  dsl::BlockSpec root;
  plan->steps.resize(1);
  for (std::size_t i = 1; i <= needs.size(); ++i) {
    dsl::Step step;
    step.parent = StepId{0};
    step.id = "step_" + std::to_string(i);
    step.kind = dsl::Kind::run;
    step.spec = dsl::RunSpec{};
    step.settings = std::make_shared<dsl::Settings>();
    for (const std::int32_t need : needs[i - 1]) step.needs.push_back({StepId{need}});
    root.children.push_back(StepId{static_cast<std::int32_t>(i)});
    plan->steps.push_back(std::move(step));
  }
  plan->steps[0].spec = root;
  return plan;
}

RunView view_of(std::shared_ptr<const dsl::Plan> plan) {
  RunView view;
  view.run.phase = view.facts.phase = core::RunPhase::running;
  view.facts.started_at = at(0);
  view.instances.resize(plan->steps.size());
  view.instances[0].state = StepState::running;
  view.plan = std::move(plan);
  return view;
}

/// Every step takes `early`, `median` or `late`; ten runs were seen.
RunHistory same_for_all(const dsl::Plan& plan, Micros early, Micros median, Micros late) {
  RunHistory history;
  history.run = {early, median, late, 10};
  history.steps.assign(plan.steps.size(), {early, median, late, 10});
  return history;
}

core::Instance since(double from) {
  core::Instance instance = ended(StepState::running, from, 0);
  instance.ended_at.reset();
  return instance;
}

TEST_CASE("steps that need each other add up, others take as long as the longest", "[cli]") {
  const auto chain = plan_of({{}, {1}, {2}});
  const RunHistory of_chain = same_for_all(*chain, 50s, 60s, 80s);
  const Rest one_by_one = rest_of_run(view_of(chain), of_chain, at(0), 8).value();
  CHECK(one_by_one.early == 150s);
  CHECK(one_by_one.late == 240s);

  const auto wide = plan_of({{}, {}, {}});
  const Rest at_once =
      rest_of_run(view_of(wide), same_for_all(*wide, 50s, 60s, 80s), at(0), 8).value();
  CHECK(at_once.early == 50s);
  CHECK(at_once.late == 80s);
}

TEST_CASE("what has no slot waits for one", "[cli]") {
  const auto plan = plan_of({{}, {}, {}, {}});
  const RunHistory history = same_for_all(*plan, 60s, 60s, 60s);
  CHECK(rest_of_run(view_of(plan), history, at(0), 4)->early == 60s);
  CHECK(rest_of_run(view_of(plan), history, at(0), 2)->early == 120s);
  CHECK(rest_of_run(view_of(plan), history, at(0), 1)->early == 240s);

  SECTION("past runs tell of slots, too") {
    RunHistory crowded = history;
    crowded.slots = 2;
    CHECK(rest_of_run(view_of(plan), crowded, at(0), 1)->early == 120s);
  }
}

TEST_CASE("a block lasts as long as its steps, and what needs it waits", "[cli]") {
  RunView view = failed_view();
  for (core::Instance& instance : view.instances) instance = {};
  view.run.phase = core::RunPhase::running;
  auto plan = std::make_shared<dsl::Plan>(*view.plan);
  plan->steps[5].needs = {{StepId{2}}};  // link needs build: fetch and compile.
  plan->steps[4].needs = {{StepId{3}}};
  view.plan = plan;
  CHECK(rest_of_run(view, same_for_all(*plan, 60s, 60s, 60s), at(0), 8)->early == 180s);
}

TEST_CASE("what a step has done, and what it reports, counts", "[cli]") {
  const auto plan = plan_of({{}});
  const RunHistory history = same_for_all(*plan, 60s, 60s, 90s);
  RunView view = view_of(plan);
  view.instances[1] = since(0);
  CHECK(rest_of_run(view, history, at(40), 1)->early == 20s);
  CHECK(rest_of_run(view, history, at(40), 1)->late == 50s);

  SECTION("a step that takes longer than ever may end at once, or take a while") {
    CHECK(rest_of_run(view, history, at(200), 1)->early == 0s);
    CHECK(rest_of_run(view, history, at(200), 1)->late == 40s);
  }
  SECTION("what it reports is worth more than what is usual") {
    store::Progress progress;
    progress.inst = 1;
    progress.attempt = 1;
    progress.fraction = 0.5;
    view.progress = {progress};
    CHECK(rest_of_run(view, history, at(40), 1)->early == 32s);
    CHECK(rest_of_run(view, history, at(40), 1)->late == 52s);
  }
}

TEST_CASE("a step that waits for its next try begins only then", "[cli]") {
  const auto plan = plan_of({{}, {}});
  RunView view = view_of(plan);
  view.instances[1] = since(0);
  view.instances[1].state = StepState::retrying;
  view.instances[1].due_at = at(3600);
  const RunHistory history = same_for_all(*plan, 50s, 60s, 80s);
  const std::optional<Rest> rest = rest_of_run(view, history, at(0), 4);
  REQUIRE(rest);
  CHECK(rest->early >= 3600s + 50s);
  CHECK(rest->late <= 3600s + 80s);
}

TEST_CASE("a run that is slow so far stays slow", "[cli]") {
  const auto plan = plan_of({{}, {1}});
  const RunHistory history = same_for_all(*plan, 60s, 60s, 60s);
  RunView view = view_of(plan);
  view.instances[1] = ended(StepState::succeeded, 0, 90);
  const Rest rest = rest_of_run(view, history, at(90), 1).value();
  CHECK(rest.early > 75s);
  CHECK(rest.early < 90s);
}

TEST_CASE("without a history the steps that have ended tell of the others", "[cli]") {
  const auto plan = plan_of({{}, {1}, {2}});
  RunView view = view_of(plan);
  CHECK_FALSE(rest_of_run(view, {}, at(0), 1));
  view.instances[1] = ended(StepState::succeeded, 0, 100);
  const Rest rest = rest_of_run(view, {}, at(100), 1).value();
  CHECK(rest.early == 150s);
  CHECK(rest.late == 300s);
}

TEST_CASE("many steps in a slot are late and early by turns, so their sum is spread less",
          "[cli]") {
  const auto plan = plan_of(std::vector<std::vector<std::int32_t>>(400));
  const Rest rest = rest_of_run(view_of(plan), same_for_all(*plan, 8s, 10s, 20s), at(0), 4).value();
  CHECK(rest.early == 950s);
  CHECK(rest.late == 1250s);
}

/// What is shown of a run while its time goes by.
struct Watched {
  explicit Watched(RunView view, RunHistory history) : run(std::move(view)) {
    run.take(std::move(history));
  }
  std::string ends(double when) {
    outlook.look(run, run.tallies(at(when)).whole(), at(when));
    return outlook.ends(run, at(when));
  }
  int percent(double when) {
    outlook.look(run, run.tallies(at(when)).whole(), at(when));
    return static_cast<int>(outlook.done() * 100);
  }
  void move(std::int32_t inst, StepState to, double when) {
    run.take(store::StepMark{inst, 1, 0, static_cast<std::int16_t>(to), at(when)});
  }
  LiveRun run;
  Outlook outlook;
};

TEST_CASE("the end is told as a range of the clock", "[cli]") {
  use_utc();
  const auto plan = plan_of({{}, {1}});
  Watched watched(view_of(plan), same_for_all(*plan, 600s, 700s, 900s));
  CHECK(watched.ends(0) == "ends 13:20–13:30");

  SECTION("of less than five runs it is a guess, and says so") {
    RunHistory few = same_for_all(*plan, 600s, 700s, 900s);
    few.run.runs = 4;
    CHECK(Watched(view_of(plan), few).ends(0) == "ends ~13:20–13:30");
  }
  SECTION("what may be over at once has only a latest end") {
    watched.move(1, StepState::running, 0);
    watched.move(1, StepState::succeeded, 650);
    watched.move(2, StepState::running, 650);
    CHECK(watched.ends(1250) == "ends by 13:26");
  }
  SECTION("an end on another day has its date") {
    const RunHistory long_one = same_for_all(*plan, 20h, 20h, 30h);
    CHECK(Watched(view_of(plan), long_one).ends(0) == "ends 2026-11-22 05:00–2026-11-23 01:00");
  }
}

TEST_CASE("the range stays while it is off by no more than a tenth of the rest", "[cli]") {
  use_utc();
  const auto plan = plan_of({{}, {1}});
  Watched watched(view_of(plan), same_for_all(*plan, 600s, 600s, 600s));
  watched.move(1, StepState::running, 0);
  const std::string first = watched.ends(0);
  CHECK(first == "ends 13:20");
  watched.move(1, StepState::succeeded, 620);
  watched.move(2, StepState::running, 620);
  CHECK(watched.ends(620) == first);
  CHECK(watched.ends(1300) != first);
}

TEST_CASE("without history nothing is said below a tenth", "[cli]") {
  use_utc();
  const auto plan = plan_of(std::vector<std::vector<std::int32_t>>(20));
  Watched watched(view_of(plan), {});
  watched.move(1, StepState::running, 0);
  watched.move(1, StepState::succeeded, 10);
  CHECK(watched.ends(10).empty());
  watched.move(2, StepState::running, 10);
  watched.move(2, StepState::succeeded, 20);
  CHECK(watched.ends(20) == "ends ~13:03–13:04");
}

TEST_CASE("a run that is paused, or waits for somebody, has no end but a reason", "[cli]") {
  use_utc();
  const auto plan = plan_of({{}, {1}});
  RunView view = view_of(plan);
  view.run.phase = core::RunPhase::paused;
  const RunHistory history = same_for_all(*plan, 600s, 600s, 900s);
  CHECK(Watched(view, history).ends(0) == "no end while paused");
  view.run.phase = core::RunPhase::running;
  view.instances[1] = ended(StepState::waiting, 0, 0);
  view.instances[1].reason = core::Reason::approval;
  view.instances[1].ended_at.reset();
  CHECK(Watched(view, history).ends(0) == "~30m after the decision");
}

TEST_CASE("the percent weighs steps as they usually take, and never falls", "[cli]") {
  const auto plan = plan_of({{}, {1}});
  RunHistory history = same_for_all(*plan, 10s, 10s, 20s);
  history.steps[2] = {90s, 90s, 100s, 10};
  Watched watched(view_of(plan), history);
  watched.move(1, StepState::running, 0);
  CHECK(watched.percent(5) == 5);
  CHECK(watched.percent(50) == 9);  // Nine tenths of its tenth, until it has ended.
  watched.move(1, StepState::retrying, 50);
  CHECK(watched.percent(51) == 9);
  watched.move(1, StepState::running, 52);
  watched.move(1, StepState::succeeded, 60);
  CHECK(watched.percent(60) == 10);
  watched.move(2, StepState::running, 60);
  watched.move(2, StepState::succeeded, 150);
  CHECK(watched.percent(150) == 99);  // The end of the run is not durable yet.
  store::RunSummary over = watched.run.view().run;
  over.phase = core::RunPhase::succeeded;
  watched.run.take(over);
  CHECK(watched.percent(151) == 100);

  SECTION("a repair begins anew") {
    over.phase = core::RunPhase::running;
    watched.run.take(over);
    watched.move(2, StepState::pending, 200);
    CHECK(watched.percent(200) == 10);
  }
}

TEST_CASE("a written weight counts as so many usual steps", "[cli]") {
  const auto plan = plan_of({{}, {}, {}});
  auto heavy = std::make_shared<dsl::Settings>();
  heavy->weight = 8;
  plan->steps[3].settings = heavy;
  CHECK(weights_of(*plan, {}) == std::vector<double>{1, 1, 1, 8});
  RunHistory history = same_for_all(*plan, 10s, 10s, 10s);
  history.steps[2] = {};
  CHECK(weights_of(*plan, history) == std::vector<double>{10, 10, 10, 80});
}

}  // namespace
}  // namespace pawl::cli

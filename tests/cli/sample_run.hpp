#pragma once

#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>

#include "cli/run_view.hpp"

namespace pawl::cli {

/// Times of the samples are printed as UTC, wherever the tests run.
inline void use_utc() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

/// 2026-11-20 13:00:00 UTC and so many seconds.
inline TimePoint at(double seconds) {
  return TimePoint{Micros{1795179600'000000 + static_cast<std::int64_t>(seconds * 1e6)}};
}

/// extract, build (a block: fetch, compile with three tries), link, and a hook on_failure.
inline std::shared_ptr<const dsl::Plan> sample_plan() {
  auto settings = std::make_shared<dsl::Settings>();
  auto patient = std::make_shared<dsl::Settings>();
  patient->retry.max_attempts = 3;
  const auto step = [&](std::int32_t parent, std::string id, dsl::Kind kind) {
    dsl::Step made;
    made.parent = StepId{parent};
    made.id = std::move(id);
    made.kind = kind;
    made.settings = settings;
    if (kind == dsl::Kind::run) made.spec = dsl::RunSpec{};
    if (kind == dsl::Kind::lua) made.spec = dsl::LuaSpec{};
    return made;
  };
  dsl::Plan plan;
  plan.file = "nightly.yaml";
  plan.name = "nightly-report";
  plan.steps = {step(-1, "", dsl::Kind::steps),        step(0, "extract", dsl::Kind::run),
                step(0, "build", dsl::Kind::steps),    step(2, "fetch", dsl::Kind::run),
                step(2, "compile", dsl::Kind::run),    step(0, "link", dsl::Kind::lua),
                step(-1, "on_failure", dsl::Kind::lua)};
  plan.steps[0].spec = dsl::BlockSpec{{StepId{1}, StepId{2}, StepId{5}}, true, false};
  plan.steps[2].spec = dsl::BlockSpec{{StepId{3}, StepId{4}}, false, false};
  plan.steps[4].settings = patient;
  plan.hooks.on_failure = StepId{6};
  return std::make_shared<const dsl::Plan>(std::move(plan));
}

inline core::Instance ended(core::StepState state, double from, double to) {
  core::Instance instance;
  instance.state = state;
  instance.attempt = instance.tries = 1;
  instance.started_at = at(from);
  instance.ended_at = at(to);
  return instance;
}

/// The sample after compile failed three times.
inline RunView failed_view() {
  RunView view;
  view.plan = sample_plan();
  view.run.run = RunId{3764858880000000};
  view.run.number = 4709;
  view.run.workflow = "nightly-report";
  view.run.key = "daily";
  view.run.labels = R"({"team":"data"})";
  view.run.actor = "user:ana";
  view.run.namespace_name = "default";
  view.run.folder = "/srv/flows";
  view.run.phase = core::RunPhase::failed;
  view.run.version = 12;
  view.run.created_at = at(0);
  view.run.ended_at = at(580);
  view.facts.phase = core::RunPhase::failed;
  view.facts.inputs = {R"({"day":"2026-11-20","text":"two words"})"};
  view.facts.started_at = at(0);
  view.facts.ended_at = at(580);

  core::Failure failure;
  failure.exit_code = 2;
  failure.message = "ld: out of memory\nand more";
  failure.stack = "nightly.yaml:14: in the step\n";
  failure.attempt = 3;
  failure.step = "build.compile";
  const auto error = std::make_shared<const core::Failure>(failure);
  view.facts.error = error;

  view.instances.resize(view.plan->steps.size());
  view.instances[0].state = core::StepState::failed;
  view.instances[1] = ended(core::StepState::succeeded, 0, 130);
  view.instances[1].output = {R"({"rows":3})"};
  view.instances[2] = ended(core::StepState::failed, 130, 580);
  view.instances[2].error = error;
  view.instances[3] = ended(core::StepState::succeeded, 130, 144);
  view.instances[4] = ended(core::StepState::failed, 522, 580);
  view.instances[4].tries = view.instances[4].attempt = 3;
  view.instances[4].error = error;
  view.instances[4].note = failure.message;
  view.instances[5].state = core::StepState::not_run;
  view.instances[6].state = core::StepState::pending;
  return view;
}

/// In the middle: fetch is over, compile waits for its second try, extract still runs.
inline RunView running_view() {
  RunView view = failed_view();
  view.run.phase = view.facts.phase = core::RunPhase::running;
  view.run.ended_at.reset();
  view.facts.ended_at.reset();
  view.facts.error = nullptr;
  view.instances[1].state = core::StepState::running;
  view.instances[1].ended_at.reset();
  view.instances[2].state = core::StepState::running;
  view.instances[2].ended_at.reset();
  view.instances[4].state = core::StepState::retrying;
  view.instances[4].tries = 1;
  view.instances[4].ended_at.reset();
  view.instances[4].due_at = at(188);
  view.instances[5] = {};
  store::Progress progress;
  progress.inst = 1;
  progress.attempt = 1;
  progress.fraction = 0.4;
  progress.message = "reading part 48";
  view.progress = {progress};
  return view;
}

}  // namespace pawl::cli

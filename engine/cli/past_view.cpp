#include "cli/past_view.hpp"

#include <algorithm>
#include <memory>

namespace pawl::cli {
namespace {

bool is_repair(const EventView& event) { return event.kind == "repair" && event.refused.empty(); }

/// Fields of one step as this change leaves them.
void move(core::Instance& instance, const EventView::Change& change, const EventView& event) {
  const core::StepState before = instance.state;
  instance.state = change.to;
  instance.note = change.note;
  if (change.to == core::StepState::running) {
    if (change.attempt > instance.attempt) ++instance.tries;
    instance.attempt = change.attempt;
    instance.started_at = event.at;
    instance.ended_at.reset();
    instance.error.reset();
  } else if (change.to == core::StepState::pending) {
    const std::int32_t attempt = instance.attempt, generation = instance.generation + 1;
    instance = {};
    instance.attempt = attempt;
    instance.generation = generation;
  } else if (has_ended(change.to)) {
    instance.ended_at = event.at;
  } else if (change.to == core::StepState::ready && event.kind == "adopted" &&
             before == core::StepState::running) {
    ++instance.lost;
  }
  if (change.to != core::StepState::failed && change.to != core::StepState::retrying) return;
  core::Failure failure;
  failure.message = change.note;
  failure.attempt = change.attempt;
  if (event.failed && event.failed->inst == change.inst) {
    failure.kind = event.failed->kind;
    failure.exit_code = event.failed->exit_code;
    failure.stack = event.failed->stack;
  }
  instance.error = std::make_shared<const core::Failure>(std::move(failure));
}

/// What a step gave or how it failed stands in its row as long as that attempt is its last one.
void take_over(core::Instance& past, const core::Instance& now) {
  if (past.attempt != now.attempt || past.generation != now.generation || past.state != now.state) {
    return;
  }
  past = now;
}

}  // namespace

int repairs_in(const std::vector<EventView>& events) {
  return static_cast<int>(std::ranges::count_if(events, is_repair));
}

RunView past_view(const RunView& now, const std::vector<EventView>& events, int repairs) {
  if (repairs == repairs_in(events)) return now;
  RunView past;
  past.run = now.run;
  past.plan = now.plan;
  past.facts.inputs = now.facts.inputs;
  past.facts.env = now.facts.env;
  past.facts.started_at = now.facts.started_at;
  past.instances.resize(now.instances.size());
  int seen = 0;
  for (const EventView& event : events) {
    if (is_repair(event) && ++seen > repairs) break;
    past.run.version = event.seq;
    past.run.phase = past.facts.phase = event.phase;
    past.facts.ended_at.reset();
    past.facts.error.reset();
    if (has_ended(event.phase)) {
      past.facts.ended_at = event.at;
      if (!event.error.empty()) {
        core::Failure failure;
        failure.message = event.error;
        past.facts.error = std::make_shared<const core::Failure>(std::move(failure));
      }
    }
    for (const EventView::Change& change : event.changes) {
      const auto inst = static_cast<std::size_t>(change.inst);
      if (change.inst <= 0 || inst >= past.instances.size()) continue;
      move(past.instances[inst], change, event);
    }
  }
  past.run.ended_at = past.facts.ended_at;
  for (std::size_t i = 0; i < past.instances.size(); ++i) {
    take_over(past.instances[i], now.instances[i]);
  }
  return past;
}

}  // namespace pawl::cli

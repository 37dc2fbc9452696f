#include "cli/attempts.hpp"

#include "cli/run_view.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

/// How an attempt ended when its step moves to `to`; nothing when that ends none.
std::optional<Attempt::State> end_by(StepState to, bool adopted) {
  switch (to) {
    case StepState::succeeded:
      return Attempt::State::succeeded;
    case StepState::failed:
    case StepState::retrying:
    case StepState::unknown:
      return Attempt::State::failed;
    case StepState::skipped:
      return Attempt::State::skipped;
    case StepState::cancelled:
    case StepState::not_run:
      return Attempt::State::cancelled;
    case StepState::ready:
      return adopted ? Attempt::State::lost : Attempt::State::released;
    case StepState::interrupted:
      return Attempt::State::lost;
    case StepState::pending:
    case StepState::running:
    case StepState::waiting:
      return std::nullopt;
  }
  return std::nullopt;
}

void end(Attempt& attempt, Attempt::State state, const EventView& event,
         const EventView::Change& change) {
  attempt.state = state;
  attempt.ended_at = event.at;
  if (state == Attempt::State::succeeded) return;
  attempt.why = change.note;
  if (!event.failed || event.failed->inst != change.inst) return;
  attempt.kind = event.failed->kind;
  attempt.exit_code = event.failed->exit_code;
  attempt.stack = event.failed->stack;
}

}  // namespace

Attempts attempts_of(const std::vector<EventView>& events, const dsl::Plan& plan) {
  Attempts attempts;
  std::int64_t worker = 0;
  for (const EventView& event : events) {
    if (event.worker != 0) {
      worker = event.worker;
    } else if (event.kind == "adopted") {
      worker = 0;  // An older build took it over, and wrote no name.
    }
    for (const EventView::Change& change : event.changes) {
      const bool known =
          change.inst > 0 && static_cast<std::size_t>(change.inst) < plan.steps.size();
      if (!known || is_block(plan, StepId{change.inst})) continue;
      std::vector<Attempt>& mine = attempts[change.inst];
      const bool open = !mine.empty() && mine.back().state == Attempt::State::running;
      if (change.to == StepState::running) {
        Attempt started;
        started.number = change.attempt;
        started.started_at = event.at;
        started.worker = worker;
        mine.push_back(std::move(started));
      } else if (open) {
        const auto state = end_by(change.to, event.kind == "adopted");
        if (state) end(mine.back(), *state, event, change);
      }
    }
  }
  return attempts;
}

std::string_view name_of(Attempt::State state) {
  switch (state) {
    case Attempt::State::running:
      return "running";
    case Attempt::State::succeeded:
      return "succeeded";
    case Attempt::State::failed:
      return "failed";
    case Attempt::State::skipped:
      return "skipped";
    case Attempt::State::cancelled:
      return "cancelled";
    case Attempt::State::lost:
      return "lost";
    case Attempt::State::released:
      return "released";
  }
  return "";
}

}  // namespace pawl::cli

#include <algorithm>
#include <functional>

#include "core/turn.hpp"

/// Compensation: what the finished steps did is taken back, the last one first, before the hooks of
/// the workflow run. Each undo is an instance of its own, with attempts and retries like a step.
namespace pawl::core {
namespace {

bool is_wanted(dsl::Compensate when, RunPhase outcome) {
  switch (when) {
    case dsl::Compensate::never:
      return false;
    case dsl::Compensate::on_failure:
      return outcome == RunPhase::failed;
    case dsl::Compensate::on_cancel:
      return outcome == RunPhase::cancelled;
    case dsl::Compensate::both:
      return outcome == RunPhase::failed || outcome == RunPhase::cancelled;
  }
  return false;
}

}  // namespace

void Turn::begin_undos() {
  if (!is_wanted(plan().compensate, *run.facts.outcome)) return;
  // Of what is unknown nobody could say whether it is to be undone: that is resolved first.
  if (find_unknown().value >= 0) return;
  std::vector<InstId> finished;
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    const Instance& instance = run.at(inst);
    const bool is_part = instance.role == Role::unused || is_round(run, inst) || is_hook(inst);
    // That of a `foreach` belongs to each item.
    if (is_part || instance.role == Role::items || !step_of(inst).undo) continue;
    if (instance.state == StepState::succeeded) finished.push_back(inst);
  }
  // A block ends in the same event as its last step, and after it.
  std::ranges::stable_sort(finished, std::greater{},
                           [&](InstId inst) { return run.at(inst).done_in; });
  add_undos(run, finished);
}

/// A run that has ended could not be compensated while something was unknown: it can be now.
void Turn::undo_late() {
  const RunPhase phase = run.facts.phase;
  if (!has_ended(phase) || run.facts.undos.count > 0) return;
  run.facts.outcome = phase;
  begin_undos();
  if (run.facts.undos.count == 0) return run.facts.outcome.reset();
  go_on();
  reopen(InstId{0});
  next_hook();
}

/// Starts what is to be undone next; true when nothing is left.
bool Turn::next_undo() {
  const ItemRange undos = run.facts.undos;
  // They end in order: what has ended stands in front.
  std::int32_t ended = 0;
  for (std::int32_t open = undos.count; ended < open;) {
    const std::int32_t middle = ended + (open - ended) / 2;
    const bool is_over = has_ended(run.at(InstId{undos.first.value + middle}).state);
    (is_over ? ended : open) = is_over ? middle + 1 : middle;
  }
  if (ended == undos.count) return true;
  const InstId next{undos.first.value + ended};
  if (run.at(next).state == StepState::pending) enter(next);
  return false;
}

/// The steps that have been undone: of one whose undo has failed what it did still stands.
std::vector<InstId> Turn::undone() const {
  std::vector<InstId> steps;
  for (std::int32_t i = 0; i < run.facts.undos.count; ++i) {
    const Instance& undo = run.at(InstId{run.facts.undos.first.value + i});
    if (undo.state == StepState::succeeded) steps.push_back(undo.undo_of);
  }
  return steps;
}

}  // namespace pawl::core

#include <algorithm>
#include <deque>

#include "core/turn.hpp"

/// `effects: once`: what was interrupted never runs again blindly. `verify` is asked whether it was
/// done, and where it cannot tell the step is `unknown`, until a person says it.
namespace pawl::core {

bool happens_once(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  const dsl::Step& step = run.graph->plan().step(instance.step);
  return instance.role == Role::step && !instance.in_doubt &&
         step.settings->effects == dsl::Effects::once;
}

/// An attempt has ended in the middle of what happens once.
void Turn::doubt(InstId inst, const char* why) {
  Instance& instance = run.at(inst);
  if (!step_of(inst).verify) return become_unknown(inst, why);
  if (instance.lost >= settings_of(inst).lost_max) {
    return become_unknown(
        inst, "its worker died " + std::to_string(instance.lost) +
                  " times (lost_max: " + std::to_string(settings_of(inst).lost_max) + ")");
  }
  instance.in_doubt = true;
  move(inst, StepState::ready, std::string(why) + "; it is verified whether it was done");
}

void Turn::verified(InstId inst, const Verified& verified) {
  Instance& instance = run.at(inst);
  switch (verified.what) {
    case Verified::What::done:
      instance.output = verified.output;
      instance.error.reset();
      return move(inst, StepState::succeeded, "verified: it was done");
    case Verified::What::not_done:
      instance.in_doubt = false;
      if (instance.stopping && instance.stop_why == StopWhy::cancel) {
        return close(inst, StepState::cancelled, "verified: it was not done");
      }
      if (instance.stopping && instance.stop_why == StopWhy::deadline) {
        return fail(inst, failure(inst, FailureKind::timeout, "its deadline passed"));
      }
      --instance.tries;  // To ask is no try.
      return move(inst, StepState::ready, "verified: it was not done");
    case Verified::What::open:
      return become_unknown(inst, verified.why.empty() ? "verify could not tell" : verified.why);
  }
}

void Turn::become_unknown(InstId inst, const std::string& why) {
  end_badly(inst, StepState::unknown,
            failure(inst, FailureKind::lost, why + ": whether it was done is unknown"), false);
}

/// Is a step in the block, however deep, of which nobody knows whether it was done?
bool Turn::holds_unknown(InstId block) const {
  std::deque<InstId> inside{block};
  for (; !inside.empty(); inside.pop_front()) {
    for (const InstId child : children_of(run, inside.front())) {
      if (run.at(child).state == StepState::unknown) return true;
      if (is_block(child)) inside.push_back(child);
    }
  }
  return false;
}

/// The first step of which nobody knows whether it was done; negative when there is none.
InstId Turn::find_unknown() const {
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const Instance& instance = run.instances[i];
    if (instance.role != Role::unused && instance.state == StepState::unknown) {
      return InstId{static_cast<std::int32_t>(i)};
    }
  }
  return InstId{-1};
}

/// Has a block around it ended well without it? Then nothing waits for the answer.
bool Turn::is_settled(InstId inst) const {
  for (InstId at = run.at(inst).parent; at.value > 0; at = run.at(at).parent) {
    const Instance& block = run.at(at);
    const bool is_good = block.state == StepState::succeeded || block.ignored;
    if (is_good || block.state == StepState::skipped) return true;
  }
  return false;
}

/// The answer changes the state of the step and begins nothing again, except what is to be undone.
void Turn::settle_answer(InstId inst, const Resolve& resolve, const std::string& note) {
  Instance& instance = run.at(inst);
  instance.output = resolve.output;
  instance.note = note;
  instance.state = resolve.done ? StepState::succeeded : StepState::cancelled;
  applied_.transitions.push_back(
      {inst, StepState::unknown, instance.state, instance.attempt, note});
  if (resolve.done && step_of(inst).undo) instance.done_in = run.version + 1;
  touch(inst);
  restore_derived(run);
  undo_late();
}

void Turn::on(const Resolve& resolve) {
  if (!may_begin_again()) return;
  if (run.facts.phase == RunPhase::quarantined) return refuse("the run is quarantined");
  const InstId inst = find_instance(run, resolve.step);
  if (inst.value < 0) return refuse("the run has no step '" + resolve.step + "'");
  if (run.at(inst).state != StepState::unknown) {
    return refuse("step '" + resolve.step + "' is " + std::string(name_of(run.at(inst).state)) +
                  ": only a step whose end is unknown is resolved");
  }
  if (resolve.output.text.size() > output_bytes_max) {
    return refuse("the output has " + std::to_string(resolve.output.text.size()) +
                  " bytes; the limit is " + std::to_string(output_bytes_max));
  }
  const std::string word = resolve.done ? "resolved: it was done" : "resolved: it was not done";
  const std::string note = resolve.comment.empty() ? word : word + " (" + resolve.comment + ")";
  // A cancelled run does not go on.
  if (is_settled(inst) || run.facts.phase == RunPhase::cancelled) {
    return settle_answer(inst, resolve, note);
  }
  begin_again({inst}, false, true);
  if (!resolve.done) {
    run.at(inst).note = note;
    return;
  }
  run.at(inst).output = resolve.output;
  move(inst, StepState::succeeded, note);
}

}  // namespace pawl::core

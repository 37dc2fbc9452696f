#include <algorithm>
#include <deque>

#include "core/turn.hpp"

/// Repair: a new generation of the chosen steps and of what hangs on them; finished steps are kept.
namespace pawl::core {

namespace {

bool repairable(const Instance& instance) {
  return has_ended(instance.state) && instance.state != StepState::succeeded &&
         instance.state != StepState::skipped && !instance.ignored;
}

bool failed_itself(const Instance& instance) {
  return repairable(instance) && instance.state != StepState::not_run;
}

}  // namespace

void Turn::reset(InstId inst) {
  Instance& instance = run.at(inst);
  applied_.transitions.push_back(
      {inst, instance.state, StepState::pending, instance.attempt, "repair"});
  const std::int32_t attempt = instance.attempt;
  const std::int32_t generation = instance.generation;
  set_due(inst, std::nullopt);
  set_deadline(inst, std::nullopt);
  run.ready.erase(inst);
  instance = Instance{};
  instance.attempt = attempt;
  instance.generation = generation + 1;
  touch(inst);
}

void Turn::reset_tree(InstId block) {
  for (const StepId child : std::get<dsl::BlockSpec>(step_of(block).spec).children) {
    if (step_of(InstId{child.value}).kind == dsl::Kind::steps) reset_tree(InstId{child.value});
    reset(InstId{child.value});
  }
}

/// A block that had ended goes on, because one of its steps does.
void Turn::reopen(InstId inst) {
  Instance& instance = run.at(inst);
  if (!has_ended(instance.state)) return;
  applied_.transitions.push_back(
      {inst, instance.state, StepState::running, instance.attempt, "repair"});
  instance.state = StepState::running;
  instance.reason = Reason::none;
  instance.ignored = false;
  instance.stopping = false;
  instance.ended_at.reset();
  instance.error.reset();
  instance.note.clear();
  touch(inst);
}

void Turn::on(const Repair& repair) {
  if (!run.facts.started_at) return refuse("the run has not started yet");
  if (run.facts.outcome && !has_ended(run.facts.phase)) {
    return refuse("the run is ending: its hooks run; try again when it has ended");
  }
  std::deque<InstId> todo;
  for (const std::string& path : repair.steps) {
    const StepId step = run.graph->find(path);
    if (step == dsl::no_step) return refuse("the run has no step '" + path + "'");
    const Instance& instance = run.at(InstId{step.value});
    if (!repairable(instance)) {
      return refuse("step '" + path + "' is " + std::string(name_of(instance.state)) +
                    ": only a step that did not succeed can be run again");
    }
    todo.push_back(InstId{step.value});
  }
  if (repair.steps.empty()) {
    for (std::size_t i = 1; i < run.instances.size(); ++i) {
      const InstId inst{static_cast<std::int32_t>(i)};
      if (!is_hook(inst) && failed_itself(run.at(inst)) && step_of(inst).kind != dsl::Kind::steps) {
        todo.push_back(inst);
      }
    }
  }
  if (todo.empty()) return refuse("nothing to repair: no step of the run has failed");
  std::vector<bool> seen(run.instances.size());
  std::vector<InstId> chosen;
  const auto add = [&](InstId inst) {
    if (!seen[static_cast<std::size_t>(inst.value)]) todo.push_back(inst);
  };
  while (!todo.empty()) {
    const InstId inst = todo.front();
    todo.pop_front();
    if (seen[static_cast<std::size_t>(inst.value)]) continue;
    seen[static_cast<std::size_t>(inst.value)] = true;
    Instance& instance = run.at(inst);
    if (inst.value == 0) {
      reopen(inst);
      continue;
    }
    const bool is_open_block =
        step_of(inst).kind == dsl::Kind::steps &&
        std::ranges::find(repair.steps, run.graph->path(StepId{inst.value})) ==
            repair.steps.end() &&
        instance.state != StepState::not_run && instance.state != StepState::skipped &&
        instance.state != StepState::pending;
    if (is_open_block) {
      reopen(inst);
    } else if (has_ended(instance.state) && instance.state != StepState::succeeded) {
      reset(inst);
      chosen.push_back(inst);
      if (step_of(inst).kind == dsl::Kind::steps) {
        for (const StepId child : std::get<dsl::BlockSpec>(step_of(inst).spec).children) {
          const Instance& part = run.at(InstId{child.value});
          if (has_ended(part.state) && part.state != StepState::succeeded) {
            add(InstId{child.value});
          }
        }
      }
    } else {
      continue;
    }
    for (const Graph::Dependent& dependent : run.graph->dependents(StepId{inst.value})) {
      const Instance& waiting = run.at(InstId{dependent.step.value});
      if (has_ended(waiting.state) && waiting.state != StepState::succeeded) {
        add(InstId{dependent.step.value});
      }
    }
    if (step_of(inst).parent != dsl::no_step) add(InstId{step_of(inst).parent.value});
  }
  const dsl::RunHooks& hooks = plan().hooks;
  for (const StepId hook : {hooks.on_success, hooks.on_failure, hooks.on_cancel, hooks.last}) {
    if (hook != dsl::no_step && has_ended(run.at(InstId{hook.value}).state)) {
      reset(InstId{hook.value});
    }
  }
  reopen(InstId{0});
  RunFacts& facts = run.facts;
  facts.phase = RunPhase::running;
  facts.outcome.reset();
  facts.ended_at.reset();
  facts.error.reset();
  facts.outputs = {};
  facts.cancelling = false;
  facts.cancel_why.clear();
  touch(InstId{0});
  restore_derived(run);
  for (const InstId inst : chosen) queue_.push_back(inst);
}

}  // namespace pawl::core

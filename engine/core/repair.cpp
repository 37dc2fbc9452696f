#include <algorithm>
#include <deque>
#include <iterator>
#include <set>
#include <unordered_map>

#include "core/blocks.hpp"
#include "core/turn.hpp"

/// Repair: a new generation of the chosen steps and of what hangs on them; finished steps are kept.
namespace pawl::core {

namespace {

bool repairable(const Instance& instance) {
  return has_ended(instance.state) && instance.state != StepState::succeeded &&
         instance.state != StepState::skipped && instance.state != StepState::unknown &&
         !instance.ignored;
}

}  // namespace

void Turn::reset(InstId inst, const char* why) {
  Instance& instance = run.at(inst);
  applied_.transitions.push_back({inst, instance.state, StepState::pending, instance.attempt, why});
  const std::int32_t attempt = instance.attempt;
  const std::int32_t generation = instance.generation;
  const bool has_row = instance.has_row;
  drop_items(run, inst);
  set_due(inst, std::nullopt);
  set_deadline(inst, std::nullopt);
  leave_ready(inst);
  const Standing standing = instance;
  instance = {};
  static_cast<Standing&>(instance) = standing;
  instance.attempt = attempt;
  instance.generation = generation + 1;
  instance.has_row = has_row;
  touch(inst);
}

void Turn::reset_tree(InstId block) {
  if (run.at(block).role == Role::rounds) {
    drop_items(run, block);
    ++run.at(block).generation;  // So that its new rounds have keys of their own.
    return touch(block);
  }
  for (const InstId child : children_of(run, block)) {
    // Items are forgotten with their holder.
    if (is_block(child) && run.at(child).role == Role::step) reset_tree(child);
    reset(child, "its block is tried again");
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
  if (is_race(run, inst)) instance.chosen = -1;
  instance.ended_at.reset();
  instance.error.reset();
  instance.note.clear();
  touch(inst);
}

/// Can steps begin again now? Refuses when not.
bool Turn::may_begin_again() {
  if (!run.facts.started_at) {
    refuse("the run has not started yet");
  } else if (run.facts.outcome && !has_ended(run.facts.phase)) {
    refuse("the run is ending: its hooks run; try again when it has ended");
  } else if (run.facts.cancelling && !has_ended(run.facts.phase)) {
    refuse("the run is being cancelled: try again when it has ended");
  }
  return !applied_.refused;
}

void Turn::on(const Repair& repair) {
  if (run.facts.phase == RunPhase::quarantined && run.facts.started_at) return thaw();
  if (!may_begin_again()) return;
  if (std::ranges::all_of(children_of(run, InstId{0}),
                          [&](InstId inst) { return run.at(inst).state == StepState::not_run; })) {
    return refuse("the run could not start: start it again with other inputs");
  }
  if (repair.anew && !has_ended(run.facts.phase)) {
    return refuse("the run has not ended: what succeeded can begin anew when it has");
  }
  const std::vector<InstId> chosen = choose(repair);
  if (const InstId open = find_unknown(); repair.anew && open.value >= 0) {
    refuse("whether step '" + path_of(run, open) +
           "' was done is unknown: say it with 'pawl resolve' first");
  }
  if (!repair.anew) refuse_what_happens_once();
  if (applied_.refused) return;
  begin_again(chosen, repair.anew, !repair.steps.empty());
}

/// What was undone begins anew with all that could have read it. Refuses when that would do again
/// what happens once and still stands.
void Turn::refuse_what_happens_once() {
  const std::vector<InstId> gone = undone();
  std::set<InstId> seen;
  const std::set<InstId> undone_ones(gone.begin(), gone.end());
  std::deque<InstId> todo(gone.begin(), gone.end());
  for (; !todo.empty() && !applied_.refused; todo.pop_front()) {
    const InstId inst = todo.front();
    if (!seen.insert(inst).second) continue;
    std::ranges::copy(children_of(run, inst), std::back_inserter(todo));
    const Instance& instance = run.at(inst);
    if (is_leaf(inst) && instance.state == StepState::succeeded && is_once(inst) &&
        !undone_ones.contains(inst)) {
      refuse("step '" + path_of(run, inst) +
             "' happens once, has no undo, and hangs on what was undone: name what is to run again "
             "with --from");
    }
    for (InstId at = inst; at.value > 0; at = run.at(at).parent) {
      if (is_item(run, at)) continue;
      for (const Graph::Dependent& dependent : run.graph->dependents(run.at(at).step)) {
        todo.push_back(beside(run, at, dependent.step));
      }
    }
  }
}

/// The chosen steps run again with what hangs on them, and the run goes on.
void Turn::begin_again(std::vector<InstId> chosen, bool anew, bool by_name) {
  // What has been undone is not there any more: it begins anew, too.
  const std::vector<InstId> gone = undone();
  if (anew) {
    chosen.insert(chosen.end(), gone.begin(), gone.end());
    run_anew(chosen);
  } else {
    run_again(chosen, by_name);
    if (!gone.empty()) run_anew(gone);
  }
  drop_undos(run);
  const dsl::RunHooks& hooks = plan().hooks;
  for (const StepId hook : {hooks.on_success, hooks.on_failure, hooks.on_cancel, hooks.last}) {
    if (hook != dsl::no_step && has_ended(run.at(InstId{hook.value}).state)) {
      reset(InstId{hook.value}, "repair");
    }
  }
  go_on();
  RunFacts& facts = run.facts;
  facts.outcome.reset();
  facts.error.reset();
  facts.outputs = {};
  facts.cancelling = false;
  facts.cancel_why.clear();
  restore_derived(run);
}

/// The run goes on; what has passed since its end was no time of its work.
void Turn::go_on() {
  RunFacts& facts = run.facts;
  if (facts.ended_at) facts.idle += std::max(Micros{0}, now() - *facts.ended_at);
  facts.phase = RunPhase::running;
  facts.ended_at.reset();
  touch(InstId{0});
}

/// A quarantined run goes on where it stood: what was running is lost with its worker.
void Turn::thaw() {
  run.facts.phase = RunPhase::running;
  run.facts.ended_at.reset();
  run.facts.error.reset();
  touch(InstId{0});
}

/// A loop goes on in a round that did not succeed; one that was not done after its last begins
/// anew.
bool Turn::has_unfinished_round(InstId loop) const {
  const std::vector<InstId> rounds = children_of(run, loop);
  return !rounds.empty() && run.at(rounds.back()).state != StepState::succeeded;
}

/// Was it cancelled because enough others had succeeded? Then nobody misses it.
bool Turn::was_rest(InstId inst) const {
  if (run.at(inst).state != StepState::cancelled) return false;
  if (is_item(run, inst)) return false;
  return std::ranges::any_of(run.graph->dependents(run.at(inst).step), [&](const auto& dependent) {
    const Instance& next = run.at(beside(run, inst, dependent.step));
    return plan().step(dependent.step).join.cancel_rest && has_ended(next.state) &&
           !repairable(next);
  });
}

/// Is it in a block that waits to be tried again?
bool Turn::is_backing_off(InstId inst) const {
  for (InstId at = run.at(inst).parent; at.value > 0; at = run.at(at).parent) {
    if (run.at(at).state == StepState::retrying) return true;
  }
  return false;
}

/// The steps that a repair names, or all that did not succeed; refuses when that makes no sense.
std::vector<InstId> Turn::choose(const Repair& repair) {
  std::vector<InstId> chosen;
  // To name one is rare and to name 50,000 is possible: then each is not looked for among all.
  constexpr std::size_t few = 4;
  std::unordered_map<std::string, InstId> known;
  if (repair.steps.size() > few) {
    for (std::size_t i = 1; i < run.instances.size(); ++i) {
      const InstId inst{static_cast<std::int32_t>(i)};
      if (run.at(inst).role != Role::unused) known.emplace(path_of(run, inst), inst);
    }
  }
  const auto find = [&](const std::string& path) {
    if (known.empty()) return find_instance(run, path);
    const auto found = known.find(path);
    return found == known.end() ? InstId{-1} : found->second;
  };
  for (const std::string& path : repair.steps) {
    const InstId inst = find(path);
    if (inst.value < 0) {
      refuse("the run has no step '" + path + "'");
    } else if (is_hook(inst) && !is_undo(inst)) {
      refuse("'" + path + "' is a hook of the workflow: it runs again with the steps");
    } else if (is_undo(inst)) {
      refuse("'" + path + "' takes something back: what it took back runs again with the steps");
    } else if (run.at(inst).state == StepState::unknown && !repair.anew) {
      refuse("whether step '" + path + "' was done is unknown: say it with 'pawl resolve'");
    } else if (repair.anew && !has_ended(run.at(inst).state)) {
      refuse("step '" + path + "' is in a block that did not run: name the block");
    } else if (!repair.anew && !repairable(run.at(inst))) {
      const bool has_ended_well = run.at(inst).state == StepState::succeeded;
      refuse("step '" + path + "' " + (has_ended_well ? "has " : "is ") +
             std::string(name_of(run.at(inst).state)) +
             ": only a step that did not succeed can be run again");
    } else if (is_backing_off(inst)) {
      refuse("step '" + path + "' is in a block that is about to be tried again as a whole");
    } else {
      chosen.push_back(inst);
    }
  }
  if (!repair.steps.empty()) return chosen;
  bool any_failed = false, any_unknown = false;
  // Blocks that ended well or try again by themselves, and all in them.
  std::vector<bool> settled(run.instances.size());
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    if (is_hook(inst) || run.at(inst).role == Role::unused) continue;
    settled[i] = settled[static_cast<std::size_t>(run.at(inst).parent.value)] ||
                 run.at(inst).state == StepState::retrying || was_rest(inst) ||
                 (has_ended(run.at(inst).state) && !repairable(run.at(inst)));
    any_unknown = any_unknown || run.at(inst).state == StepState::unknown;
    if (settled[i] || !repairable(run.at(inst))) continue;
    any_failed = any_failed || run.at(inst).state != StepState::not_run;
    chosen.push_back(inst);
  }
  if (!any_failed) {
    refuse(any_unknown ? "whether a step was done is unknown: say it with 'pawl resolve'"
                       : "nothing to repair: no step of the run has failed");
  }
  return chosen;
}

/// Resets the chosen steps and what hangs on them, and reopens the blocks around them. A block
/// that was entered is reset only when it was named: its finished steps are kept in any case.
void Turn::run_again(const std::vector<InstId>& chosen, bool by_name) {
  std::vector<bool> named(run.instances.size());
  std::vector<bool> seen(run.instances.size());
  for (const InstId inst : chosen) named[static_cast<std::size_t>(inst.value)] = by_name;
  std::deque<InstId> todo(chosen.begin(), chosen.end());
  const auto add_unfinished = [&](InstId inst) {
    const Instance& instance = run.at(inst);
    // What is unknown is a matter of 'resolve'.
    const bool stays =
        instance.state == StepState::succeeded || instance.state == StepState::unknown;
    if (has_ended(instance.state) && !stays) todo.push_back(inst);
  };
  const auto add_inside = [&](InstId holder) {
    std::deque<InstId> inside{holder};
    while (!inside.empty()) {
      for (const InstId child : children_of(run, inside.front())) {
        add_unfinished(child);
        if (is_block(child)) inside.push_back(child);
      }
      inside.pop_front();
    }
  };
  while (!todo.empty()) {
    const InstId inst = todo.front();
    todo.pop_front();
    const auto index = static_cast<std::size_t>(inst.value);
    if (seen[index]) continue;
    seen[index] = true;
    const Instance& instance = run.at(inst);
    const bool block = is_block(inst);
    const bool has_items = instance.items.first.value >= 0;
    // A holder that could not list its items has not entered them.
    const bool entered = instance.role == Role::items ? has_items
                         : instance.role == Role::rounds
                             ? has_unfinished_round(inst)
                             : block && (instance.started_at || inst.value == 0);
    if (entered && (!named[index] || has_items)) {
      reopen(inst);
      // To name all items is to name what in them did not succeed.
      if (named[index]) add_inside(inst);
    } else if (has_ended(instance.state) && instance.state != StepState::succeeded) {
      reset(inst, "repair");
      if (block) {
        for (const InstId child : children_of(run, inst)) {
          // A block in a block that begins anew begins anew, too; what it has finished is kept.
          if (is_block(child)) named[static_cast<std::size_t>(child.value)] = true;
          add_unfinished(child);
        }
      }
    } else {
      continue;
    }
    queue_.push_back(inst);
    if (inst.value == 0) continue;
    if (!is_item(run, inst)) {
      for (const Graph::Dependent& dependent : run.graph->dependents(run.at(inst).step)) {
        add_unfinished(beside(run, inst, dependent.step));
      }
    }
    todo.push_back(run.at(inst).parent);
  }
}

/// The rounds behind one that begins anew were made of what it gave.
void Turn::forget_rounds_behind(InstId round) {
  const InstId loop = run.at(round).parent;
  const std::int32_t index = item_of(run, round)->index;
  if (index == run.at(loop).items.count) return;
  drop_rounds(run, loop, index);
  ++run.at(loop).generation;
}

/// Resets the chosen steps, what is in them, and all that could have read what they gave: what
/// needs them, or a block around them. These blocks are reopened. Of a run that has ended, so that
/// no step of it runs.
void Turn::run_anew(const std::vector<InstId>& chosen) {
  std::vector<bool> anew(run.instances.size()), reopened(run.instances.size());
  std::deque<InstId> todo(chosen.begin(), chosen.end());
  const auto add_dependents = [&](InstId inst) {
    if (is_item(run, inst)) return;  // What needs it needs its holder.
    for (const Graph::Dependent& dependent : run.graph->dependents(run.at(inst).step)) {
      todo.push_back(beside(run, inst, dependent.step));
    }
  };
  while (!todo.empty()) {
    const InstId inst = todo.front();
    todo.pop_front();
    // An earlier round that begins anew has forgotten it.
    if (run.at(inst).role == Role::unused) continue;
    if (anew[static_cast<std::size_t>(inst.value)]) continue;
    anew[static_cast<std::size_t>(inst.value)] = true;
    add_dependents(inst);
    // Items are forgotten with their holder.
    if (run.at(inst).role == Role::step) {
      std::ranges::copy(children_of(run, inst), std::back_inserter(todo));
    }
    if (is_round(run, inst)) forget_rounds_behind(inst);
    for (InstId block = run.at(inst).parent; block.value > 0; block = run.at(block).parent) {
      if (is_race(run, block)) todo.push_back(block);
      if (is_round(run, block)) forget_rounds_behind(block);
      if (reopened[static_cast<std::size_t>(block.value)]) break;
      reopened[static_cast<std::size_t>(block.value)] = true;
      add_dependents(block);
    }
  }
  reopen(InstId{0});
  queue_.push_back(InstId{0});
  for (std::size_t i = 1; i < anew.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    if (run.at(inst).role == Role::unused || (!anew[i] && !reopened[i])) continue;
    if (anew[i]) {
      if (has_ended(run.at(inst).state)) reset(inst, "repair");
    } else {
      reopen(inst);
    }
    queue_.push_back(inst);
  }
}

}  // namespace pawl::core

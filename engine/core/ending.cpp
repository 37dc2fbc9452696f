#include <algorithm>
#include <array>

#include "core/blocks.hpp"
#include "core/turn.hpp"

/// How blocks end, and how the run ends: outputs, then the workflow's hooks, then the last row.
namespace pawl::core {

namespace {

/// Are there steps still to be undone?
bool is_undoing(const RunState& run) {
  const ItemRange undos = run.facts.undos;
  return undos.count > 0 && !has_ended(run.at(InstId{undos.first.value + undos.count - 1}).state);
}

bool failed_for_good(const Instance& instance) {
  return (instance.state == StepState::failed || instance.state == StepState::unknown ||
          instance.state == StepState::interrupted) &&
         !instance.ignored;
}

}  // namespace

void Turn::block_done(InstId block) {
  if (block.value == 0) return graph_done();
  Instance& instance = run.at(block);
  if (instance.role == Role::items) return items_done(block);
  if (instance.role == Role::rounds) return rounds_done(block);
  if (is_race(run, block)) return race_done(block);
  const Instance* first_failed = nullptr;
  bool cancelled = false;
  bool not_run = false;
  for (const InstId child : children_of(run, block)) {
    const Instance& part = run.at(child);
    if (failed_for_good(part) && first_failed == nullptr) first_failed = &part;
    cancelled = cancelled || part.state == StepState::cancelled;
    not_run = not_run || part.state == StepState::not_run;
  }
  const bool stopped = instance.stopping && instance.stop_why == StopWhy::cancel;
  if (instance.stopping && !stopped) {
    return fail(block, failure(block, FailureKind::timeout, "it took longer than its time limit"));
  }
  if (first_failed != nullptr) {
    Failure error = first_failed->error ? *first_failed->error
                                        : failure(block, FailureKind::exit, "a step failed");
    return fail(block, std::move(error));
  }
  // A step cancelled as the rest of a join does not cancel the block around it.
  const bool incomplete = cancelled || (stopped && not_run);
  move(block, (stopped || run.facts.cancelling) && incomplete ? StepState::cancelled
                                                              : StepState::succeeded);
}

/// Ends a step that has not ended: at once when it does not run, else by asking it.
void Turn::stop_open(InstId inst, StopWhy why, const char* note) {
  Instance& instance = run.at(inst);
  if (has_ended(instance.state)) return;
  if (instance.in_doubt && instance.state != StepState::running) {
    return become_unknown(inst, "it was stopped before it was verified");
  }
  if (instance.state != StepState::running) return close(inst, StepState::cancelled, note);
  if (!is_block(inst)) return stop(inst, why);
  instance.stopping = true;
  instance.stop_why = why;
  touch(inst);
  stop_children(inst, why, "its block was stopped");
}

void Turn::stop_children(InstId block, StopWhy why, const char* note) {
  for (const InstId inst : children_of(run, block)) {
    if (run.at(inst).state == StepState::pending) {
      close(inst, StepState::not_run, note);
    } else {
      stop_open(inst, why, note);
    }
  }
}

void Turn::cancel_open(InstId inst, const std::string& note) {
  const Instance& instance = run.at(inst);
  if (has_ended(instance.state) || inst.value == 0 || instance.role == Role::unused) return;
  const InstId parent = instance.parent;
  // What stands in a block that was never entered, or is over, has no state of its own.
  if (parent.value >= 0 && run.at(parent).state != StepState::running) return;
  const bool block = is_block(inst);
  if (instance.state == StepState::running) {
    if (!block) stop(inst, StopWhy::cancel);
    return;  // A block ends with its last step.
  }
  if (instance.in_doubt) return become_unknown(inst, "it was stopped before it was verified");
  close(inst, StepState::cancelled, note);
}

void Turn::graph_done() {
  if (run.facts.outcome || run.facts.paused) return;
  const StepId start_hook = plan().hooks.on_start;
  if (start_hook != dsl::no_step && !has_ended(run.at(InstId{start_hook.value}).state)) return;
  const Instance* failed = nullptr;  // The step that failed first.
  for (const InstId child : children_of(run, InstId{0})) {
    const Instance& part = run.at(child);
    if (!failed_for_good(part)) continue;
    if (failed == nullptr || part.ended_at < failed->ended_at) failed = &part;
  }
  run.facts.outcome = run.facts.cancelling ? RunPhase::cancelled
                      : failed != nullptr  ? RunPhase::failed
                                           : RunPhase::succeeded;
  // Of the failures on the way, only one that nothing answered is the run's.
  if (!run.facts.cancelling) run.facts.error = failed == nullptr ? nullptr : failed->error;
  if (run.facts.outcome == RunPhase::succeeded) evaluate_outputs();
  begin_undos();
  touch(InstId{0});
  next_hook();
}

void Turn::evaluate_outputs() {
  View view = view_for(run, InstId{0}, now());
  const bool all_ran = std::ranges::all_of(plan().output_reads, [&](StepId step) {
    return run.at(InstId{step.value}).state == StepState::succeeded;
  });
  std::vector<std::pair<std::string, JsonText>> members;
  for (const dsl::Output& output : plan().outputs) {
    Result<JsonText> value = expressions_.value(plan(), output.value, view);
    if (value) {
      members.emplace_back(output.name, std::move(value).value());
    } else if (!all_ran) {
      members.emplace_back(output.name, JsonText{});  // What it reads did not run.
    } else {
      run.facts.outcome = RunPhase::failed;
      Failure error;
      error.kind = FailureKind::expression;
      error.message = "outputs." + output.name + ": " + value.error().message;
      run.facts.error = std::make_shared<const Failure>(std::move(error));
      return;
    }
  }
  run.facts.outputs = Expressions::object(members);
  if (run.facts.outputs.text.size() <= output_bytes_max) return;
  run.facts.outcome = RunPhase::failed;
  Failure error;
  error.kind = FailureKind::output;
  error.message = "the outputs have " + std::to_string(run.facts.outputs.text.size()) +
                  " bytes; the limit is " + std::to_string(output_bytes_max);
  run.facts.outputs = {};
  run.facts.error = std::make_shared<const Failure>(std::move(error));
}

void Turn::next_hook() {
  const dsl::RunHooks& hooks = plan().hooks;
  if (!run.facts.outcome) {
    // on_start has ended: the graph begins, unless a cancel has ended it meanwhile.
    if (run.at(InstId{0}).counts.open_children == 0) return graph_done();
    return enter_children(InstId{0});
  }
  if (!next_undo()) return;
  const StepId first = run.facts.outcome == RunPhase::succeeded   ? hooks.on_success
                       : run.facts.outcome == RunPhase::cancelled ? hooks.on_cancel
                                                                  : hooks.on_failure;
  for (const StepId hook : std::array{first, hooks.last}) {
    if (hook == dsl::no_step) continue;
    const InstId inst{hook.value};
    if (run.at(inst).state == StepState::pending) return enter(inst);
    if (!has_ended(run.at(inst).state)) return;
  }
  end_run();
}

void Turn::end_run() {
  // A hook that never had its turn belongs to another way of ending: it leaves no row.
  const RunPhase outcome = *run.facts.outcome;
  run.facts.phase = outcome;
  run.facts.ended_at = now();
  run.facts.paused = false;
  run.facts.paused_at.reset();
  touch(InstId{0});
  Instance& root = run.at(InstId{0});
  root.state = outcome == RunPhase::succeeded   ? StepState::succeeded
               : outcome == RunPhase::cancelled ? StepState::cancelled
                                                : StepState::failed;
  root.ended_at = now();
}

void Turn::update_phase() {
  RunFacts& facts = run.facts;
  if (has_ended(facts.phase)) return;
  RunPhase phase = facts.phase;
  if (!facts.started_at) {
    phase = RunPhase::queued;
  } else if (facts.paused) {
    phase = RunPhase::paused;
  } else if (run.running > 0 || !run.ready.empty()) {
    phase = is_undoing(run) ? RunPhase::compensating : RunPhase::running;
  } else {
    phase = RunPhase::waiting;
  }
  facts.phase = phase;  // A column of the run's own row: the root's row need not be written.
}

}  // namespace pawl::core

#include <algorithm>

#include "core/turn.hpp"

namespace pawl::core {

namespace {

/// An on_error hook that always says "again" ends here.
constexpr std::int32_t hook_tries_max = 100;

}  // namespace

Applied apply(RunState& run, const Event& event, Expressions& expressions) {
  Turn turn(run, event, expressions);
  std::visit([&](const auto& happening) { turn.on(happening); }, event.what);
  return turn.finish();
}

Applied Turn::finish() {
  settle();
  if (!has_ended(run.facts.phase)) {
    due_timers();
    begin_waits();
    dispatch();
    update_phase();
  }
  // A command from outside always gets its row, so that its sender finds the answer.
  applied_.nothing = event_.inbox_seq == 0 && applied_.transitions.empty() &&
                     applied_.effects.empty() && run.touched.empty();
  if (!applied_.nothing) ++run.version;
  return std::move(applied_);
}

void Turn::on(const Start& start) {
  if (run.facts.started_at) return refuse("the run has started already");
  RunFacts& facts = run.facts;
  facts.started_at = now();
  facts.inputs = start.inputs;
  facts.started_by = event_.actor;
  Instance& root = run.at(InstId{0});
  root.started_at = now();
  move(InstId{0}, StepState::running);
  std::optional<Problem> problem;
  View view = view_for(run, InstId{0}, now());
  Result<JsonText> inputs = expressions_.complete_inputs(plan(), start.inputs, view);
  if (inputs) {
    facts.inputs = std::move(inputs).value();
  } else {
    problem = inputs.error();
  }
  std::vector<std::pair<std::string, JsonText>> env;
  for (const auto& [name, value] : plan().env) {
    if (problem) break;
    Result<JsonText> text = expressions_.value(plan(), value, view);
    if (!text) {
      problem = Problem{"env." + name + ": " + text.error().message, text.error().fix};
    } else {
      env.emplace_back(name, std::move(text).value());
      facts.env = Expressions::object(env);
    }
  }
  if (problem) {
    Failure error;
    error.kind = FailureKind::expression;
    error.message = problem->message;
    facts.error = std::make_shared<const Failure>(std::move(error));
    facts.outcome = RunPhase::failed;
    for (const InstId child : children_of(run, InstId{0})) {
      close(child, StepState::not_run, "the run could not start");
    }
    return next_hook();
  }
  if (plan().hooks.on_start == dsl::no_step) return enter_children(InstId{0});
  enter(InstId{plan().hooks.on_start.value});
}

void Turn::on(const Pause& pause) {
  if (has_ended(run.facts.phase)) return refuse("the run has ended");
  if (run.facts.cancelling) return refuse("the run is being cancelled");
  const bool is_asked = std::holds_alternative<Pause>(event_.what);
  if (is_asked && run.facts.paused && !pause.now) return refuse("the run is paused already");
  if (!run.facts.paused) {
    run.facts.paused = true;
    run.facts.paused_at = now();
    touch(InstId{0});
  }
  if (!pause.now) return;
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    // What happens once is not interrupted: whether it was done would be in doubt.
    if (is_leaf(inst) && !happens_once(run, inst)) stop(inst, StopWhy::pause);
  }
}

void Turn::on(const Resume& resume) {
  if (has_ended(run.facts.phase)) return refuse("the run has ended");
  if (!run.facts.paused && !resume.value) return refuse("the run is not paused");
  if (resume.value && resume.value->text.size() > output_bytes_max) {
    return refuse("the value has " + std::to_string(resume.value->text.size()) +
                  " bytes; the limit is " + std::to_string(output_bytes_max));
  }
  if (resume.value && !answer_wait(*resume.value)) {
    run.facts.resume_value = *resume.value;
    touch(InstId{0});
  }
  if (applied_.refused || !run.facts.paused) return;
  const auto span = now() - run.facts.paused_at.value_or(now());
  run.facts.paused = false;
  run.facts.paused_at.reset();
  run.facts.idle += span;
  touch(InstId{0});
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    Instance& instance = run.at(inst);
    if (instance.role == Role::unused) continue;
    if (!instance.ready_at || has_ended(instance.state)) continue;
    // What became ready in the pause has waited only for the rest of it.
    const auto missed = std::min(span, now() - *instance.ready_at);
    if (settings_of(inst).deadline.count() > 0) {
      instance.paused_for += missed;
      touch(inst);
    }
    if (instance.reason == Reason::approval && instance.due_at) {
      set_due(inst, *instance.due_at + missed);
      touch(inst);
    }
    if (instance.deadline_at && !instance.stopping) {
      set_deadline(inst, *instance.deadline_at + missed);
      touch(inst);
    }
  }
  queue_.push_back(InstId{0});  // The graph may have ended while the run was paused.
}

void Turn::on(const Cancel& cancel) {
  if (has_ended(run.facts.phase)) return refuse("the run has ended");
  if (run.facts.cancelling) return refuse("the run is being cancelled already");
  if (run.facts.outcome) return refuse("the run is ending already");
  run.facts.cancelling = true;
  run.facts.cancel_why = cancel.why;
  run.facts.paused = false;
  run.facts.paused_at.reset();
  touch(InstId{0});
  if (!run.facts.started_at) {
    run.facts.started_at = now();
    move(InstId{0}, StepState::running);
  }
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    if (!is_hook(inst)) cancel_open(inst, "the run was cancelled");
  }
  const StepId start_hook = plan().hooks.on_start;
  if (start_hook != dsl::no_step) cancel_open(InstId{start_hook.value}, "the run was cancelled");
  queue_.push_back(InstId{0});  // A paused run may have had nothing open any more.
}

void Turn::on(const Granted&) {}

void Turn::on(const Adopted&) {
  if (has_ended(run.facts.phase)) return;
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    if (run.at(inst).state == StepState::running && is_leaf(inst)) {
      attempt_lost(inst);
    }
  }
}

void Turn::on(const Quarantine& quarantine) {
  if (has_ended(run.facts.phase)) return;
  Failure error;
  error.kind = FailureKind::resource;
  error.message = quarantine.why;
  run.facts.error = std::make_shared<const Failure>(std::move(error));
  run.facts.phase = RunPhase::quarantined;
  run.facts.ended_at = now();
  touch(InstId{0});
}

void Turn::attempt_lost(InstId inst) {
  Instance& instance = run.at(inst);
  const bool was_asked = instance.stopping && instance.stop_why != StopWhy::pause;
  if (was_asked && is_once(inst)) {
    return become_unknown(inst, "its worker died while it was stopped");
  }
  if (was_asked) {
    // It was asked to end, and its worker's death ended it.
    if (instance.stop_why == StopWhy::cancel) return close(inst, StepState::cancelled);
    return fail(inst, failure(inst, FailureKind::timeout, "its deadline passed"));
  }
  --instance.tries;
  ++instance.lost;
  if (is_once(inst)) return doubt(inst, "its worker died while it ran");
  const std::int32_t lost_max = settings_of(inst).lost_max;
  if (instance.lost >= lost_max) {
    return fail_for_good(
        inst,
        failure(inst, FailureKind::lost,
                "its worker died " + std::to_string(instance.lost) +
                    " times while it ran (lost_max: " + std::to_string(lost_max) + ")"),
        ignores_failures(inst));
  }
  move(inst, StepState::ready, "lost: its worker died");
}

void Turn::on(const AttemptEnded& ended) {
  const InstId inst = ended.inst;
  if (has_ended(run.facts.phase)) return;
  if (inst.value <= 0 || static_cast<std::size_t>(inst.value) >= run.instances.size()) return;
  if (!is_leaf(inst)) return;
  Instance& instance = run.at(inst);
  if (instance.state != StepState::running || instance.attempt != ended.attempt) return;
  if (const auto* answer = std::get_if<Verified>(&ended.outcome)) {
    verified(inst, *answer);
  } else if (const auto* succeeded = std::get_if<Succeeded>(&ended.outcome)) {
    instance.output = succeeded->output;
    instance.error.reset();
    move(inst, StepState::succeeded);
  } else if (const auto* failed = std::get_if<Failed>(&ended.outcome)) {
    attempt_failed(inst, *failed);
  } else if (const auto* skipped = std::get_if<Skipped>(&ended.outcome)) {
    move(inst, StepState::skipped, skipped->why);
  } else {
    attempt_stopped(inst, std::get<Stopped>(ended.outcome));
  }
}

void Turn::attempt_failed(InstId inst, const Failed& failed) {
  Instance& instance = run.at(inst);
  Failure error = failed.failure;
  error.attempt = instance.attempt;
  error.step = path_of(run, inst);
  if (instance.in_doubt) return become_unknown(inst, "verify failed: " + error.message);
  if (!failed.decision) return fail(inst, std::move(error));
  const Failed::Decision& decision = *failed.decision;
  switch (decision.what) {
    case Failed::Decision::What::ignore:
      instance.output = decision.output;
      return fail_for_good(inst, std::move(error), true);
    case Failed::Decision::What::pause:
      fail_for_good(inst, std::move(error), false);
      if (!run.facts.cancelling) on(Pause{});
      return;
    case Failed::Decision::What::retry:
      break;
  }
  const Millis delay = decision.delay.value_or(Millis{0});
  const bool is_stopped = instance.stopping && instance.stop_why == StopWhy::cancel;
  if (run.facts.cancelling || is_stopped || instance.tries >= hook_tries_max ||
      !back_off(inst, delay, error)) {
    fail_for_good(inst, std::move(error), false);
  }
}

void Turn::attempt_stopped(InstId inst, const Stopped& stopped) {
  Instance& instance = run.at(inst);
  // Why we asked counts, not what the attempt took it for: the reason may have changed since.
  const bool asked = instance.stopping && instance.stop_why != StopWhy::pause;
  if (stopped.released && !stopped.begun && !asked) {
    --instance.tries;
    return move(inst, StepState::ready, "its worker left before it began");
  }
  const bool is_open = stopped.begun && is_once(inst);
  if (asked && is_open && (stopped.released || instance.in_doubt)) {
    return become_unknown(inst, instance.in_doubt ? "it was stopped while it was verified"
                                                  : "its worker had to stop it");
  }
  if (asked && instance.stop_why == StopWhy::deadline) {
    if (instance.in_doubt) return become_unknown(inst, "its deadline passed");
    return fail(inst, failure(inst, FailureKind::timeout, "its deadline passed"));
  }
  if (!stopped.released || asked) return close(inst, StepState::cancelled);
  --instance.tries;
  if (is_once(inst)) return doubt(inst, "its worker had to stop it");
  move(inst, StepState::ready, "stopped, starts again from its checkpoint");
}

}  // namespace pawl::core

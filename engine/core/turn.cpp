#include "core/turn.hpp"

#include <algorithm>

#include "core/blocks.hpp"
#include "core/items.hpp"

namespace pawl::core {

namespace {

/// What an ended need is to the steps that need it.
enum class Way { succeeded, skipped, blocking };

Way way_of(const Instance& instance) {
  if (instance.state == StepState::succeeded || instance.ignored) return Way::succeeded;
  if (instance.state == StepState::skipped) return Way::skipped;
  return Way::blocking;
}

/// Stands for a random number in [0, 1): the same for the same attempt, so that apply stays pure.
double spread_of(RunId run, InstId inst, std::int32_t attempt) {
  // Source: splitmix64 by Sebastiano Vigna (public domain), one step.
  auto x = static_cast<std::uint64_t>(run.value) ^ (static_cast<std::uint64_t>(inst.value) << 32) ^
           static_cast<std::uint64_t>(attempt);
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<double>((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

}  // namespace

void Turn::set_due(InstId inst, std::optional<TimePoint> due) {
  Instance& instance = run.at(inst);
  if (instance.due_at) run.timers.erase({*instance.due_at, inst});
  instance.due_at = due;
  if (due) run.timers.insert({*due, inst});
}

void Turn::set_deadline(InstId inst, std::optional<TimePoint> deadline) {
  Instance& instance = run.at(inst);
  if (instance.deadline_at) run.timers.erase({*instance.deadline_at, inst});
  instance.deadline_at = deadline;
  if (deadline) run.timers.insert({*deadline, inst});
}

void Turn::move(InstId inst, StepState to, std::string note) {
  Instance& instance = run.at(inst);
  const StepState from = instance.state;
  check(!has_ended(from), "an ended step moves only by repair");
  const bool block = is_block(inst);
  if (from == StepState::pending) unhold(inst);
  if (from == StepState::ready) leave_ready(inst);
  if (from == StepState::running && !block) --run.running;
  if (from == StepState::retrying || from == StepState::waiting) set_due(inst, std::nullopt);
  if (from == StepState::waiting) unfile_waiting(run, inst);
  instance.state = to;
  instance.reason = to == StepState::retrying ? Reason::timer : Reason::none;
  if (to == StepState::ready && waits(inst)) {
    run.ready_to_wait.insert(inst);
  } else if (to == StepState::ready) {
    run.ready.insert(inst);
    if (instance.lost >= suspect_after) run.suspects.insert(inst);
  }
  if (to == StepState::running && !block) ++run.running;
  if (to != StepState::running) instance.stopping = false;
  // Of 100,000 items that become ready at once the event tells nothing: their holder's note does.
  const bool is_told =
      !(from == StepState::pending && to == StepState::ready && is_item(run, inst));
  if (is_told) applied_.transitions.push_back({inst, from, to, instance.attempt, note});
  instance.note = std::move(note);
  touch(inst);
  const bool has_parent = inst.value != 0 && instance.parent.value >= 0;
  if (from == StepState::pending && !has_ended(to) && has_parent) {
    ++run.at(instance.parent).counts.active_children;
  }
  if (!has_ended(to)) return;
  instance.ended_at = now();
  instance.in_doubt = false;
  if (to == StepState::succeeded && step_of(inst).undo && !is_undo(inst)) {
    instance.done_in = run.version + 1;
  }
  set_deadline(inst, std::nullopt);
  if (is_hook(inst)) return queue_.push_back(inst);
  if (!is_item(run, inst)) tell_dependents(inst);
  if (!has_parent) return;
  Instance::Counts& around = run.at(instance.parent).counts;
  if (from != StepState::pending) --around.active_children;
  --around.open_children;
  child_ended(inst);
}

/// Those that need it count it, and are looked at.
void Turn::tell_dependents(InstId inst) {
  const Instance& instance = run.at(inst);
  const Way way = way_of(instance);
  for (const Graph::Dependent& dependent : run.graph->dependents(instance.step)) {
    const InstId waiting = beside(run, inst, dependent.step);
    Instance::Counts& counts = run.at(waiting).counts;
    ++counts.ended;
    if (way == Way::blocking) ++counts.blocking;
    if (dependent.decides) {
      ++(way == Way::succeeded ? counts.succeeded
         : way == Way::skipped ? counts.skipped
                               : counts.failed);
    }
    queue_.push_back(waiting);
  }
}

/// What that means for the block or the items around it, whose counters are right already.
void Turn::child_ended(InstId inst) {
  const InstId around = run.at(inst).parent;
  if (run.at(around).role == Role::items) {
    const Instance& item = run.at(inst);
    Fan& fan = run.fans.at(around);
    ++(way_of(item) == Way::blocking ? fan.failed : fan.succeeded);
    queue_.push_back(around);
  } else if (run.at(around).counts.open_children == 0 || is_race(run, around)) {
    queue_.push_back(around);
  }
  release_held(around);
}

void Turn::release_held(InstId around) {
  const auto held = run.held.find(around);
  if (held == run.held.end()) return;
  auto room = limit_in(run, around) - run.at(around).counts.active_children;
  for (; room > 0 && !held->second.empty(); --room) {
    queue_.push_back(*held->second.begin());
    held->second.erase(held->second.begin());
  }
  if (held->second.empty()) run.held.erase(held);
}

/// What is pending no longer waits for no room.
void Turn::unhold(InstId inst) {
  const auto held = run.held.find(run.at(inst).parent);
  if (held == run.held.end()) return;
  held->second.erase(inst);
  if (held->second.empty()) run.held.erase(held);
}

void Turn::settle() {
  while (!queue_.empty()) {
    const InstId inst = queue_.front();
    queue_.pop_front();
    const Instance& instance = run.at(inst);
    if (inst.value == 0 && instance.state == StepState::pending) continue;
    if (is_hook(inst)) {
      if (has_ended(instance.state)) next_hook();
    } else if (instance.state == StepState::pending) {
      consider(inst);
    } else if (instance.state == StepState::running && is_block(inst)) {
      if (instance.counts.open_children == 0) {
        block_done(inst);
      } else if (instance.role == Role::items) {
        item_ended(inst);
      } else if (is_race(run, inst)) {
        find_winner(inst);
      }
    }
  }
}

void Turn::consider(InstId inst) {
  const dsl::Step& step = step_of(inst);
  const Instance& instance = run.at(inst);
  if (instance.parent.value < 0 || run.at(instance.parent).state != StepState::running) return;
  switch (verdict_of(run, inst)) {
    case Verdict::wait:
      return;
    case Verdict::skip:
      return close(inst, StepState::skipped, "what it needs was skipped");
    case Verdict::not_run:
      return close(inst, StepState::not_run, "what it needs did not succeed");
    case Verdict::run:
      break;
  }
  if (const std::int32_t limit = limit_in(run, instance.parent);
      limit > 0 && run.at(instance.parent).counts.active_children >= limit) {
    run.held[instance.parent].insert(inst);
    return;
  }
  // Of a step with items it is asked of each item when it reads it, else of all of them together.
  const bool is_asked = step.when && !is_round(run, inst) &&
                        (!step.each || step.each->when_of_item == is_item(run, inst));
  if (is_asked) {
    const Result<bool> holds = condition(inst, *step.when, nullptr);
    if (!holds) {
      return fail_for_good(inst,
                           failure(inst, FailureKind::expression, "when: " + holds.error().message),
                           ignores_failures(inst));
    }
    if (!holds.value()) return close(inst, StepState::skipped, "when: " + step.when->text);
  }
  if (step.join.cancel_rest && !is_item(run, inst)) cancel_rest(inst);
  enter(inst);
}

/// `rest: cancel`: enough needs have succeeded, so the others are not wanted any more.
void Turn::cancel_rest(InstId inst) {
  for (const dsl::Need& need : step_of(inst).needs) {
    if (run.graph->decides(run.at(inst).step, need)) {
      stop_open(beside(run, inst, need.step), StopWhy::cancel, "another one was enough");
    }
  }
}

void Turn::enter(InstId inst) {
  const dsl::Step& step = step_of(inst);
  Instance& instance = run.at(inst);
  if (!instance.ready_at) instance.ready_at = now();
  if (instance.role == Role::items) return enter_items(inst);
  std::optional<TimePoint> limit = last_moment(inst);
  if (is_block(inst) && step.settings->timeout.count() > 0 && !is_round(run, inst)) {
    // The timeout of other steps is kept by who runs the attempt.
    limit = std::min(limit.value_or(TimePoint::max()), now() + step.settings->timeout);
  }
  set_deadline(inst, limit);
  if (!is_block(inst)) return move(inst, StepState::ready);
  const bool is_switch = run.graph->rule(instance.step) == dsl::BlockRule::choice;
  if (is_switch && !choose_case(inst)) return;
  ++instance.tries;
  instance.started_at = now();
  move(inst, StepState::running);
  if (instance.role == Role::rounds) return next_round(inst);
  if (is_switch) skip_other_cases(inst);
  enter_children(inst);
  queue_.push_back(inst);  // After a repair all its steps may have ended already.
}

std::optional<TimePoint> Turn::last_moment(InstId inst) const {
  const Millis deadline = settings_of(inst).deadline;
  const Instance& instance = run.at(inst);
  const bool has_deadline = deadline.count() > 0 && !is_round(run, inst);
  if (!has_deadline || !instance.ready_at) return std::nullopt;
  return *instance.ready_at + instance.paused_for + deadline;
}

void Turn::enter_children(InstId block) {
  for (const InstId child : children_of(run, block)) queue_.push_back(child);
}

void Turn::close(InstId inst, StepState state, std::string note) {
  leave_ready(inst);
  move(inst, state, std::move(note));
}

Failure Turn::failure(InstId inst, FailureKind kind, std::string message) const {
  Failure result;
  result.kind = kind;
  result.message = std::move(message);
  result.attempt = run.at(inst).attempt;
  result.step = path_of(run, inst);
  return result;
}

Result<bool> Turn::condition(InstId inst, const dsl::Code& code, const Failure* error) {
  View view = view_for(run, inst, now());
  view.error = error;
  return expressions_.condition(plan(), code, view);
}

bool Turn::may_retry(InstId inst, const Failure& error) {
  const dsl::Retry& retry = settings_of(inst).retry;
  if ((run.facts.cancelling && !is_undo(inst)) || is_round(run, inst)) return false;
  if (run.at(inst).tries >= retry.max_attempts) return false;
  // To begin anew would do again what may have been done.
  if (is_block(inst) && holds_unknown(inst)) return false;
  if (!retry.when) {
    return error.kind != FailureKind::rejected && error.kind != FailureKind::cancelled &&
           error.kind != FailureKind::limit && error.kind != FailureKind::expression;
  }
  const Result<bool> holds = condition(inst, *retry.when, &error);
  return holds && holds.value();
}

void Turn::fail(InstId inst, Failure error) {
  const Instance& instance = run.at(inst);
  const dsl::Settings& settings = settings_of(inst);
  const bool stopped = instance.stopping && instance.stop_why == StopWhy::cancel;
  if (!stopped && may_retry(inst, error)) {
    const double spread = spread_of(run.id, inst, instance.attempt);
    if (back_off(inst, retry_delay(settings.retry, instance.tries, spread), error)) return;
  }
  fail_for_good(inst, std::move(error), ignores_failures(inst));
}

bool Turn::back_off(InstId inst, Millis delay, const Failure& error) {
  const TimePoint due = now() + delay;
  const std::optional<TimePoint> limit = last_moment(inst);
  if (limit && due >= *limit) return false;
  run.at(inst).error = std::make_shared<const Failure>(error);
  move(inst, StepState::retrying, error.message);
  set_deadline(inst, limit);  // A block's timeout is of one generation.
  set_due(inst, due);
  return true;
}

void Turn::fail_for_good(InstId inst, Failure error, bool ignored) {
  end_badly(inst, StepState::failed, std::move(error), ignored);
}

void Turn::end_badly(InstId inst, StepState state, Failure error, bool ignored) {
  Instance& instance = run.at(inst);
  instance.error = std::make_shared<const Failure>(std::move(error));
  instance.ignored = ignored;
  leave_ready(inst);
  move(inst, state, instance.error->message);
  if (ignored || is_hook(inst)) return;
  if (!run.facts.error && !is_block(inst)) {
    run.facts.error = instance.error;
    touch(InstId{0});
  }
  if (is_round(run, inst)) return;
  if (is_item(run, inst)) return item_failed(run.at(inst).parent);
  if (step_of(inst).settings->on_error == dsl::OnError::pause && !run.facts.cancelling) {
    on(Pause{});
  }
  const InstId parent = run.at(inst).parent;
  if (parent.value >= 0 && std::get<dsl::BlockSpec>(step_of(parent).spec).fail_fast) {
    stop_children(parent, StopWhy::cancel, "its block was stopped");
  }
}

void Turn::stop(InstId inst, StopWhy why) {
  Instance& instance = run.at(inst);
  // A second reason is told only when it weighs more: what a cancel stops never starts again.
  const bool heavier = why == StopWhy::cancel && instance.stop_why != StopWhy::cancel;
  if (instance.state != StepState::running || (instance.stopping && !heavier)) return;
  instance.stopping = true;
  instance.stop_why = why;
  touch(inst);
  applied_.effects.push_back(StopAttempt{inst, instance.attempt, why});
}

void Turn::leave_ready(InstId inst) {
  run.ready.erase(inst);
  run.ready_to_wait.erase(inst);
  run.suspects.erase(inst);
}

void Turn::dispatch() {
  if (run.facts.paused || event_.slots <= 0) return;
  if (event_.idle && run.running == 0 && !run.suspects.empty()) {
    return start_attempt(*run.suspects.begin(), true);
  }
  std::int32_t slots = event_.slots;
  for (auto next = run.ready.begin(); slots > 0 && next != run.ready.end();) {
    const InstId inst = *next++;
    if (run.suspects.contains(inst)) continue;
    start_attempt(inst, false);
    --slots;
  }
}

void Turn::start_attempt(InstId inst, bool alone) {
  Instance& instance = run.at(inst);
  ++instance.attempt;
  ++instance.tries;
  instance.started_at = now();
  move(inst, StepState::running);
  applied_.effects.push_back(StartAttempt{inst, instance.attempt, alone});
}

void Turn::due_timers() {
  // While paused, waits keep their due time and fire on resume.
  while (!run.facts.paused && !run.timers.empty() && run.timers.begin()->first <= now()) {
    const auto [at, inst] = *run.timers.begin();
    Instance& instance = run.at(inst);
    if (instance.due_at == at) {
      set_due(inst, std::nullopt);
      if (instance.state == StepState::waiting && waits(inst)) {
        wait_over(inst);
      } else if (instance.state == StepState::waiting) {
        enter(inst);
      } else if (!is_block(inst)) {
        move(inst, StepState::ready);
      } else {
        reset_tree(inst);
        restore_derived(run);
        enter(inst);
      }
    } else {
      deadline_over(inst);
    }
    settle();
  }
}

void Turn::deadline_over(InstId inst) {
  set_deadline(inst, std::nullopt);
  touch(inst);
  Instance& instance = run.at(inst);
  if (instance.state == StepState::running) {
    if (!is_block(inst)) return stop(inst, StopWhy::deadline);
    // What is stopped for good does not begin again because it was slow to stop.
    if (instance.stopping && instance.stop_why == StopWhy::cancel) return;
    instance.stopping = true;
    instance.stop_why = StopWhy::deadline;
    touch(inst);
    return stop_children(inst, StopWhy::cancel, "its block was stopped");
  }
  if (instance.in_doubt) return become_unknown(inst, "its deadline passed");
  const bool waited = instance.state == StepState::waiting;
  fail_for_good(
      inst,
      failure(inst, FailureKind::timeout,
              waited ? "its deadline passed" : "its deadline passed before it could start"),
      ignores_failures(inst));
}

}  // namespace pawl::core

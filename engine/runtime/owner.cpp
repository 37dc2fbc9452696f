#include "runtime/owner.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/error.hpp"
#include "core/codec.hpp"
#include "runtime/held_run.hpp"

namespace pawl::runtime {

Owner::Owner(Incarnation inc, const OwnerLimits& limits, const Clock& clock,
             core::Expressions& expressions, Port& port)
    : inc_(inc),
      limits_(limits),
      clock_(clock),
      expressions_(expressions),
      port_(port),
      last_batch_(clock.now()) {}

Owner::~Owner() = default;

const core::RunState* Owner::find(RunId run) const {
  const auto found = held_.find(run);
  return found == held_.end() ? nullptr : &found->second->state;
}

core::Event Owner::event(core::Happening what) const {
  core::Event result;
  result.at = clock_.now();
  result.what = std::move(what);
  return result;
}

// ---- Runs come -------------------------------------------------------------------------------

void Owner::claimed(std::vector<Arrival> arrivals) {
  claim_under_way_ = false;
  // A full claim means that there may be more.
  claim_wanted_ = claim_wanted_ || !arrivals.empty();
  for (Arrival& arrival : arrivals) take(std::move(arrival), true);
}

void Owner::arrived(std::vector<Arrival> arrivals) {
  for (Arrival& arrival : arrivals) take(std::move(arrival), false);
}

void Owner::owned(const std::vector<RunId>& runs) {
  std::set<RunId> missing;
  std::vector<RunId> again;
  for (const RunId run : runs) {
    if (held_.contains(run)) continue;
    missing.insert(run);
    if (missing_.contains(run)) again.push_back(run);
  }
  missing_ = std::move(missing);
  if (!again.empty() && !fenced_) port_.reload(std::move(again));
}

void Owner::take(Arrival arrival, bool fresh) {
  if (fenced_ || held_.contains(arrival.rows.run)) return;
  if (!arrival.graph) return set_aside(arrival, arrival.problem);
  auto held = std::make_unique<Held>();
  held->state = core::new_run(arrival.rows.run, arrival.rows.number, arrival.graph);
  core::RunState& state = held->state;
  state.version = arrival.rows.version;
  state.facts.phase = arrival.rows.phase;
  try {
    for (const store::StepRow& row : arrival.rows.steps) {
      core::load_step(state, {row.inst, row.attempt, row.state, row.reason, row.body});
    }
    core::check_loaded(state);
  } catch (const Error& error) {
    return set_aside(arrival, std::string(error.what()) + ": " + error.why());
  }
  core::restore_derived(state);
  core::restore_ready(state);
  held->version_stored = arrival.rows.version;
  held->inbox_done = arrival.rows.inbox_done;
  held->fresh = fresh;
  Held& mine = *held;
  held_.emplace(arrival.rows.run, std::move(held));
  slots_used_ += mine.state.running;
  if (mine.state.running > 0) handle(mine, event(core::Adopted{}));
  read_requests(mine, arrival.inbox);
  if (!core::has_ended(mine.state.facts.phase)) handle(mine, event(core::Granted{}));
  plan_release(mine);
  if (arrival.inbox.empty()) inbox_wanted_ = true;
}

/// A run whose rows cannot be read ends as `quarantined`, and no other run suffers.
void Owner::set_aside(const Arrival& arrival, const std::string& why) {
  core::RunState state;
  state.facts.phase = core::RunPhase::quarantined;
  core::Failure error;
  error.kind = core::FailureKind::resource;
  error.message = why;
  state.facts.error = std::make_shared<const core::Failure>(std::move(error));
  const core::Event happened = event(core::Quarantine{why});
  auto held = std::make_unique<Held>();
  held->state.id = arrival.rows.run;
  held->state.version = arrival.rows.version + 1;
  held->state.facts = state.facts;
  held->version_stored = arrival.rows.version;
  held->inbox_done = arrival.rows.inbox_done;
  held->release = store::Release::close;
  ++events_waiting_;
  held->events.push_back({arrival.rows.run, happened.at, held->state.version,
                          static_cast<std::int16_t>(core::kind_of(happened)),
                          static_cast<std::int16_t>(core::body_version), "",
                          core::encode_event(happened, {}, state)});
  Held& mine = *held;
  held_.emplace(arrival.rows.run, std::move(held));
  read_requests(mine, arrival.inbox);
  make_dirty(mine);
}

// ---- Things happen to them -------------------------------------------------------------------

void Owner::inbox(const std::vector<store::InboxRow>& rows) {
  inbox_under_way_ = false;
  if (fenced_) return;
  const std::set<RunId> staying = std::move(staying_);
  staying_.clear();
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i;
    while (end < rows.size() && rows[end].run == rows[i].run) ++end;
    const auto found = held_.find(rows[i].run);
    if (found != held_.end()) {
      Held& held = *found->second;
      const std::vector<store::InboxRow> mine(rows.begin() + static_cast<std::ptrdiff_t>(i),
                                              rows.begin() + static_cast<std::ptrdiff_t>(end));
      if (held.leaving) {
        held.late = mine;
      } else {
        read_requests(held, mine);
        plan_release(held);
      }
    }
    i = end;
  }
  for (const RunId id : staying) {
    if (const auto found = held_.find(id); found != held_.end()) plan_release(*found->second);
  }
}

void Owner::read_requests(Held& held, const std::vector<store::InboxRow>& rows) {
  for (const store::InboxRow& row : rows) {
    if (row.seq <= held.inbox_done) continue;  // Read before; its deletion is under way.
    core::Event happened;
    try {
      happened = event(core::decode_request(row.kind, row.body));
    } catch (const Error& error) {
      happened = event(core::Unreadable{std::string(error.what()) + ": " + error.why()});
    }
    happened.actor = row.actor;
    happened.inbox_seq = row.seq;
    held.inbox_done = row.seq;
    held.consumed.push_back({row.run, row.seq});
    if (held.state.graph == nullptr) {
      answer_quarantined(held, happened);
    } else {
      handle(held, std::move(happened));
    }
  }
}

/// Nothing can be done to a run that cannot be read, but who asked gets an answer.
void Owner::answer_quarantined(Held& held, const core::Event& happened) {
  core::Applied applied;
  applied.refused = "the run is quarantined: " + held.state.facts.error->message;
  ++held.state.version;
  ++events_waiting_;
  held.events.push_back({held.state.id, happened.at, held.state.version,
                         static_cast<std::int16_t>(core::kind_of(happened)),
                         static_cast<std::int16_t>(core::body_version), happened.actor,
                         core::encode_event(happened, applied, held.state)});
  make_dirty(held);
}

void Owner::attempt_ended(RunId run, core::AttemptEnded ended) {
  live_.erase({run, ended.inst});
  if (lonely_ == std::pair{run, ended.inst}) lonely_.reset();
  const auto found = held_.find(run);
  if (!fenced_ && found != held_.end()) {
    handle(*found->second, event(std::move(ended)));
    plan_release(*found->second);
  }
}

void Owner::handle(Held& held, core::Event happened) {
  core::RunState& state = held.state;
  const auto* ended = std::get_if<core::AttemptEnded>(&happened.what);
  const std::int32_t freed = ended != nullptr ? 1 : 0;
  happened.idle = slots_used_ - freed <= 0;
  happened.slots = slots_for(held, freed);
  if (!held.named) happened.worker = inc_.value;
  const std::int32_t before = state.running;
  const core::Applied applied = core::apply(state, happened, expressions_);
  slots_used_ += state.running - before;
  note_applied(held, happened, applied);
}

/// How many attempts the run may start now, when `freed` of its own have just ended.
std::int32_t Owner::slots_for(const Held& held, std::int32_t freed) const {
  const RunId id = held.state.id;
  if (draining_ || lonely_) return 0;
  // While a suspect waits, what runs comes to its end and nothing else starts.
  if (!suspects_.empty()) return slots_used_ - freed <= 0 && suspects_.contains(id) ? 1 : 0;
  // Who has just freed a slot may use it again, up to a limit: a chain of short steps should not
  // wait for others between any two of them, nor starve them.
  const bool others_wait = !hungry_.empty() && (hungry_.size() > 1 || hungry_.front() != id);
  const bool in_turn = !others_wait || held.turns < limits_.turns_in_a_row;
  return in_turn ? std::max(free_slots() + freed, 0) : 0;
}

void Owner::note_applied(Held& held, const core::Event& happened, const core::Applied& applied) {
  core::RunState& state = held.state;
  if (!applied.nothing) {
    held.named = true;
    ++events_waiting_;
    held.events.push_back({state.id, happened.at, state.version,
                           static_cast<std::int16_t>(core::kind_of(happened)),
                           static_cast<std::int16_t>(core::body_version), happened.actor,
                           core::encode_event(happened, applied, state)});
    for (const core::Effect& effect : applied.effects) {
      const auto* start = std::get_if<core::StartAttempt>(&effect);
      if (start != nullptr) ++held.turns;
      if (start != nullptr && start->alone) lonely_ = std::pair{state.id, start->inst};
      if (start != nullptr && may_run_ahead(held, *start)) {
        begin(held, *start);
      } else {
        held.effects.push_back(effect);
      }
    }
    held.touched.merge(state.touched);
    make_dirty(held);
  }
  state.touched.clear();
  watch_suspects(held);
  const bool hungry = !state.ready.empty() && !state.facts.paused;
  if (hungry && !held.hungry) {
    held.hungry = true;
    held.turns = 0;
    hungry_.push_back(state.id);
  }
  watch_time(held);
}

void Owner::watch_suspects(const Held& held) {
  if (held.state.suspects.empty() || held.state.facts.paused) {
    suspects_.erase(held.state.id);
  } else {
    suspects_.insert(held.state.id);
  }
}

/// A brief script does nothing but compute its output, which leaves this process with the commit of
/// its end: nobody can tell that it ran before its start was durable. Many transitions of a chain
/// then share a commit. Only a worker that dies of it would matter, for its loss is not counted: a
/// run that came from a dead worker is not trusted with it.
bool Owner::may_run_ahead(const Held& held, const core::StartAttempt& start) const {
  // An undo acts on the world because something has failed: that is durable first.
  const bool is_work = held.state.at(start.inst).role == core::Role::step;
  return held.fresh && is_work && start.attempt == 1 && !start.alone &&
         held.state.graph->is_brief(held.state.at(start.inst).step) &&
         held.events.size() < static_cast<std::size_t>(limits_.events_ahead);
}

void Owner::make_dirty(Held& held) {
  if (held.dirty) return;
  held.dirty = true;
  dirty_.push_back(held.state.id);
}

void Owner::watch_time(Held& held) {
  const std::optional<TimePoint> wake = held.state.wake_at();
  if (wake == held.timer) return;
  if (held.timer) timers_.erase({*held.timer, held.state.id});
  held.timer = wake;
  if (wake) timers_.insert({*wake, held.state.id});
}

/// Decides whether the run can leave memory: because it has ended, or because it only waits.
void Owner::plan_release(Held& held) {
  const core::RunState& state = held.state;
  if (held.leaving) return;
  held.release = store::Release::keep;
  if (core::has_ended(state.facts.phase)) {
    held.release = store::Release::close;
    return make_dirty(held);
  }
  if (state.running > 0) return;
  const bool waits = state.ready.empty() || state.facts.paused;
  const std::optional<TimePoint> wake = state.wake_at();
  const bool long_enough = !wake || *wake > clock_.now() + limits_.park_after;
  if (draining_ || (waits && long_enough && state.facts.started_at)) {
    held.release = store::Release::park;
    make_dirty(held);
  }
}

// ---- Slots and time --------------------------------------------------------------------------

void Owner::grant_slots() {
  if (lonely_) return;
  if (!suspects_.empty()) {
    if (slots_used_ > 0 || draining_) return;
    const std::set<RunId> waiting = suspects_;
    for (const RunId id : waiting) {
      Held& held = *held_.at(id);
      if (held.leaving || lonely_) continue;
      handle(held, event(core::Granted{}));
      plan_release(held);
    }
    return;
  }
  for (std::size_t round = hungry_.size(); round > 0 && free_slots() > 0 && !draining_; --round) {
    const RunId id = hungry_.front();
    hungry_.pop_front();
    const auto found = held_.find(id);
    if (found == held_.end() || !found->second->hungry) continue;
    Held& held = *found->second;
    held.hungry = false;
    if (held.leaving) continue;
    if (held.state.ready.empty() || held.state.facts.paused) continue;
    held.turns = 0;
    handle(held, event(core::Granted{}));
    plan_release(held);
  }
}

void Owner::due_runs() {
  const TimePoint now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const RunId id = timers_.begin()->second;
    Held& held = *held_.at(id);
    timers_.erase(timers_.begin());
    held.timer.reset();
    if (held.leaving) continue;
    handle(held, event(core::Granted{}));
    plan_release(held);
  }
}

void Owner::pump() {
  if (fenced_) return;
  due_runs();
  grant_slots();
  const std::int32_t room = limits_.held_runs - static_cast<std::int32_t>(held_.size());
  const std::int32_t wanted =
      std::min({limits_.slots + free_slots() - static_cast<std::int32_t>(hungry_.size()),
                limits_.claim_runs, room});
  // Others may take what would have to wait here for a suspect.
  const bool open = !draining_ && !lonely_ && suspects_.empty() && free_slots() > 0;
  if (claim_wanted_ && !claim_under_way_ && open && wanted > 0) {
    claim_wanted_ = false;
    claim_under_way_ = true;
    port_.claim(wanted);
  }
  if (inbox_wanted_ && !inbox_under_way_ && !held_.empty()) {
    inbox_wanted_ = false;
    inbox_under_way_ = true;
    port_.read_inbox();
  }
  if (may_send()) send_batch();
}

TimePoint Owner::next_wake() const {
  // While a batch is under way, however long, there is nothing to renew.
  TimePoint wake = (in_flight_ ? clock_.now() : last_batch_) + limits_.lease / 3;
  if (!timers_.empty()) wake = std::min(wake, timers_.begin()->first);
  if (!in_flight_ && !dirty_.empty()) wake = std::min(wake, last_batch_ + limits_.gather);
  return wake;
}

void Owner::drain() {
  if (draining_) return;
  draining_ = true;
  for (auto& [id, held] : held_) {
    for (const auto& [run, inst] : live_) {
      // What happens once is let end: whether it was done would be in doubt.
      if (run != id || core::happens_once(held->state, inst)) continue;
      port_.stop_attempt(id, inst, held->state.at(inst).attempt, core::StopWhy::pause);
    }
    plan_release(*held);
  }
}

// ---- Effects ---------------------------------------------------------------------------------

void Owner::release_effects(Held& held, const std::vector<core::Effect>& effects) {
  for (const core::Effect& effect : effects) {
    const auto* start = std::get_if<core::StartAttempt>(&effect);
    if (start != nullptr && draining_) {
      // Never begun: it goes back as if it had been stopped.
      handle(held, event(core::AttemptEnded{start->inst, start->attempt,
                                            core::Stopped{.released = true, .begun = false}}));
      plan_release(held);
    } else if (start != nullptr) {
      begin(held, *start);
    } else {
      const auto& stop = std::get<core::StopAttempt>(effect);
      port_.stop_attempt(held.state.id, stop.inst, stop.attempt, stop.why);
    }
  }
}

void Owner::begin(const Held& held, const core::StartAttempt& start) {
  live_.insert({held.state.id, start.inst});
  port_.start_attempt(held.state, start.inst, start.attempt);
}

void Owner::drop(RunId run) {
  const auto found = held_.find(run);
  if (found == held_.end()) return;
  Held& held = *found->second;
  if (held.timer) timers_.erase({*held.timer, run});
  events_waiting_ -= held.events.size();
  slots_used_ -= held.state.running;
  suspects_.erase(run);
  if (lonely_ && lonely_->first == run) lonely_.reset();
  const bool had_attempts =
      std::erase_if(live_, [&](const auto& it) { return it.first == run; }) > 0;
  held_.erase(found);
  if (had_attempts) port_.forget(run);
}

void Owner::become_fenced() {
  fenced_ = true;
  in_flight_.reset();
  std::vector<RunId> all;
  for (const auto& [id, held] : held_) all.push_back(id);
  for (const RunId id : all) drop(id);
  dirty_.clear();
  hungry_.clear();
}

}  // namespace pawl::runtime

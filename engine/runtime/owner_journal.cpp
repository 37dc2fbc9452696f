#include <algorithm>

#include "base/check.hpp"
#include "core/codec.hpp"
#include "runtime/held_run.hpp"

/// How an Owner makes durable what has happened to its runs.
namespace pawl::runtime {

bool Owner::may_send() const {
  if (in_flight_) return false;
  const auto running = static_cast<std::int32_t>(live_.size());
  return slots_used_ - running >= running || clock_.now() >= last_batch_ + limits_.gather ||
         events_waiting_ >= static_cast<std::size_t>(limits_.batch_events);
}

void Owner::send_batch() {
  const bool renew = clock_.now() >= last_batch_ + limits_.lease / 3;
  if (dirty_.empty() && !renew) return;
  auto flight = std::make_unique<Flight>();
  in_flight_ = std::move(flight);
  store::Batch& batch = in_flight_->batch;
  batch.inc = inc_;
  batch.seq = next_seq_;
  batch.lease = limits_.lease;
  const auto limit = static_cast<std::size_t>(limits_.batch_events);
  while (!dirty_.empty() && batch.events.size() < limit && batch.runs.size() < limit) {
    if (one_by_one_ && !batch.runs.empty()) break;
    const RunId id = dirty_.front();
    dirty_.pop_front();
    const auto found = held_.find(id);
    if (found == held_.end() || !found->second->dirty) continue;
    add_to_batch(*found->second, batch);
  }
  if (dirty_.empty()) one_by_one_ = false;
  last_batch_ = clock_.now();
  port_.commit(batch);
}

void Owner::add_to_batch(Held& held, store::Batch& batch) {
  core::RunState& state = held.state;
  held.dirty = false;
  held.in_flight = true;
  Flight::Part& part = in_flight_->parts[state.id];
  part.version_before = held.version_stored;
  part.version_after = state.version;
  part.set_aside = state.graph == nullptr;
  part.release = held.release;
  held.leaving = held.release != store::Release::keep;
  events_waiting_ -= held.events.size();
  part.events = std::move(held.events);
  part.effects = std::move(held.effects);
  part.consumed = std::move(held.consumed);
  part.touched = std::move(held.touched);
  held.events.clear();
  held.effects.clear();
  held.consumed.clear();
  held.touched.clear();

  std::optional<TimePoint> wake = state.wake_at();
  // A run that is let go while it could work must be found at once.
  if (held.release == store::Release::park && !state.ready.empty() && !state.facts.paused) {
    wake = clock_.now();
  }
  batch.runs.push_back({state.id, part.version_before, part.version_after, state.facts.phase,
                        held.inbox_done, held.release, wake});
  batch.events.insert(batch.events.end(), part.events.begin(), part.events.end());
  batch.consumed.insert(batch.consumed.end(), part.consumed.begin(), part.consumed.end());
  const TimePoint now = clock_.now();
  for (const InstId inst : part.touched) {
    core::Instance& instance = state.at(inst);
    if (!instance.has_row && core::is_plainly_ready(state, inst)) continue;
    instance.has_row = true;
    store::StepRow row;
    row.run = state.id;
    row.at = now;
    row.inst = inst.value;
    row.attempt = instance.attempt;
    row.seq = state.version;
    row.state = static_cast<std::int16_t>(instance.state);
    row.reason = static_cast<std::int16_t>(instance.reason);
    row.path = core::path_of(state, inst);
    row.body = inst.value == 0 ? core::encode_facts(state.facts)
                               : core::encode_instance(instance, core::item_of(state, inst));
    batch.steps.push_back(std::move(row));
  }
}

void Owner::committed(const store::CommitReply& reply) {
  check(in_flight_ != nullptr, "a reply without a batch");
  if (reply.result != store::CommitResult::durable) return become_fenced();
  const std::unique_ptr<Flight> flight = std::move(in_flight_);
  next_seq_ = flight->batch.seq + 1;
  for (auto& [id, part] : flight->parts) {
    if (std::ranges::find(reply.accepted, id) == reply.accepted.end()) {
      drop(id);
      continue;
    }
    if (std::ranges::find(reply.released, id) != reply.released.end()) {
      // A stop may be left of an attempt that ended by itself meanwhile; a start may not.
      check(std::ranges::none_of(part.effects,
                                 [](const core::Effect& effect) {
                                   return std::holds_alternative<core::StartAttempt>(effect);
                                 }),
            "a run was let go with an attempt to start");
      drop(id);
      continue;
    }
    Held& held = *held_.at(id);
    held.version_stored = part.version_after;
    held.in_flight = false;
    release_effects(held, part.effects);
    if (held.leaving) stay(held);
  }
}

/// The run was not let go: something had come into its inbox. Read it, then try again.
void Owner::stay(Held& held) {
  held.leaving = false;
  held.release = store::Release::keep;
  const std::vector<store::InboxRow> late = std::move(held.late);
  held.late.clear();
  read_requests(held, late);
  watch_time(held);  // What fell due meanwhile was put off.
  inbox_wanted_ = true;
  staying_.insert(held.state.id);
}

void Owner::settled(const store::Settled& settled) {
  check(in_flight_ != nullptr, "an answer about no batch");
  if (settled.fenced) return become_fenced();
  store::CommitReply reply;
  reply.now = settled.now;
  std::vector<RunId> again;
  for (const auto& fate : settled.runs) {
    const auto part = in_flight_->parts.find(fate.run);
    if (part == in_flight_->parts.end()) continue;
    const bool happened = fate.version == part->second.version_after;
    const bool changed = part->second.version_after != part->second.version_before;
    const bool mine = fate.owner == inc_;
    const bool asked_to_go = part->second.release != store::Release::keep;
    if (happened && (changed || !mine)) {
      if (mine || (asked_to_go && !fate.owner)) reply.accepted.push_back(fate.run);
      if (asked_to_go && !fate.owner) reply.released.push_back(fate.run);
    } else if (mine && fate.version == part->second.version_before) {
      again.push_back(fate.run);
    }
  }
  for (const RunId id : again) give_back(*held_.at(id));
  for (const RunId id : again) in_flight_->parts.erase(id);
  committed(reply);
}

/// The batch did not happen: its content for this run goes with the next one.
void Owner::give_back(Held& held) {
  Flight::Part& part = in_flight_->parts.at(held.state.id);
  held.in_flight = false;
  held.leaving = false;
  part.events.insert(part.events.end(), held.events.begin(), held.events.end());
  part.effects.insert(part.effects.end(), held.effects.begin(), held.effects.end());
  part.consumed.insert(part.consumed.end(), held.consumed.begin(), held.consumed.end());
  events_waiting_ += part.events.size() - held.events.size();
  held.events = std::move(part.events);
  held.effects = std::move(part.effects);
  held.consumed = std::move(part.consumed);
  held.touched.merge(part.touched);
  const std::vector<store::InboxRow> late = std::move(held.late);
  held.late.clear();
  read_requests(held, late);
  watch_time(held);  // What fell due meanwhile was put off.
  plan_release(held);
  make_dirty(held);
}

/// The database refused a row. Alone in its batch, the run is the cause and is set aside.
void Owner::commit_refused(const std::string& why) {
  check(in_flight_ != nullptr, "a refusal without a batch");
  const std::unique_ptr<Flight> flight = std::move(in_flight_);
  in_flight_ = std::make_unique<Flight>();
  in_flight_->parts = std::move(flight->parts);
  if (in_flight_->parts.size() > 1) {
    one_by_one_ = true;
    for (auto& [id, part] : in_flight_->parts) give_back(*held_.at(id));
    in_flight_.reset();
    return;
  }
  if (!in_flight_->parts.empty()) {
    const RunId id = in_flight_->parts.begin()->first;
    const bool hopeless = in_flight_->parts.begin()->second.set_aside;
    Arrival arrival;
    arrival.rows.run = id;
    arrival.rows.version = in_flight_->parts.begin()->second.version_before;
    arrival.rows.inbox_done = held_.at(id)->inbox_done;
    in_flight_.reset();
    drop(id);
    if (!hopeless) set_aside(arrival, "its rows were refused: " + why);
  }
  in_flight_.reset();
}

}  // namespace pawl::runtime

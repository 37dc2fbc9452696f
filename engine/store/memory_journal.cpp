#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "store/check_batch.hpp"
#include "store/memory_tables.hpp"

/// Batches and ownership in memory: journal_sql.cpp and ownership_sql.cpp.
namespace pawl::store {

namespace {

/// PostgreSQL's text holds valid UTF-8 without NUL; a batch with other text is refused whole.
void check_text(const std::string& text) {
  if (find_invalid_utf8(text) == std::string::npos && text.find('\0') == std::string::npos) return;
  throw Error(ErrorKind::environment, "the database refused a statement",
              "a text is not valid UTF-8 or holds a NUL byte");
}

}  // namespace

Registered MemoryTables::register_worker(const WorkerCard& card, Micros lease) {
  const Incarnation inc{static_cast<std::int64_t>(lanes_.size()) + 1};
  lanes_[inc] = {0, false, now_() + lease, card};
  return {inc, now_()};
}

bool MemoryTables::may_let_go(const RunRow& row, const Run& run, const Snapshot* seen) const {
  if (row.release == Release::keep) return false;
  if (rules_.park == MemoryRules::Park::counter) return run.inbox_seq == row.inbox_done;
  return (seen == nullptr ? seen_of(run) : seen->at(row.run)).newest_unread <= row.inbox_done;
}

MemoryTables::Seen MemoryTables::seen_of(const Run& run) {
  return {run.owner, run.inbox.empty() ? 0 : run.inbox.rbegin()->first};
}

MemoryTables::Snapshot MemoryTables::snapshot() const {
  Snapshot seen;
  for (const auto& [id, run] : runs_) seen[id] = seen_of(run);
  return seen;
}

CommitReply MemoryTables::commit(const Batch& batch, const Snapshot* seen) {
  check_batch(batch);
  CommitReply reply;
  const auto lane = lanes_.find(batch.inc);
  if (lane == lanes_.end() || lane->second.fenced) {
    reply.result = CommitResult::fenced;
    return reply;
  }
  if (lane->second.last_seq != batch.seq - 1) {
    reply.result = lane->second.last_seq >= batch.seq ? CommitResult::already : CommitResult::gap;
    return reply;
  }
  for (const EventRow& event : batch.events) check_text(event.actor);
  for (const StepRow& step : batch.steps) check_text(step.path);
  lane->second.last_seq = batch.seq;
  lane->second.lease_until = std::max(lane->second.lease_until, now_() + batch.lease);
  reply.now = now_();

  for (const RunRow& row : batch.runs) {
    const auto found = runs_.find(row.run);
    if (found == runs_.end()) continue;
    Run& run = found->second;
    if (run.owner != batch.inc || run.row.version != row.version_before) continue;
    reply.accepted.push_back(row.run);
    run.row.version = row.version_after;
    run.row.phase = row.phase;
    run.row.inbox_done = row.inbox_done;
    run.ended_at.reset();
    if (!may_let_go(row, run, seen)) continue;
    reply.released.push_back(row.run);
    run.owner.reset();
    run.wake_at = row.wake_at;
    run.parked = true;
    run.closed = row.release == Release::close;
    if (run.closed) run.ended_at = now_();
  }
  const auto accepted = [&](RunId run) { return std::ranges::count(reply.accepted, run) > 0; };
  for (const EventRow& event : batch.events) {
    if (accepted(event.run)) runs_.at(event.run).events.push_back(event);
  }
  for (const StepRow& step : batch.steps) {
    if (!accepted(step.run)) continue;
    const auto [there, fresh] = runs_.at(step.run).steps.try_emplace(step.inst, step);
    const std::string path = there->second.path;  // Written once.
    there->second = step;
    there->second.path = path;
  }
  for (const InboxMark& mark : batch.consumed) {
    if (accepted(mark.run)) runs_.at(mark.run).inbox.erase(mark.seq);
  }
  return reply;
}

Settled MemoryTables::settle(const Batch& batch) {
  Settled settled;
  const auto lane = lanes_.find(batch.inc);
  settled.fenced = lane == lanes_.end() || lane->second.fenced;
  if (lane != lanes_.end()) {
    lane->second.last_seq = std::max(lane->second.last_seq, batch.seq);
    settled.now = now_();
  }
  for (const RunRow& row : batch.runs) {
    const auto run = runs_.find(row.run);
    if (run == runs_.end()) continue;
    settled.runs.push_back({row.run, run->second.row.version, run->second.owner});
  }
  std::ranges::sort(settled.runs, {}, &Settled::Fate::run);
  return settled;
}

std::vector<ClaimedRun> MemoryTables::claim(Incarnation inc, std::span<const std::string> queues,
                                            int limit) {
  std::vector<ClaimedRun> claimed;
  const auto lane = lanes_.find(inc);
  if (lane == lanes_.end() || lane->second.fenced) return claimed;
  std::vector<std::pair<TimePoint, RunId>> ready;
  for (const auto& [id, run] : runs_) {
    if (!run.owner && run.ready_at && std::ranges::count(queues, run.queue) > 0 && can_run(run)) {
      ready.emplace_back(*run.ready_at, id);
    }
  }
  std::ranges::sort(ready);
  ready.resize(std::min(ready.size(), static_cast<std::size_t>(limit)));
  for (const auto& [at, id] : ready) {
    Run& run = runs_.at(id);
    run.owner = inc;
    run.ready_at.reset();
    run.wake_at.reset();
    run.parked = false;
    claimed.push_back({id, run.row.version});
  }
  std::ranges::sort(claimed, {}, &ClaimedRun::run);
  return claimed;
}

std::vector<ClaimedRun> MemoryTables::owned(Incarnation inc) const {
  std::vector<ClaimedRun> mine;
  for (const auto& [id, run] : runs_) {
    if (run.owner == inc) mine.push_back({id, run.row.version});
  }
  return mine;
}

int MemoryTables::promote_due(int limit) {
  std::vector<std::pair<TimePoint, RunId>> due;
  for (const auto& [id, run] : runs_) {
    if (!run.owner && run.wake_at && *run.wake_at <= now_()) due.emplace_back(*run.wake_at, id);
  }
  std::ranges::sort(due);
  due.resize(std::min(due.size(), static_cast<std::size_t>(limit)));
  for (const auto& [at, id] : due) {
    Run& run = runs_.at(id);
    if (!run.ready_at) run.ready_at = now_();
    run.wake_at.reset();
  }
  return static_cast<int>(due.size());
}

bool MemoryTables::has_sleepers() const {
  return std::ranges::any_of(
      runs_, [](const auto& one) { return !one.second.owner && one.second.wake_at.has_value(); });
}

std::vector<LaneSight> MemoryTables::lanes(Incarnation me) const {
  std::vector<LaneSight> sights;
  for (const auto& [inc, lane] : lanes_) {
    if (inc == me || (lane.fenced && owned(inc).empty())) continue;
    sights.push_back({inc, lane.last_seq, lane.card.name, lane.card.host, lane.card.boot,
                      lane.lease_until < now_(), lane.fenced});
  }
  return sights;
}

bool MemoryTables::fence(Incarnation dead, std::optional<std::int64_t> last_seq) {
  const auto lane = lanes_.find(dead);
  if (lane == lanes_.end()) return false;
  Lane& row = lane->second;
  const bool may =
      row.fenced || !last_seq || (row.last_seq == *last_seq && row.lease_until < now_());
  row.fenced = may;
  return may;
}

std::vector<ClaimedRun> MemoryTables::adopt(Incarnation dead, Incarnation me, int limit) {
  const auto mine = lanes_.find(me);
  const auto theirs = lanes_.find(dead);
  if (mine == lanes_.end() || mine->second.fenced) return {};
  if (theirs == lanes_.end() || !theirs->second.fenced) return {};
  std::vector<ClaimedRun> runs = owned(dead);
  runs.resize(std::min(runs.size(), static_cast<std::size_t>(limit)));
  for (const ClaimedRun& run : runs) runs_.at(run.run).owner = me;
  return runs;
}

}  // namespace pawl::store

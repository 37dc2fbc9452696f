#include "tests/sim/model_database.hpp"

#include <algorithm>
#include <type_traits>

namespace pawl::sim {

using store::Batch;
using store::CommitReply;
using store::CommitResult;
using store::Settled;

CommitReply ModelDatabase::commit(const Batch& batch) {
  CommitReply reply;
  const auto found = lanes.find(batch.inc);
  if (found == lanes.end() || found->second.fenced) {
    reply.result = CommitResult::fenced;
    return reply;
  }
  Lane& lane = found->second;
  if (lane.last_seq != batch.seq - 1) {
    reply.result = lane.last_seq >= batch.seq ? CommitResult::already : CommitResult::gap;
    if (reply.result == CommitResult::gap && gap) gap(batch.inc);
    return reply;
  }
  lane.last_seq = batch.seq;
  lane.lease_until = std::max(lane.lease_until, now() + batch.lease);
  reply.now = now();
  for (const store::RunRow& row : batch.runs) {
    StoredRun& run = runs.at(row.run);
    if (run.owner != batch.inc || run.version != row.version_before) continue;
    reply.accepted.push_back(row.run);
    const bool let_go = row.release != store::Release::keep && run.inbox_seq == row.inbox_done;
    run.version = row.version_after;
    run.phase = row.phase;
    run.inbox_done = row.inbox_done;
    if (let_go) {
      run.owner.reset();
      run.wake_at = row.wake_at;
      run.parked = true;
      run.closed = row.release == store::Release::close;
      reply.released.push_back(row.run);
    }
    const std::size_t before = run.events.size();
    for (const store::EventRow& event : batch.events) {
      if (event.run == row.run) run.events.push_back(event);
    }
    for (const store::StepRow& step : batch.steps) {
      if (step.run == row.run) run.steps[step.inst] = step;
    }
    for (const store::InboxMark& mark : batch.consumed) {
      if (mark.run == row.run) run.inbox.erase(mark.seq);
    }
    if (accepted) accepted(row.run, batch.inc, run, run.events.size() - before);
  }
  return reply;
}

Settled ModelDatabase::settle(const Batch& batch) {
  Settled settled;
  Lane& lane = lanes.at(batch.inc);
  lane.last_seq = std::max(lane.last_seq, batch.seq);
  settled.fenced = lane.fenced;
  settled.now = now();
  for (const store::RunRow& row : batch.runs) {
    const StoredRun& run = runs.at(row.run);
    settled.runs.push_back({row.run, run.version, run.owner});
  }
  return settled;
}

std::vector<store::ClaimedRun> ModelDatabase::claim(Incarnation inc, int limit) {
  std::vector<store::ClaimedRun> claimed;
  if (lanes.at(inc).fenced) return claimed;
  std::vector<std::pair<TimePoint, RunId>> ready;
  for (const auto& [id, run] : runs) {
    if (!run.owner && run.ready_at) ready.emplace_back(*run.ready_at, id);
  }
  std::ranges::sort(ready);
  for (const auto& [at, id] : ready) {
    if (static_cast<int>(claimed.size()) >= limit) break;
    StoredRun& run = runs.at(id);
    run.owner = inc;
    run.ready_at.reset();
    run.wake_at.reset();
    run.parked = false;
    claimed.push_back({id, run.version});
  }
  return claimed;
}

bool ModelDatabase::fence(Incarnation dead, std::optional<std::int64_t> last_seq) {
  Lane& lane = lanes.at(dead);
  const bool may =
      lane.fenced || !last_seq || (lane.last_seq == *last_seq && lane.lease_until < now());
  lane.fenced = lane.fenced || may;
  return may;
}

std::vector<store::ClaimedRun> ModelDatabase::adopt(Incarnation dead, Incarnation me, int limit) {
  std::vector<store::ClaimedRun> adopted;
  if (lanes.at(me).fenced || !lanes.at(dead).fenced) return adopted;
  for (auto& [id, run] : runs) {
    if (run.owner != dead || static_cast<int>(adopted.size()) >= limit) continue;
    run.owner = me;
    adopted.push_back({id, run.version});
  }
  return adopted;
}

store::StartReply ModelDatabase::start(const store::StartRequest& request) {
  using Result = store::StartReply::Result;
  const auto known = keys_.find(request.key);
  if (!request.key.empty() && known != keys_.end()) {
    return {known->second, runs.at(known->second).number, Result::exists};
  }
  const RunId id{1'000'000 + next_number_};
  StoredRun run;
  run.number = next_number_++;
  run.definition = request.definition;
  run.ready_at = now();
  run.inbox_seq = 1;
  run.inbox[1] = {id, 1, 0, request.actor, request.request};
  if (!request.key.empty()) keys_[request.key] = id;
  const std::int64_t number = run.number;
  runs[id] = std::move(run);
  return {id, number, Result::started};
}

store::SendReply ModelDatabase::send(RunId id, std::int16_t kind, const std::string& actor,
                                     const std::string&, const std::string& body, bool reopen) {
  const auto found = runs.find(id);
  if (found == runs.end()) return {};
  StoredRun& run = found->second;
  if (run.closed && !reopen) return {0, true};
  run.closed = false;
  const std::int64_t seq = ++run.inbox_seq;
  run.inbox[seq] = {id, seq, kind, actor, body};
  if (run.parked && !run.ready_at) run.ready_at = now();
  return {seq, true};
}

store::LoadedRun ModelDatabase::loaded(RunId id) const {
  const StoredRun& run = runs.at(id);
  store::LoadedRun rows;
  rows.run = id;
  rows.number = run.number;
  rows.version = run.version;
  rows.phase = run.phase;
  rows.inbox_done = run.inbox_done;
  rows.definition = run.definition;
  for (const auto& [inst, row] : run.steps) rows.steps.push_back(row);
  return rows;
}

/// One session: draws a fate at each call.
class ModelSession final : public store::Store {
 public:
  ModelSession(ModelDatabase& database, ModelDatabase::Decide decide, ModelDatabase::Stray stray)
      : db_(database), decide_(std::move(decide)), stray_(std::move(stray)) {}

  store::Registered register_worker(const store::WorkerCard& card, Micros lease) override {
    return call("register", [&] {
      const Incarnation inc{db_.next_inc_++};
      db_.lanes[inc] = {0, false, db_.now() + lease, card};
      return store::Registered{inc, db_.now()};
    });
  }
  CommitReply commit(const Batch& batch) override {
    const Fate fate = decide_("commit");
    if (fate == Fate::late) {
      stray_(batch);
      throw store::Unavailable("the connection broke while a batch was on its way");
    }
    return with_fate(fate, [&] { return db_.commit(batch); });
  }
  Settled settle(const Batch& batch) override {
    return call("settle", [&] { return db_.settle(batch); });
  }
  std::vector<store::ClaimedRun> claim(Incarnation inc, std::span<const std::string>,
                                       int limit) override {
    return call("claim", [&] { return db_.claim(inc, limit); });
  }
  std::vector<store::ClaimedRun> owned(Incarnation inc) override {
    return call("owned", [&] {
      std::vector<store::ClaimedRun> mine;
      for (const auto& [id, run] : db_.runs) {
        if (run.owner == inc) mine.push_back({id, run.version});
      }
      return mine;
    });
  }
  int promote_due(int limit) override {
    return call("promote_due", [&] {
      int count = 0;
      for (auto& [id, run] : db_.runs) {
        if (run.owner || !run.wake_at || *run.wake_at > db_.now() || count >= limit) continue;
        if (!run.ready_at) run.ready_at = db_.now();
        run.wake_at.reset();
        ++count;
      }
      return count;
    });
  }
  std::vector<store::LoadedRun> load(std::span<const RunId> ids) override {
    return call("load", [&] {
      std::vector<store::LoadedRun> loaded;
      for (const RunId id : ids) loaded.push_back(db_.loaded(id));
      return loaded;
    });
  }
  std::vector<store::InboxRow> read_inbox(Incarnation inc, int limit) override {
    return call("read_inbox", [&] {
      std::vector<store::InboxRow> rows;
      for (const auto& [id, run] : db_.runs) {
        if (run.owner != inc) continue;
        for (const auto& [seq, row] : run.inbox) {
          if (seq > run.inbox_done && static_cast<int>(rows.size()) < limit) rows.push_back(row);
        }
      }
      return rows;
    });
  }
  std::vector<store::InboxRow> inbox_of(std::span<const RunId> ids, int limit) override {
    return call("inbox_of", [&] {
      std::vector<store::InboxRow> rows;
      for (const RunId id : ids) {
        for (const auto& [seq, row] : db_.runs.at(id).inbox) {
          const bool unread = seq > db_.runs.at(id).inbox_done;
          if (unread && static_cast<int>(rows.size()) < limit) rows.push_back(row);
        }
      }
      return rows;
    });
  }
  std::vector<store::LaneSight> lanes(Incarnation me) override {
    return call("lanes", [&] {
      std::vector<store::LaneSight> sights;
      for (const auto& [inc, lane] : db_.lanes) {
        const bool owns = std::ranges::any_of(
            db_.runs, [&](const auto& entry) { return entry.second.owner == inc; });
        if (inc == me || (lane.fenced && !owns)) continue;
        sights.push_back({inc, lane.last_seq, lane.card.name, lane.card.host, lane.card.boot,
                          lane.lease_until < db_.now(), lane.fenced});
      }
      return sights;
    });
  }
  bool fence(Incarnation dead, std::optional<std::int64_t> last_seq) override {
    return call("fence", [&] { return db_.fence(dead, last_seq); });
  }
  std::vector<store::ClaimedRun> adopt(Incarnation dead, Incarnation me, int limit) override {
    return call("adopt", [&] { return db_.adopt(dead, me, limit); });
  }
  std::vector<store::StartReply> start(std::span<const store::StartRequest> requests) override {
    return call("start", [&] {
      std::vector<store::StartReply> replies;
      for (const auto& request : requests) replies.push_back(db_.start(request));
      return replies;
    });
  }
  store::SendReply send(RunId run, std::int16_t kind, const std::string& actor,
                        const std::string& dedup, const std::string& body, bool reopen) override {
    return call("send", [&] { return db_.send(run, kind, actor, dedup, body, reopen); });
  }

  // What the simulator does not use.
  std::optional<store::Definition> definition(std::int32_t) override { return std::nullopt; }
  std::int32_t put_definition(const store::Definition&) override { return 0; }
  void put_progress(std::span<const store::Progress>) override {}
  void put_logs(std::span<const store::LogChunk>) override {}
  bool put_notes(Incarnation, std::span<const store::Note>) override { return false; }
  std::vector<store::Note> notes(RunId, std::int32_t, std::int32_t) override { return {}; }
  void ensure_partitions() override {}

 private:
  using Fate = ModelDatabase::Fate;

  template <class Call>
  std::invoke_result_t<Call> call(const char* name, Call work) {
    return with_fate(decide_(name), work);
  }
  template <class Call>
  std::invoke_result_t<Call> with_fate(Fate fate, Call work) {
    if (fate == Fate::lost_before || fate == Fate::late) throw store::Unavailable("cut before");
    if (fate == Fate::crash_before) throw Crash{};
    auto result = work();
    if (fate == Fate::lost_after) throw store::Unavailable("cut after");
    if (fate == Fate::crash_after) throw Crash{};
    return result;
  }

  ModelDatabase& db_;
  ModelDatabase::Decide decide_;
  ModelDatabase::Stray stray_;
};

std::unique_ptr<store::Store> ModelDatabase::open(Decide decide, Stray stray) {
  return std::make_unique<ModelSession>(*this, std::move(decide), std::move(stray));
}

}  // namespace pawl::sim

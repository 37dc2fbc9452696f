#include "store/memory.hpp"

#include <type_traits>
#include <utility>

#include "store/memory_tables.hpp"

namespace pawl::store {

namespace {

using Moment = MemoryDatabase::Moment;

/// One session: hooks around the tables.
class MemorySession final : public Store {
 public:
  MemorySession(MemoryTables& tables, MemoryDatabase::Hook hook)
      : tables_(tables), hook_(std::move(hook)) {}

  Registered register_worker(const WorkerCard& card, Micros lease) override {
    return call("register_worker", [&] { return tables_.register_worker(card, lease); });
  }
  CommitReply commit(const Batch& batch) override {
    return call("commit", [&] { return tables_.commit(batch, nullptr); });
  }
  Settled settle(const Batch& batch) override {
    return call("settle", [&] { return tables_.settle(batch); });
  }
  std::vector<ClaimedRun> claim(Incarnation inc, std::span<const std::string> queues,
                                int limit) override {
    return call("claim", [&] { return tables_.claim(inc, queues, limit); });
  }
  std::vector<ClaimedRun> owned(Incarnation inc) override {
    return call("owned", [&] { return tables_.owned(inc); });
  }
  int promote_due(int limit) override {
    return call("promote_due", [&] { return tables_.promote_due(limit); });
  }
  bool has_sleepers() override {
    return call("has_sleepers", [&] { return tables_.has_sleepers(); });
  }
  std::vector<LoadedRun> load(std::span<const RunId> runs) override {
    return call("load", [&] { return tables_.load(runs); });
  }
  std::optional<Definition> definition(std::int32_t id) override {
    return call("definition", [&] { return tables_.definition(id); });
  }
  std::vector<InboxRow> read_inbox(Incarnation inc, int limit) override {
    return call("read_inbox", [&] { return tables_.read_inbox(inc, limit); });
  }
  std::vector<InboxRow> inbox_of(std::span<const RunId> runs, int limit) override {
    return call("inbox_of", [&] { return tables_.inbox_of(runs, limit); });
  }
  std::vector<LaneSight> lanes(Incarnation me) override {
    return call("lanes", [&] { return tables_.lanes(me); });
  }
  bool fence(Incarnation dead, std::optional<std::int64_t> last_seq) override {
    return call("fence", [&] { return tables_.fence(dead, last_seq); });
  }
  std::vector<ClaimedRun> adopt(Incarnation dead, Incarnation me, int limit) override {
    return call("adopt", [&] { return tables_.adopt(dead, me, limit); });
  }
  std::int32_t put_definition(const Definition& definition) override {
    return call("put_definition", [&] { return tables_.put_definition(definition); });
  }
  std::vector<StartReply> start(std::span<const StartRequest> requests) override {
    return call("start", [&] {
      std::vector<StartReply> replies;
      for (const StartRequest& request : requests) replies.push_back(tables_.start(request));
      return replies;
    });
  }
  SendReply send(RunId run, std::int16_t kind, const std::string& actor, const std::string& dedup,
                 const std::string& body, bool reopen) override {
    return call("send", [&] {
      return tables_.send(run, {run, 0, kind, actor, body}, dedup, reopen, nullptr);
    });
  }
  void put_progress(std::span<const Progress> progress) override {
    call("put_progress", [&] { return tables_.put_progress(progress), true; });
  }
  void put_logs(std::span<const LogChunk> chunks) override {
    call("put_logs", [&] { return tables_.put_logs(chunks), true; });
  }
  bool put_notes(Incarnation inc, std::span<const Note> notes) override {
    return call("put_notes", [&] { return tables_.put_notes(inc, notes); });
  }
  std::vector<Note> notes(RunId run, std::int32_t inst, std::int32_t generation) override {
    return call("notes", [&] { return tables_.notes(run, inst, generation); });
  }
  void ensure_partitions() override {}

 private:
  template <class Work>
  std::invoke_result_t<Work> call(std::string_view name, Work work) {
    if (hook_) hook_(name, Moment::before);
    auto result = work();
    if (hook_) hook_(name, Moment::after);
    return result;
  }

  MemoryTables& tables_;
  MemoryDatabase::Hook hook_;
};

}  // namespace

MemoryDatabase::MemoryDatabase(std::function<TimePoint()> now, MemoryRules rules)
    : tables_(std::make_unique<MemoryTables>(std::move(now), rules)) {}

MemoryDatabase::~MemoryDatabase() = default;

std::unique_ptr<Store> MemoryDatabase::open(Hook hook) {
  return std::make_unique<MemorySession>(*tables_, std::move(hook));
}

std::function<SendReply()> MemoryDatabase::begin_send(const InboxRow& request,
                                                      const std::string& dedup, bool reopen) {
  return [this, seen = tables_->snapshot(), request, dedup, reopen] {
    return tables_->send(request.run, request, dedup, reopen, &seen);
  };
}

std::function<CommitReply()> MemoryDatabase::begin_commit(const Batch& batch) {
  return [this, seen = tables_->snapshot(), batch] { return tables_->commit(batch, &seen); };
}

bool MemoryDatabase::sleeps_on_unread(RunId run) const {
  const MemoryTables::Run& row = tables_->runs().at(run);
  return !row.owner && !row.ready_at && !row.inbox.empty();
}

}  // namespace pawl::store

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "store/memory.hpp"
#include "store/store.hpp"

namespace pawl::store {

/// The tables of MemoryDatabase, with one function for each statement of the PostgreSQL Store.
class MemoryTables {
 public:
  MemoryTables(std::function<TimePoint()> now, MemoryRules rules)
      : now_(std::move(now)), rules_(rules) {}

  struct Lane {
    std::int64_t last_seq = 0;
    bool fenced = false;
    TimePoint lease_until{};
    WorkerCard card;
  };
  /// A row of run, of run_inbox and of run_info, with what hangs on them.
  struct Run {
    LoadedRun row;  ///< Without steps.
    std::string queue;
    std::optional<Incarnation> owner;
    std::optional<TimePoint> ready_at, wake_at, ended_at;
    std::int64_t inbox_seq = 0;
    bool parked = false, closed = false;
    struct Unread {
      InboxRow row;
      std::string dedup;
    };
    std::map<std::int64_t, Unread> inbox;
    std::map<std::int32_t, StepRow> steps;
    std::vector<EventRow> events;
  };
  /// What a statement sees of the runs, however long it waits for locks: as much of it as a wrong
  /// rule would go by.
  struct Seen {
    std::optional<Incarnation> owner;
    std::int64_t newest_unread = 0;
  };
  using Snapshot = std::map<RunId, Seen>;
  Snapshot snapshot() const;

  Registered register_worker(const WorkerCard& card, Micros lease);
  CommitReply commit(const Batch& batch, const Snapshot* seen);
  Settled settle(const Batch& batch);
  std::vector<ClaimedRun> claim(Incarnation inc, std::span<const std::string> queues, int limit);
  std::vector<ClaimedRun> owned(Incarnation inc) const;
  int promote_due(int limit);
  bool has_sleepers() const;
  std::vector<LoadedRun> load(std::span<const RunId> ids) const;
  std::vector<InboxRow> read_inbox(Incarnation inc, int limit) const;
  std::vector<InboxRow> inbox_of(std::span<const RunId> runs, int limit) const;
  std::vector<LaneSight> lanes(Incarnation me) const;
  bool fence(Incarnation dead, std::optional<std::int64_t> last_seq);
  std::vector<ClaimedRun> adopt(Incarnation dead, Incarnation me, int limit);

  std::int32_t put_definition(const Definition& definition);
  std::optional<Definition> definition(std::int32_t id) const;
  StartReply start(const StartRequest& request);
  SendReply send(RunId id, const InboxRow& request, const std::string& dedup, bool reopen,
                 const Snapshot* seen);
  void put_progress(std::span<const Progress> progress);
  void put_logs(std::span<const LogChunk> chunks);
  bool put_notes(Incarnation inc, std::span<const Note> notes);
  std::vector<Note> notes(RunId run, std::int32_t inst, std::int32_t generation) const;

  const std::map<RunId, Run>& runs() const { return runs_; }
  const MemoryRules& rules() const { return rules_; }

 private:
  static Seen seen_of(const Run& run);
  bool may_let_go(const RunRow& row, const Run& run, const Snapshot* seen) const;
  bool can_run(const Run& run) const;

  std::function<TimePoint()> now_;
  MemoryRules rules_;
  std::map<Incarnation, Lane> lanes_;
  std::map<RunId, Run> runs_;
  std::vector<Definition> definitions_;
  struct Key {
    RunId run;
    std::string request;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Key> keys_;
  std::map<std::tuple<RunId, std::int32_t>, Progress> progress_;
  std::map<std::tuple<RunId, std::int32_t, std::int32_t, std::int32_t>, LogChunk> logs_;
  std::map<std::tuple<RunId, std::int32_t, NoteKind, std::string, std::int32_t>, Note> notes_;
};

}  // namespace pawl::store

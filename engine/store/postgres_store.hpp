#pragma once

#include <optional>
#include <set>
#include <string>

#include "store/pg.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"

namespace pawl::store {

/// The Store on PostgreSQL: journal_sql.cpp (commit, settle), ownership_sql.cpp (workers, claims,
/// takeover), intake_sql.cpp (starts, requests), report_sql.cpp (logs, progress, notes),
/// partitions.cpp.
class Postgres final : public Store, public CommitLine {
 public:
  explicit Postgres(const std::string& url) : session_(url) {}

  CommitLine* commit_line() override;
  void send(const Batch& batch) override;
  bool flush() override { return session_.flush(); }
  int descriptor() const override { return session_.socket(); }
  Answer receive() override;

  Registered register_worker(const WorkerCard& card, Micros lease) override;
  CommitReply commit(const Batch& batch) override;
  Settled settle(const Batch& batch) override;
  std::vector<ClaimedRun> claim(Incarnation inc, std::span<const std::string> queues,
                                int limit) override;
  std::vector<ClaimedRun> owned(Incarnation inc) override;
  int promote_due(int limit) override;
  bool has_sleepers() override;
  std::vector<LoadedRun> load(std::span<const RunId> runs) override;
  std::optional<Definition> definition(std::int32_t id) override;
  std::vector<InboxRow> read_inbox(Incarnation inc, int limit) override;
  std::vector<InboxRow> inbox_of(std::span<const RunId> runs, int limit) override;
  std::vector<LaneSight> lanes(Incarnation me) override;
  bool fence(Incarnation dead, std::optional<std::int64_t> last_seq) override;
  std::vector<ClaimedRun> adopt(Incarnation dead, Incarnation me, int limit) override;
  std::int32_t put_definition(const Definition& definition) override;
  std::vector<StartReply> start(std::span<const StartRequest> requests) override;
  SendReply send(RunId run, std::int16_t kind, const std::string& actor, const std::string& dedup,
                 const std::string& body, bool reopen) override;
  void put_progress(std::span<const Progress> progress) override;
  void put_logs(std::span<const LogChunk> chunks) override;
  bool put_notes(Incarnation inc, std::span<const Note> notes) override;
  std::vector<Note> notes(RunId run, std::int32_t inst, std::int32_t generation) override;
  void ensure_partitions() override;

 private:
  CommitReply explain(const Batch& batch);
  void start_some(std::span<const StartRequest> requests, std::vector<StartReply>& replies);
  StartReply start_refused(const StartRequest& request);
  void hint(const char* channel);
  void learn_names(std::span<const StartRequest> requests);

  Session session_;
  /// From then on a day lacks a partition, as far as this session knows.
  std::optional<TimePoint> partitions_until_;
  std::set<std::string> names_;  ///< Namespaces with queues that have rows.
};

/// What is common to the Store and the Reader.
std::optional<Definition> definition_of(const Rows& rows);
/// See Reader::schema.
SchemaState schema_of(Session& session);
/// Makes the partitions of the days ahead; the first day without them.
TimePoint ensure_partitions(Session& session);

inline constexpr const char* queue_channel = "pawl_queue";
inline constexpr const char* inbox_channel = "pawl_inbox";

}  // namespace pawl::store

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/store.hpp"

/// The database of the simulator: the tables that ownership and the journal need, each call one
/// atomic statement, time as the simulator says.
namespace pawl::sim {

struct Lane {
  std::int64_t last_seq = 0;
  bool fenced = false;
  TimePoint lease_until{};
  store::WorkerCard card;
};

struct StoredRun {
  std::int64_t number = 0;
  std::int32_t definition = 0, version = 0;
  core::RunPhase phase = core::RunPhase::queued;
  std::optional<Incarnation> owner;
  std::int64_t inbox_done = 0;
  std::optional<TimePoint> ready_at, wake_at;
  // The run's counter row in the inbox.
  std::int64_t inbox_seq = 0;
  bool parked = true, closed = false;
  std::map<std::int32_t, store::StepRow> steps;
  std::vector<store::EventRow> events;
  std::map<std::int64_t, store::InboxRow> inbox;
};

class ModelDatabase {
 public:
  /// What to do at a call, by its name; the world decides.
  enum class Fate { works, lost_before, lost_after, crash_before, crash_after, late };
  using Decide = std::function<Fate(const char* call)>;
  /// A batch whose sender has given up waiting; it may still arrive.
  using Stray = std::function<void(const store::Batch&)>;

  explicit ModelDatabase(std::function<TimePoint()> now) : now_(std::move(now)) {}

  /// A session whose calls meet the fates that `decide` draws.
  std::unique_ptr<store::Store> open(Decide decide, Stray stray);

  store::CommitReply commit(const store::Batch& batch);
  store::Settled settle(const store::Batch& batch);
  std::vector<store::ClaimedRun> claim(Incarnation inc, int limit);
  std::vector<store::ClaimedRun> adopt(Incarnation dead, Incarnation me, int limit);
  bool fence(Incarnation dead, std::optional<std::int64_t> last_seq);
  store::StartReply start(const store::StartRequest& request);
  store::SendReply send(RunId run, std::int16_t kind, const std::string& actor,
                        const std::string& dedup, const std::string& body, bool reopen);
  store::LoadedRun loaded(RunId run) const;
  TimePoint now() const { return now_(); }

  std::map<RunId, StoredRun> runs;
  std::map<Incarnation, Lane> lanes;
  /// Called when a batch came whose number leaves one out: no world here loses a commit.
  std::function<void(Incarnation)> gap;
  /// Called for each run of a batch that was accepted, after its rows are there.
  std::function<void(RunId, Incarnation, const StoredRun&, std::size_t new_events)> accepted;

 private:
  friend class ModelSession;
  std::function<TimePoint()> now_;
  std::map<std::string, RunId> keys_;
  std::int64_t next_number_ = 1;
  std::int64_t next_inc_ = 1;
};

/// Thrown by a session instead of returning: the worker that called dies here.
struct Crash {};

}  // namespace pawl::sim

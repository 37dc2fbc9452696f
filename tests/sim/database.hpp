#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/memory.hpp"
#include "store/memory_tables.hpp"

/// The database of the simulator: the model that the store's own tests compare with PostgreSQL,
/// with what the world does to calls.
namespace pawl::sim {

using StoredRun = store::MemoryTables::Run;

/// Thrown by a session instead of returning: the worker that called dies here.
struct Crash {};

class Database {
 public:
  /// What becomes of a call; the world decides, by its name.
  enum class Fate { works, lost_before, lost_after, crash_before, crash_after, late };
  using Decide = std::function<Fate(std::string_view call)>;

  Database(std::function<TimePoint()> now, store::MemoryRules rules);

  /// A session whose calls meet the fates that `decide` draws.
  std::unique_ptr<store::Store> open(Decide decide);

  // The statements that race with each other: each takes its snapshot now and its effect when the
  // result is called.
  std::function<store::CommitReply()> begin_commit(const store::Batch& batch);
  std::function<store::SendReply()> begin_send(const store::InboxRow& request,
                                               const std::string& dedup, bool reopen);

  const std::map<RunId, StoredRun>& runs() const { return memory_.tables().runs(); }

  /// Called when a batch came whose number leaves one out: no world here loses a commit.
  std::function<void(Incarnation)> gap;
  /// Called for each run of a batch that was accepted, after its rows are there.
  std::function<void(RunId, Incarnation, const StoredRun&, std::size_t new_events)> accepted;
  /// Called for a run that sleeps although a request lies unread: nobody will wake it.
  std::function<void(RunId)> lost_wake_up;

 private:
  void show(const store::Batch& batch, const store::CommitReply& reply) const;
  void look_for_lost_wake_up(RunId run) const;

  store::MemoryDatabase memory_;
};

}  // namespace pawl::sim

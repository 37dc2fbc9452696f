#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "store/store.hpp"

/// A database in memory that answers each call of a Store as PostgreSQL does: for simulation and
/// for tests. Single-threaded and deterministic: time, faults and the order of calls are the
/// caller's. What PostgreSQL does in READ COMMITTED between the snapshot of a statement and its
/// effect can be played by `begin_send` and `begin_commit`.
namespace pawl::store {

/// Rules whose wrong variants lose wake-ups; there to prove that the simulator would notice.
struct MemoryRules {
  /// What a sender asks to know whether it must wake the run: the flag beside the counter it has
  /// just locked, or the owner in `run`, which its snapshot may still show.
  enum class Wake { parked_flag, owner_in_snapshot } wake = Wake::parked_flag;
  /// What a park is guarded by: the counter, or the absence of unread rows in the snapshot.
  enum class Park { counter, no_unread_in_snapshot } park = Park::counter;
};

class MemoryTables;

class MemoryDatabase {
 public:
  enum class Moment { before, after };
  /// Called around each call with its name. Throws Unavailable at `before`: not done; at `after`:
  /// done, but the reply is lost.
  using Hook = std::function<void(std::string_view call, Moment moment)>;

  explicit MemoryDatabase(std::function<TimePoint()> now, MemoryRules rules = {});
  ~MemoryDatabase();

  /// A session; it must not outlive the database.
  std::unique_ptr<Store> open(Hook hook = {});

  /// Takes the statement's snapshot now; calling the result lets it lock, write and commit. Other
  /// calls may come between.
  std::function<SendReply()> begin_send(const InboxRow& request, const std::string& dedup,
                                        bool reopen);
  std::function<CommitReply()> begin_commit(const Batch& batch);

  /// The run sleeps although a row lies unread in its inbox: a lost wake-up.
  bool sleeps_on_unread(RunId run) const;
  /// All rows, for checkers.
  const MemoryTables& tables() const { return *tables_; }

 private:
  std::unique_ptr<MemoryTables> tables_;
};

}  // namespace pawl::store

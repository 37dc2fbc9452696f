#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "core/expressions.hpp"
#include "core/run_state.hpp"
#include "store/store.hpp"

/// Owns runs for one incarnation: applies what happens to them, batches the transitions for the
/// journal, and releases effects once they are durable.
///
/// Free of I/O, threads and clocks: it asks the world through `Port`, and the world answers by
/// calling back. The worker drives it on its loop thread; the simulator in virtual time.
///
/// Invariants:
///  1. At most one batch is under way; effects leave only after the batch that decided them.
///  2. A run that is being released gets no event until the answer has come.
///  3. slots_used_ counts every attempt that the core regards as running in a run held here.
///  4. After `fenced` nothing is written and nothing started by this Owner.
namespace pawl::runtime {

/// A run that has come to this worker, with all that is needed to go on.
struct Arrival {
  store::LoadedRun rows;
  std::shared_ptr<const core::Graph> graph;  ///< Null when the definition cannot be read.
  std::string problem;                       ///< Then: why.
  std::vector<store::InboxRow> inbox;
  /// Where its steps begin, on this host; stays while anybody holds it. Null: in rows.folder.
  std::shared_ptr<const std::string> copy{};
};

/// What Owner asks for. Every call returns at once; answers come later.
class Port {
 public:
  virtual ~Port() = default;
  /// Answer: committed, commit_lost (then nothing until settled), or commit_refused; `batch` lives
  /// until then.
  virtual void commit(const store::Batch& batch) = 0;
  /// Answer: claimed, also when there was nothing.
  virtual void claim(int limit) = 0;
  /// Answer: inbox.
  virtual void read_inbox() = 0;
  /// Runs that are ours but not held. Answer: arrived.
  virtual void reload(std::vector<RunId> runs) = 0;
  /// The attempt's start is durable: begin. Answer: attempt_ended.
  virtual void start_attempt(const core::RunState& run, InstId inst, std::int32_t attempt) = 0;
  /// Answer: attempt_ended, if it was under way.
  virtual void stop_attempt(RunId run, InstId inst, std::int32_t attempt, core::StopWhy why) = 0;
  /// The run left this worker: attempts of it that are still under way must end, unheard.
  virtual void forget(RunId run) = 0;
};

struct OwnerLimits {
  std::int32_t slots = 2;            ///< Attempts at a time.
  std::int32_t batch_events = 200;   ///< Events in one batch.
  std::int32_t events_ahead = 200;   ///< That a run's brief scripts may be ahead of its rows.
  std::int32_t claim_runs = 200;     ///< Runs in one claim.
  std::int32_t held_runs = 2'000;    ///< Runs in memory; the others stay in the queue.
  std::int32_t turns_in_a_row = 16;  ///< Starts that a run may make before others get a slot.
  /// While more attempts run than wait for the journal, a batch that is not full is sent at most
  /// that often: the running ones hide the wait, and fuller batches leave them more of the machine.
  Micros gather{2'000};
  Micros lease{std::chrono::seconds{15}};
  Micros park_after{std::chrono::seconds{5}};  ///< A run that waits longer is parked.
};

class Owner {
 public:
  Owner(Incarnation inc, const OwnerLimits& limits, const Clock& clock,
        core::Expressions& expressions, Port& port);
  ~Owner();
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  // Answers of the world.
  void committed(const store::CommitReply& reply);
  void commit_lost() {}
  void settled(const store::Settled& settled);
  void commit_refused(const std::string& why);
  void claimed(std::vector<Arrival> arrivals);
  /// Runs that came without a claim: of a dead worker, or after reload. Like in `claimed`, attempts
  /// that their rows call running are lost.
  void arrived(std::vector<Arrival> arrivals);
  /// The runs that are ours by the database. One that is not held twice in a row is loaded again:
  /// the reply that should have brought it was lost.
  void owned(const std::vector<RunId>& runs);
  void inbox(const std::vector<store::InboxRow>& rows);
  void attempt_ended(RunId run, core::AttemptEnded ended);
  /// There may be something to claim, or to read in the inbox.
  void hint_queue() { claim_wanted_ = true; }
  void hint_inbox() { inbox_wanted_ = true; }

  /// Lets time pass and does what is due: timers, renewal, claims, the next batch. To be called at
  /// the end of each turn of the loop, and at `next_wake`.
  void pump();
  /// When pump must be called again though nothing happened.
  TimePoint next_wake() const;

  /// Claims nothing more; stops attempts (they go on elsewhere from their checkpoints) and lets
  /// all runs go.
  void drain();
  bool is_drained() const { return draining_ && held_.empty() && !in_flight_; }
  /// Another one has this lane now, or the database is older than our memory: everything held is
  /// forgotten. The worker must end its attempts and start as a new incarnation.
  bool is_fenced() const { return fenced_; }
  std::size_t held_runs() const { return held_.size(); }
  std::int32_t slots_used() const { return slots_used_; }
  const core::RunState* find(RunId run) const;

 private:
  struct Held;
  struct Flight;
  void take(Arrival arrival, bool fresh);
  void set_aside(const Arrival& arrival, const std::string& why);
  void handle(Held& held, core::Event happened);
  void read_requests(Held& held, const std::vector<store::InboxRow>& rows);
  void note_applied(Held& held, const core::Event& happened, const core::Applied& applied);
  bool may_run_ahead(const Held& held, const core::StartAttempt& start) const;
  void plan_release(Held& held);
  void make_dirty(Held& held);
  void watch_time(Held& held);
  void grant_slots();
  void due_runs();
  bool may_send() const;
  void send_batch();
  void add_to_batch(Held& held, store::Batch& batch);
  void answer_quarantined(Held& held, const core::Event& happened);
  void stay(Held& held);
  void give_back(Held& held);
  void drop(RunId run);
  void release_effects(Held& held, const std::vector<core::Effect>& effects);
  void begin(const Held& held, const core::StartAttempt& start);
  void watch_suspects(const Held& held);
  std::int32_t slots_for(const Held& held, std::int32_t freed) const;
  void become_fenced();
  core::Event event(core::Happening what) const;
  std::int32_t free_slots() const { return limits_.slots - slots_used_; }

  Incarnation inc_;
  OwnerLimits limits_;
  const Clock& clock_;
  core::Expressions& expressions_;
  Port& port_;

  std::map<RunId, std::unique_ptr<Held>> held_;
  std::deque<RunId> dirty_;   ///< Runs with something to write, oldest first.
  std::deque<RunId> hungry_;  ///< Runs with ready steps that found no slot, oldest first.
  std::set<std::pair<TimePoint, RunId>> timers_;
  std::set<RunId> missing_;  ///< Owned but not held at the last look.
  std::set<RunId> staying_;  ///< Not let go by the last batch: asked again after the inbox.
  std::set<std::pair<RunId, InstId>> live_;  ///< Attempts that were begun and have not ended.
  std::set<RunId> suspects_;  ///< Runs with a step that waits for this worker to be idle.
  std::optional<std::pair<RunId, InstId>> lonely_;  ///< The suspect that runs: nothing beside it.
  std::unique_ptr<Flight> in_flight_;
  std::int64_t next_seq_ = 1;
  TimePoint last_batch_{};
  std::int32_t slots_used_ = 0;
  std::size_t events_waiting_ = 0;  ///< Not yet in a batch, of all runs.
  bool one_by_one_ = false;         ///< A batch was refused: find the run that spoils it.
  bool claim_wanted_ = true;
  bool claim_under_way_ = false;
  bool inbox_wanted_ = false;
  bool inbox_under_way_ = false;
  bool draining_ = false;
  bool fenced_ = false;
};

}  // namespace pawl::runtime

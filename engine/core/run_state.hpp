#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/time.hpp"
#include "core/copies.hpp"
#include "core/event.hpp"
#include "core/graph.hpp"
#include "core/states.hpp"

/// The state of one run, and `apply`, the only function that changes it.
///
/// Pure: no clock, no I/O, no threads. Deterministic: the same state and event give the same
/// answer, so that a simulator can drive it and a bug can be replayed.
///
/// A step instance:
///
///   pending ──needs ended──▶ ready ──slot──▶ running ──▶ succeeded | failed | skipped | cancelled
///      │                       ▲               │            (a `wait`, an `approval`: ready, and
///      │                       │               │             waiting without a slot)
///      │                       └── retrying ◀──┘ (back-off; a lost or released attempt: ready)
///      └──▶ skipped | not_run | cancelled
///
/// A step with `effects: once` that was interrupted: running ──▶ ready, in doubt ──▶ running
/// (`verify`) ──▶ succeeded | ready | unknown, which Resolve ends.
///
/// Invariants (checked by `check_consistent`, after every apply in tests):
///  1. An ended step moves only by Repair and Resolve.
///  2. A block runs exactly while one of its steps has not ended, once it was entered.
///  3. The counters of needs and open children equal a count from scratch.
///  4. An ended run has no ready, running or retrying step; a quarantined one is left as it was.
namespace pawl::core {

/// Size of one output that may be kept beside a step's row.
inline constexpr std::size_t output_bytes_max = std::size_t{256} << 10;

/// Signals of a run that nothing has waited for yet: so many, and so many bytes of them.
inline constexpr std::size_t kept_signals_max = 1000;
inline constexpr std::size_t kept_signal_bytes_max = std::size_t{1} << 20;

/// Lost attempts after which a step is a suspect.
inline constexpr std::int32_t suspect_after = 2;

/// What an instance is and where it stands: given with its number, and never changed.
struct Standing {
  StepId step;
  InstId parent{-1};      ///< The block or the holder of items that it is in; negative for none.
  std::int32_t copy = 0;  ///< Index into RunState::copies.
  Role role = Role::step;
  InstId undo_of{-1};  ///< Of an undo: whose.
};

/// What somebody has said to an approval.
struct Vote {
  std::string by;
  TimePoint at{};
  std::string option, comment;
  JsonText form{"{}"};
};

/// What a step waits for, or has waited for.
struct Waiting {
  std::string signal;                  ///< Empty: none.
  std::string title, body;             ///< Of an approval.
  std::vector<std::string> approvers;  ///< Empty: everybody.
  std::vector<Vote> votes;             ///< For it; a quorum of them decides.
};

/// A signal that nothing has waited for yet.
struct KeptSignal {
  std::string name;
  JsonText payload;
};

struct Instance : Standing {
  StepState state = StepState::pending;
  Reason reason = Reason::none;
  bool ignored = false;   ///< The failure counts as success (`on_error: continue`, ignore()).
  bool stopping = false;  ///< StopAttempt was given for the running attempt.
  StopWhy stop_why = StopWhy::cancel;
  /// Of a step with `effects: once`: an attempt was lost, and the next one only asks whether it was
  /// done.
  bool in_doubt = false;
  std::int32_t attempt = 0;  ///< Number of the last attempt started; never falls.
  std::int32_t tries = 0;    ///< Attempts of this generation that count for `max_attempts`.
  std::int32_t lost = 0;     ///< Attempts of this generation whose worker died.
  std::int32_t generation = 0;
  std::int32_t done_in = 0;  ///< Seq of the event in which it succeeded; of steps with `undo`.
  std::optional<TimePoint> ready_at, started_at, ended_at;
  std::optional<TimePoint> due_at;  ///< retrying, waiting: when to go on.
  std::optional<TimePoint> deadline_at;
  Micros paused_for{0};  ///< Since ready_at; a deadline does not count it.
  JsonText output;
  std::shared_ptr<const Failure> error;
  std::string note;  ///< Why it was skipped, …
  ItemRange items;   ///< Of a holder.
  /// Of a `switch`: which of its steps runs, from 0; of a `race`: which has won. Negative: none.
  std::int32_t chosen = -1;

  std::shared_ptr<const Waiting> waiting;  ///< Of a `wait` for a signal, or an `approval`.

  bool has_row = false;  ///< Kept by the owner: then its row is kept up to date.

  // Derived, not stored: how many needs are in which way over, and how many children are open.
  struct Counts {
    std::int32_t ended = 0;  ///< Of all needs.
    std::int32_t blocking =
        0;  ///< Needs of any source that failed, were cancelled, not run, unknown.
    std::int32_t succeeded = 0;  ///< Of the deciding needs, like the next two.
    std::int32_t skipped = 0;
    std::int32_t failed = 0;
    std::int32_t open_children = 0;
    std::int32_t active_children = 0;  ///< Of these: begun.
    bool operator==(const Counts&) const = default;
  } counts;
};

/// Everything about a run that its rows hold, besides its instances.
struct RunFacts {
  RunPhase phase = RunPhase::queued;
  JsonText inputs{"{}"};
  JsonText env{"{}"};
  JsonText outputs;
  bool paused = false;
  std::optional<TimePoint> paused_at;
  bool cancelling = false;
  std::string cancel_why;
  std::optional<TimePoint> started_at, ended_at;
  Micros idle{0};                        ///< Of that: paused, or ended and not yet repaired.
  std::shared_ptr<const Failure> error;  ///< The first failure, for people.
  std::string started_by;                ///< Who: "user:ana".
  JsonText resume_value;                 ///< The last `resume --value` that no step took.
  std::vector<KeptSignal> signals;       ///< In the order in which they came.
  /// The first number that no item ever had; 0: there were none.
  std::int32_t next_inst = 0;
  /// While the finished steps are undone and the workflow's hooks run: how the run will end.
  std::optional<RunPhase> outcome;
  /// The instances that undo what was finished, in the order in which they run.
  ItemRange undos;
};

struct RunState {
  RunId id;
  std::int64_t number = 0;
  std::shared_ptr<const Graph> graph;
  std::int32_t version = 0;  ///< Seq of the last event; apply raises it by one, unless `nothing`.
  RunFacts facts;
  std::vector<Instance> instances;               ///< By InstId; [0] is the root.
  std::vector<Copy> copies{1};                   ///< [0]: the graph itself.
  std::map<InstId, Fan> fans;                    ///< The items of those that hold any.
  std::map<InstId, std::vector<InstId>> rounds;  ///< The rounds of those that hold any, in order.
  /// Instants at which a step changes by itself: a retry is due, a deadline is over.
  std::set<std::pair<TimePoint, InstId>> timers;
  std::set<InstId> ready;  ///< Steps that wait for a slot only, in file order.
  /// Ready as well, but they need none: they begin to wait, unless the run is paused.
  std::set<InstId> ready_to_wait;
  /// Steps that wait for a signal, by its name.
  std::map<std::string, std::set<InstId>> waiting_for;
  /// Steps that could be ready but for `max_parallel`, by the block or holder they are in.
  std::map<InstId, std::set<InstId>> held;
  /// Of these: steps that lost two attempts or more with their workers. They may be what killed
  /// them, so they start on an idle worker only, one at a time: a loss is counted for each start.
  std::set<InstId> suspects;
  std::set<InstId> touched;  ///< Changed since the owner last stored their rows; [0]: facts.
  std::int32_t running = 0;  ///< Attempts under way.

  const Instance& at(InstId inst) const { return instances[static_cast<std::size_t>(inst.value)]; }
  Instance& at(InstId inst) { return instances[static_cast<std::size_t>(inst.value)]; }
  /// The next instant at which `Granted` will change something by itself: a retry, a deadline.
  std::optional<TimePoint> wake_at() const;
};

class Expressions;

/// A run before its Start event.
RunState new_run(RunId id, std::int64_t number, std::shared_ptr<const Graph> graph);

/// Fills in the row of a step, as it was stored. In the order of `inst`: items are made by their
/// holder's row. Throws Error for what no build wrote.
struct StoredStep {
  std::int32_t inst = 0, attempt = 0;
  std::int16_t state = 0, reason = 0;
  std::string_view body;
};
void load_step(RunState& run, const StoredStep& row);
/// The columns and the body of one row; of the run's own, the columns only. `item`: as
/// decode_instance.
void load_instance(Instance& instance, const StoredStep& row, Copy* item = nullptr);

/// After all rows were loaded: throws Error when one is missing that others name.
void check_loaded(const RunState& run);

/// Recomputes what is derived after facts and instances were loaded from their rows.
void restore_derived(RunState& run);

/// Ready only because what it needs has ended, and never more than that: such a step needs no row,
/// for `restore_ready` finds it again. So a run of 10,000 steps does not begin with 10,000 rows.
bool is_plainly_ready(const RunState& run, InstId inst);

/// After a run was loaded: makes the steps ready that were plainly ready when it was stored.
/// Needs restore_derived before it.
void restore_ready(RunState& run);

/// The only writer of RunState. Events for attempts that are over, and ticks without effect, answer
/// `nothing`. Never throws for what users or rows contain.
Applied apply(RunState& run, const Event& event, Expressions& expressions);

/// Throws std::logic_error with a description when an invariant above is broken; for tests.
void check_consistent(const RunState& run);

/// An attempt of it is not interrupted without need: `effects: once`.
bool happens_once(const RunState& run, InstId inst);

/// The words of a step's output: a block's is that of its last step (list) or a table by step
/// (map).
JsonText output_of(const RunState& run, InstId inst);

/// What an expression of `inst` may see: its reads, the run's inputs and env, its item.
/// `run` must outlive the result.
struct View;
View view_for(const RunState& run, InstId inst, TimePoint now);

/// Key that lets the outside world recognise repeated attempts of one step of one run: the same for
/// all automatic attempts, another after a repair. 32 hexadecimal digits.
std::string idempotency_key(const RunState& run, InstId inst);

}  // namespace pawl::core

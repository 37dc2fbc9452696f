#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/time.hpp"
#include "core/states.hpp"

/// The database as whole intentions. One Store is one session: one thread uses it, calls block.
/// Two implementations, PostgreSQL (postgres.hpp) and a model in memory (memory.hpp), behind one
/// conformance test.
///
/// Errors: Unavailable when the outcome is unknown or the server is away (reconnect, then settle);
/// Error for what a person must mend. Nothing else is thrown.
namespace pawl::store {

/// The connection broke, or the server cannot serve: try again on a new session.
class Unavailable : public std::exception {
 public:
  explicit Unavailable(std::string why) : why_(std::move(why)) {}
  const char* what() const noexcept override { return why_.c_str(); }

 private:
  std::string why_;
};

// ---- A batch: what one lane makes durable at once -------------------------------------------

enum class Release : std::uint8_t { keep, park, close };  // stored as 0, 1, 2

struct RunRow {
  RunId run;
  std::int32_t version_before = 0, version_after = 0;
  core::RunPhase phase = core::RunPhase::running;
  std::int64_t inbox_done = 0;  ///< The last inbox row that was read.
  Release release = Release::keep;
  std::optional<TimePoint> wake_at;  ///< For park: when somebody must look again.
};

struct EventRow {
  RunId run;
  TimePoint at{};
  std::int32_t seq = 0;
  std::int16_t kind = 0, body_version = 0;
  std::string actor, body;
};

struct StepRow {
  RunId run;
  TimePoint at{};
  std::int32_t inst = 0, attempt = 0, seq = 0;
  std::int16_t state = 0, reason = 0;
  std::string path, body;
};

struct InboxMark {
  RunId run;
  std::int64_t seq = 0;
};

/// Invariants, checked by the sender: each run once in `runs`; each (run, inst) once in `steps`;
/// events of a run are gapless from version_before + 1 to version_after.
struct Batch {
  Incarnation inc;
  std::int16_t lane = 0;
  std::int64_t seq = 0;
  Micros lease{};
  std::vector<RunRow> runs;
  std::vector<EventRow> events;
  std::vector<StepRow> steps;
  std::vector<InboxMark> consumed;
};

enum class CommitResult : std::uint8_t { durable, fenced, already, gap };

struct CommitReply {
  CommitResult result = CommitResult::durable;
  TimePoint now{};              ///< The database's clock; only when durable.
  std::vector<RunId> accepted;  ///< A run of the batch that is missing has another owner now.
  std::vector<RunId> released;  ///< Of the accepted: let go as asked.
};

/// What became of a batch whose reply was lost, after its number was burnt.
struct Settled {
  bool fenced = false;
  TimePoint now{};
  struct Fate {
    RunId run;
    std::int32_t version = 0;
    std::optional<Incarnation> owner;
  };
  std::vector<Fate> runs;
};

// ---- Owning runs -----------------------------------------------------------------------------

struct WorkerCard {
  std::string name, host, build;
  std::int64_t boot = 0;  ///< Tells restarts of the host apart; 0 when unknown.
  std::vector<std::string> queues = {"default"};
};

struct Registered {
  Incarnation inc;
  TimePoint now{};
};

struct ClaimedRun {
  RunId run;
  std::int32_t version = 0;
};

/// All rows of a run, to go on with it.
struct LoadedRun {
  RunId run;
  std::int64_t number = 0;
  std::int32_t version = 0;
  core::RunPhase phase = core::RunPhase::queued;
  std::int64_t inbox_done = 0;
  std::int32_t definition = 0;
  std::string folder;          ///< StartRequest::folder
  std::vector<StepRow> steps;  ///< Touched ones only, by inst.
};

struct Definition {
  std::int32_t id = 0;
  std::string name;
  std::string hash;    ///< SHA-256 of the bundle, 32 bytes.
  std::string bundle;  ///< The workflow file's bytes (one file in this version).
  std::string file;    ///< Its name as given.
  std::string plan;    ///< dsl::encode_plan
  std::int32_t plan_version = 0, sem = 0;
};

struct InboxRow {
  RunId run;
  std::int64_t seq = 0;
  std::int16_t kind = 0;
  std::string actor, body;
};

/// A lane as a possible taker sees it.
struct LaneSight {
  Incarnation inc;
  std::int64_t last_seq = 0;
  std::string name, host;
  std::int64_t boot = 0;
  bool lease_over = false;  ///< lease_until < clock_timestamp()
  bool fenced = false;      ///< Fenced but still owning runs: adopt goes on.
};

// ---- From outside ----------------------------------------------------------------------------

struct StartRequest {
  std::int32_t definition = 0;
  std::string namespace_name = "default", queue = "default", actor;
  std::string key;  ///< Empty: none.
  std::string labels = "{}";
  std::string request;  ///< core::encode_request(Start{…})
  std::string folder;   ///< Absolute folder of the workflow file on the host that started it.
};

struct StartReply {
  RunId run;
  std::int64_t number = 0;
  enum class Result : std::uint8_t { started, exists, conflict } result = Result::started;
};

struct SendReply {
  std::int64_t seq = 0;  ///< 0: the run has ended, nothing was stored.
  bool known = false;    ///< False: there is no such run.
};

/// What a step reports while it runs; written beside the journal.
struct Progress {
  RunId run;
  std::int32_t inst = 0, attempt = 0;
  std::optional<double> fraction;
  std::optional<double> done, total;
  std::string message;
  TimePoint at{};
};

struct LogChunk {
  RunId run;
  std::int32_t inst = 0, attempt = 0, n = 0;
  TimePoint at{};
  std::string bytes;       ///< Framed lines, compressed: see store/log_frame.hpp.
  std::int32_t lines = 0;  ///< Ends of lines in it.
};

enum class NoteKind : std::uint8_t { checkpoint, memo };

/// A value that a step keeps across its attempts. `key` is empty for checkpoints (the last counts).
struct Note {
  RunId run;
  std::int32_t inst = 0, generation = 0;
  NoteKind kind = NoteKind::checkpoint;
  std::string key;
  JsonText value;
};

/// Commits that hold no thread: `send`, then `receive` whenever the descriptor can be read. One
/// batch at a time, and nothing else on the session meanwhile.
class CommitLine {
 public:
  /// Throws Unavailable when the connection is gone; the batch may have got through.
  virtual void send(const Batch& batch) = 0;
  /// Sends what is left of it; false when that must wait until the descriptor can be written.
  virtual bool flush() = 0;
  virtual int descriptor() const = 0;

  enum class Stage : std::uint8_t {
    waiting,     ///< The answer is not here yet.
    durable,     ///< `reply` holds.
    not_written  ///< Nothing was written: Store::commit tells why, or succeeds.
  };
  struct Answer {
    Stage stage = Stage::waiting;
    CommitReply reply;
  };
  /// Throws like Store::commit.
  virtual Answer receive() = 0;

 protected:
  ~CommitLine() = default;
};

class Store {
 public:
  virtual ~Store() = default;

  /// Null: only the calls that block. Lives as long as the Store.
  virtual CommitLine* commit_line() { return nullptr; }

  /// A new incarnation with lane 0 and a lease from now.
  virtual Registered register_worker(const WorkerCard& card, Micros lease) = 0;

  /// Makes `batch` durable in one statement. An empty batch renews the lease.
  /// Throws Unavailable when the outcome is unknown: settle on a new session. Throws Error when a
  /// row itself is refused: nothing was written, the same seq may be used for another batch.
  virtual CommitReply commit(const Batch& batch) = 0;

  /// Burns the number of a batch whose reply was lost, then tells the fate of its runs. May be
  /// repeated. A run at version_after was accepted; at version_before and ours: send it again.
  virtual Settled settle(const Batch& batch) = 0;

  /// Takes at most `limit` ready runs, by priority, then age; skips rows that others hold.
  /// Nothing when `inc` is fenced.
  virtual std::vector<ClaimedRun> claim(Incarnation inc, std::span<const std::string> queues,
                                        int limit) = 0;
  /// All runs that `inc` owns: what a lost reply of claim or adopt may have brought.
  virtual std::vector<ClaimedRun> owned(Incarnation inc) = 0;
  /// Makes at most `limit` parked runs whose time has come ready. Returns how many.
  virtual int promote_due(int limit) = 0;
  /// Is any run parked that will have to be woken at some time? Whoever leaves leaves it to others.
  virtual bool has_sleepers() = 0;
  /// The rows of the given runs; a run that is not there is left out.
  virtual std::vector<LoadedRun> load(std::span<const RunId> runs) = 0;
  virtual std::optional<Definition> definition(std::int32_t id) = 0;
  /// Unread inbox rows of runs that `inc` owns, by run and seq. Rows that were applied but whose
  /// batch is not stored yet are among them.
  virtual std::vector<InboxRow> read_inbox(Incarnation inc, int limit) = 0;
  /// The same of these runs only, whoever owns them: what a run arrives with must not hide behind
  /// the unread rows of all the others.
  virtual std::vector<InboxRow> inbox_of(std::span<const RunId> runs, int limit) = 0;

  /// Lanes of others that may need a taker: not fenced, or fenced with runs still theirs.
  virtual std::vector<LaneSight> lanes(Incarnation me) = 0;
  /// Fences a dead lane. With `last_seq`, only while it still stands there (a sign of life since
  /// makes it answer false); without, unconditionally: the caller holds its lock.
  virtual bool fence(Incarnation dead, std::optional<std::int64_t> last_seq) = 0;
  /// Re-owns at most `limit` runs of a fenced incarnation; call until it returns none.
  virtual std::vector<ClaimedRun> adopt(Incarnation dead, Incarnation me, int limit) = 0;

  /// Stores a definition once; the id of the equal one that is there, if so.
  virtual std::int32_t put_definition(const Definition& definition) = 0;
  /// Creates runs with their Start in the inbox; durable on return. Same order as the requests.
  virtual std::vector<StartReply> start(std::span<const StartRequest> requests) = 0;
  /// Puts one request into the inbox of a run; durable on return. With `reopen` (core::reopens)
  /// also when the run has ended.
  virtual SendReply send(RunId run, std::int16_t kind, const std::string& actor,
                         const std::string& dedup, const std::string& body, bool reopen) = 0;

  /// Progress may lose its last second in a crash; log chunks too. A chunk that is there is
  /// replaced (the tail of a capped log).
  virtual void put_progress(std::span<const Progress> progress) = 0;
  virtual void put_logs(std::span<const LogChunk> chunks) = 0;
  /// Durable on return; false when `inc` is fenced or does not own the run.
  virtual bool put_notes(Incarnation inc, std::span<const Note> notes) = 0;
  /// Notes of the step, of this generation and of earlier ones: a repaired step goes on from its
  /// last checkpoint. For each (kind, key) the newest generation only.
  virtual std::vector<Note> notes(RunId run, std::int32_t inst, std::int32_t generation) = 0;

  /// Makes partitions for the two weeks ahead; cheap when they are there.
  virtual void ensure_partitions() = 0;
};

}  // namespace pawl::store

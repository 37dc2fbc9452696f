#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "core/states.hpp"
#include "store/run_filter.hpp"
#include "store/store.hpp"

/// What people read: the state of runs as of the last commit. One Reader is one session of
/// PostgreSQL; every call is one bounded statement. Throws Unavailable and Error like Store.
namespace pawl::store {

struct RunSummary {
  RunId run;
  std::int64_t number = 0;
  std::string workflow, key, labels, actor, namespace_name;
  core::RunPhase phase = core::RunPhase::queued;
  std::int32_t version = 0;
  std::int32_t definition = 0;
  std::string folder;
  std::optional<Incarnation> owner;
  std::string owner_name, owner_host;
  TimePoint created_at{};
  std::optional<TimePoint> wake_at, ended_at;
};

/// The columns of a step's row that tell where it is, without its body.
struct StepMark {
  std::int32_t inst = 0, attempt = 0, seq = 0;
  std::int16_t state = 0;
  TimePoint at{};  ///< Of its last change.
};

/// A worker as it called itself.
struct WorkerName {
  Incarnation inc;
  std::string name, host;
};

/// A log chunk without its bytes.
struct LogMark {
  std::int32_t inst = 0, attempt = 0, n = 0;
  TimePoint at{};                     ///< Of its first piece.
  std::optional<std::int32_t> lines;  ///< Ends of lines in it; an older build did not count.
};

struct LogPosition {
  std::int32_t inst = 0, attempt = 0, n = 0;
};

/// A run that went well, and when it did.
struct PastRun {
  RunId run;
  TimePoint started_at{}, ended_at{};
};

/// A step of such a run that succeeded.
struct PastStep {
  RunId run;
  std::string path;
  TimePoint started_at{}, ended_at{};
};

/// What a database is to this build.
struct SchemaState {
  int applied = 0;  ///< Highest migration in the database; 0: none yet.
  int known = 0;    ///< Highest migration of this build.
};

class Reader {
 public:
  virtual ~Reader() = default;

  /// Asked before anything else: the other calls need the tables of this build.
  virtual SchemaState schema() = 0;

  /// Runs that `text` names: a number, an id (15 digits and more), a key ("key:K" for keys that
  /// look like numbers), "last", "last:WORKFLOW", "last~N". Several when a key is used by several
  /// workflows, none when unknown.
  virtual std::vector<RunSummary> find(std::string_view text) = 0;
  /// Those that `filter` means, in its order; `before` continues after the run with that number,
  /// newest first.
  virtual std::vector<RunSummary> runs(int limit, std::optional<std::int64_t> before,
                                       const RunFilter& filter) = 0;
  /// The run's own row of each of these runs, as far as it has one: see core::decode_facts.
  virtual std::vector<StepRow> facts(const std::vector<RunId>& runs) = 0;
  /// Rows of all touched steps, by inst ([inst 0] is the run itself, see core/codec.hpp).
  virtual std::vector<StepRow> steps(RunId run) = 0;
  /// Rows of these steps only.
  virtual std::vector<StepRow> steps_of(RunId run, const std::vector<std::int32_t>& insts) = 0;
  /// What changed in events behind `after`, by inst. Costs the server a look at each row of the
  /// run; who draws a busy run reads this now and then instead of each event.
  virtual std::vector<StepMark> marks(RunId run, std::int32_t after) = 0;
  /// Events with seq > `after`, at most `limit`, in order.
  virtual std::vector<EventRow> events(RunId run, std::int32_t after, int limit) = 0;
  /// Log chunks behind `after` in the order (inst, attempt, n); `inst` < 0: all steps.
  virtual std::vector<LogChunk> logs(RunId run, std::int32_t inst, const LogPosition& after,
                                     int limit) = 0;
  /// All chunks of these steps (of all, when `insts` is empty) by (inst, attempt, n).
  virtual std::vector<LogMark> log_marks(RunId run, const std::vector<std::int32_t>& insts) = 0;
  /// These chunks, in the order of (inst, attempt, n).
  virtual std::vector<LogChunk> log_chunks(RunId run, const std::vector<LogPosition>& chunks) = 0;
  /// The last `chunks` of each of these attempts (inst, attempt), in order.
  virtual std::vector<LogChunk> log_ends(
      RunId run, const std::vector<std::pair<std::int32_t, std::int32_t>>& attempts,
      int chunks) = 0;
  virtual std::vector<Progress> progress(RunId run) = 0;
  /// Of these steps only.
  virtual std::vector<Progress> progress_of(RunId run, const std::vector<std::int32_t>& insts) = 0;
  /// The last good runs of the workflow of `run` beside `run` itself, newest first, at most
  /// `limit`. Looks at the last few hundred runs only, so that a workflow that always fails costs
  /// no more.
  virtual std::vector<PastRun> past_runs(RunId run, int limit) = 0;
  /// All steps of `runs` that succeeded, blocks as well. Costs the server some 10 µs for each.
  virtual std::vector<PastStep> past_steps(const std::vector<RunId>& runs) = 0;
  /// Checkpoint and memos of each of these steps, by inst; of each the newest generation.
  virtual std::vector<Note> notes(RunId run, const std::vector<std::int32_t>& insts) = 0;
  virtual std::vector<WorkerName> workers(const std::vector<std::int64_t>& incs) = 0;
  virtual std::optional<Definition> definition(std::int32_t id) = 0;
  /// Workers that are alive (their lease holds) and serve `queue`.
  virtual int live_workers(const std::string& queue) = 0;
  virtual std::int64_t newest_number() = 0;
};

}  // namespace pawl::store

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/time.hpp"
#include "core/event.hpp"
#include "core/expressions.hpp"
#include "dsl/plan.hpp"

/// A step kind: what one attempt does. It reports, and knows nothing of the journal or of retries.
namespace pawl::steps {

/// What an attempt is for.
enum class Task : std::uint8_t {
  work,    ///< The step itself.
  verify,  ///< Was the lost attempt before it done?
  undo     ///< Takes back what the step did.
};

/// Everything one attempt may know; owned by value, so that it can outlive the run's state.
struct Job {
  RunId run;
  std::int64_t run_number = 0;
  std::string workflow;
  InstId inst;
  std::int32_t attempt = 0, generation = 0;
  std::shared_ptr<const dsl::Plan> plan;
  StepId step;
  Task task = Task::work;
  bool brief = false;   ///< Its script ends at once (core::Graph::is_brief): it needs no thread.
  std::string path;     ///< "build.clean"
  std::string folder;   ///< The bundle's folder on this host.
  std::string scratch;  ///< $PAWL_TMP of this attempt: made when needed, removed after it.
  std::string idempotency_key;
  TimePoint now{}, run_started{};
  JsonText inputs, env, outputs, resume_value;
  std::optional<JsonText> output;  ///< Of the step, for its undo.
  struct Read {
    std::string name;
    core::StepState state = core::StepState::pending;
    JsonText output;
    std::optional<core::Failure> error;
  };
  std::vector<Read> reads;
  JsonText item_key;  ///< Of the item of a `foreach` that it is, or is in; null for none.
  std::vector<std::pair<std::string, JsonText>> names;  ///< `item`, `index`: see core::View.
  std::optional<core::Failure> run_error;               ///< For the workflow's hooks.
  std::optional<core::Failure> last_error;              ///< Of the attempt before, for on_retry.
  JsonText checkpoint;                                  ///< The last one of an earlier attempt.
  std::vector<std::pair<std::string, JsonText>> memos;
};

/// The script that is run instead of the step; null when it is the step itself.
inline const dsl::Procedure* procedure_of(const Job& job) {
  const dsl::Step& step = job.plan->step(job.step);
  if (job.task == Task::work) return nullptr;
  return job.task == Task::verify ? step.verify.get() : step.undo.get();
}

enum class Stream : std::uint8_t { out, err };

/// Where an attempt reports. Called on the loop thread only.
class Reports {
 public:
  virtual ~Reports() = default;
  virtual void log(const Job& job, Stream stream, std::string_view bytes) = 0;
  virtual void progress(const Job& job, std::optional<double> fraction, std::optional<double> done,
                        std::optional<double> total, const std::string& message) = 0;
  virtual void checkpoint(const Job& job, JsonText value) = 0;
  /// `stored` is called on the loop thread once the value is durable (false: it cannot be any
  /// more).
  virtual void memo(const Job& job, const std::string& key, JsonText value,
                    std::function<void(bool)> stored) = 0;
  virtual void comment(const Job& job, const std::string& kind, const std::string& text) = 0;
  /// Exactly once, last.
  virtual void ended(const Job& job, core::Outcome outcome) = 0;
};

/// An attempt under way.
class Attempt {
 public:
  virtual ~Attempt() = default;
  /// Asks it to end: TERM to the group, KILL after the grace time; a waiting script is cancelled.
  /// It still reports `ended`. The reason decides how it is reported: `deadline` as a failure of
  /// kind timeout, `cancel` as Stopped, `pause` as Stopped{released}.
  virtual void stop(core::StopWhy why) = 0;
};

}  // namespace pawl::steps

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/failure.hpp"
#include "scripting/script.hpp"
#include "steps/kinds.hpp"
#include "steps/step_kind.hpp"

/// What the kinds share: the part of an attempt between its hooks.
namespace pawl::steps {

/// What an attempt's slices on the pool may know besides their own work. Immutable but for the
/// flags; outlives the attempt while a slice runs.
struct AttemptContext {
  AttemptContext(Job the_job, Reports& to, Services& with)
      : job(std::move(the_job)), reports(to), worker(with.settings), services_(&with) {}
  /// Of an attempt without a loop, as tests of workflows play it: nothing can be started in it, and
  /// what is posted happens at once. The settings must outlive it.
  AttemptContext(Job the_job, Reports& to, const StepSettings& with)
      : job(std::move(the_job)), reports(to), worker(with) {}

  const dsl::Step& step() const { return job.plan->step(job.step); }
  /// Null when the step itself is the task.
  const dsl::Procedure* procedure() const { return procedure_of(job); }
  dsl::Kind kind() const { return procedure() ? procedure()->kind : step().kind; }
  const dsl::StepSpec& spec() const { return procedure() ? procedure()->spec : step().spec; }
  const dsl::Settings& settings() const {
    return procedure() ? *procedure()->settings : *step().settings;
  }
  /// Loop thread.
  Services& services() const {
    check(services_ != nullptr, "an attempt that is played starts nothing");
    return *services_;
  }
  /// Calls `work` on the loop thread, soon, unless the attempt has gone. Any thread.
  void post(std::function<void()> work) const {
    if (services_ == nullptr) return work();
    services_->lua.post(ticket, std::move(work));
  }

  const Job job;
  Reports& reports;  ///< Loop thread, and only while `ticket` lives.
  const StepSettings& worker;
  std::weak_ptr<const void> ticket;
  std::optional<std::chrono::steady_clock::time_point> ends_by;  ///< The timeout of the attempt.
  std::atomic<bool> checkpoint_due = false;
  bool has_scratch = false;  ///< Loop thread. The folder was made and must be removed.

 private:
  Services* services_ = nullptr;
};
using Context = std::shared_ptr<AttemptContext>;

/// How a body ended, before the hooks had their say.
using BodyEnd = std::variant<JsonText, core::Failure>;

struct BodyEvents {
  /// Once, last, on the loop thread; may come from inside `start` or `stop`.
  std::function<void(BodyEnd)> ended;
  std::function<void(std::optional<double> fraction, std::optional<double> done,
                     std::optional<double> total, const std::string& message)>
      progress;
};

class Body {
 public:
  virtual ~Body() = default;
  /// Nothing needs Lua before `start`.
  virtual bool is_plain() const { return false; }
  /// The scratch folder must be there before `prepare`.
  virtual bool needs_scratch() const { return false; }
  /// Evaluates what the kind needs; on a thread of the pool. The attempt may be gone meanwhile.
  virtual std::optional<core::Failure> prepare(const scripting::Scope& scope) = 0;
  /// Loop thread.
  virtual void start(BodyEvents events) = 0;
  /// Loop thread, any time: what runs on the pool for it ends soon.
  virtual void interrupt() {}
  /// Loop thread, after `start`: end soon, with whatever result.
  virtual void stop(Millis grace) = 0;
};

std::shared_ptr<Body> make_run_body(const Context& context);
/// Of the kinds `lua` and `uses`.
std::shared_ptr<Body> make_lua_body(const Context& context);

/// What `verify` has answered: the text of a command, or the values that a Lua block returned.
core::Verified verified_by(dsl::Kind kind, const JsonText& answer);

core::Failure failure_of(core::FailureKind kind, std::string message);
/// What the step needs of this machine is not to be had: `resource`, with what would mend it.
core::Failure failure_of(const Problem& want);
core::Failure failure_of(const scripting::ScriptError& error);

}  // namespace pawl::steps

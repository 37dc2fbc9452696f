#include "steps/step_attempt.hpp"

#include <utility>

#include "base/units.hpp"
#include "core/run_state.hpp"
#include "steps/environment.hpp"
#include "steps/hooks.hpp"
#include "steps/json_values.hpp"
#include "steps/scope.hpp"

namespace pawl::steps {

/// What preparing found, beside what the body keeps.
struct StepAttempt::Prepared {
  std::optional<core::Failure> failure;
  std::optional<std::string> skip;
  std::shared_ptr<const scripting::Scope> scope;
};

namespace {

/// The env of the blocks around and of the step on top of the run's; later variables see earlier
/// ones.
std::optional<core::Failure> add_environment(const Context& context, scripting::Scope& scope) {
  auto members =
      members_of(context->job.env).value_or(std::vector<std::pair<std::string, JsonText>>{});
  const dsl::Plan& plan = *context->job.plan;
  for (const StepId around : dsl::lineage_of(plan, context->job.step)) {
    for (const auto& [name, text] : plan.step(around).env) {
      auto value = evaluate_text(plan, text, scope);
      if (!value) return failure_of(core::FailureKind::expression, value.error().message);
      std::erase_if(members, [&key = name](const auto& member) { return member.first == key; });
      members.emplace_back(name, JsonText{json_quoted(value.value())});
      scope.values["env"] = core::Expressions::object(members);
    }
  }
  return std::nullopt;
}

/// `verify` and `undo` have a timeout only.
Millis heartbeat_of(const Job& job) {
  return job.task == Task::work ? job.plan->step(job.step).settings->heartbeat : Millis{0};
}

std::optional<double> share_of(std::optional<double> done, std::optional<double> total) {
  if (!done || !total || *total <= 0) return std::nullopt;
  return *done / *total;
}

}  // namespace

core::Failure failure_of(core::FailureKind kind, std::string message) {
  core::Failure failure;
  failure.kind = kind;
  failure.message = std::move(message);
  return failure;
}

core::Failure failure_of(const Problem& want) {
  return failure_of(core::FailureKind::resource,
                    want.fix.empty() ? want.message : want.message + "; " + want.fix);
}

core::Failure failure_of(const scripting::ScriptError& error) {
  const bool is_capped = error.kind != scripting::ScriptError::Kind::error;
  core::Failure failure =
      failure_of(is_capped ? core::FailureKind::limit : core::FailureKind::lua, error.message);
  failure.stack = error.traceback;
  return failure;
}

StepAttempt::StepAttempt(Job job, Reports& reports, Services& services)
    : heartbeat_(reports, services.base, heartbeat_of(job), [this] { on_silence(); }),
      ticket_(std::make_shared<int>(0)),
      context_(std::make_shared<AttemptContext>(std::move(job), heartbeat_, services)) {
  context_->ticket = ticket_;
  const Millis timeout = context_->settings().timeout;
  if (timeout.count() > 0) {
    context_->ends_by = std::chrono::steady_clock::now() + timeout;
    timeout_ = new_event<&StepAttempt::on_timeout>(services.base, -1, 0, this);
    arm(timeout_, timeout);
  }
  body_ = context_->kind() == dsl::Kind::run ? make_run_body(context_) : make_lua_body(context_);
  prepare();
}

StepAttempt::~StepAttempt() {
  if (phase_ != Phase::over) body_->interrupt();
  remove_scratch(*context_);
}

const dsl::Hooks& AttemptContext::hooks() const {
  static const dsl::Hooks none;
  return step().hooks && job.task == Task::work ? *step().hooks : none;
}

void StepAttempt::prepare() {
  LuaPool& pool = context_->services.lua;
  auto result = std::make_shared<Prepared>();
  const auto problem = body_->needs_scratch() ? make_scratch(*context_) : std::nullopt;
  if (problem) result->failure = failure_of(*problem);
  if (problem || (body_->is_plain() && !dsl::has_env(*context_->job.plan, context_->job.step) &&
                  !context_->step().hooks)) {
    pool.post(ticket_, [this, result] {
      if (!result->failure)
        result->failure = body_->prepare(scripting::Scope{{{"env", context_->job.env}}, {}, {}});
      prepared(*result);
    });
    return;
  }
  const auto work = [context = context_, body = body_, result, hooks = context_->hooks()] {
    auto scope = std::make_shared<scripting::Scope>(scope_of(context->job));
    result->scope = scope;
    if (hooks.on_retry && context->job.attempt > 1 && context->job.last_error) {
      scripting::Scope seen = *scope;
      seen.values["error"] = core::to_json(*context->job.last_error);
      run_notice(context, *hooks.on_retry, "on_retry", seen);
    }
    result->failure = add_environment(context, *scope);
    if (result->failure) return;
    if (hooks.before) {
      HookEnd end = run_before(context, *scope);
      if (end.decision) result->skip = text_of(end.decision->argument);
      result->failure = std::move(end.failure);
      if (result->skip || result->failure) return;
      scope->values["env"] = std::move(end.env);
    }
    result->failure = body->prepare(*scope);
  };
  if (context_->job.brief) {
    work();
    pool.post(ticket_, [this, result] { prepared(*result); });
  } else {
    pool.submit(ticket_, work, [this, result] { prepared(*result); });
  }
}

void StepAttempt::prepared(const Prepared& result) {
  scope_ = result.scope;
  if (!scope_ && context_->step().hooks)
    scope_ = std::make_shared<scripting::Scope>(scope_of(context_->job));
  phase_ = Phase::running;
  if (stop_ || timed_out_) return body_ended(JsonText{});
  if (result.skip) return over(core::Skipped{*result.skip});
  if (result.failure) return body_ended(*result.failure);
  checkpoint_timer_ =
      new_event<&StepAttempt::on_checkpoint_due>(context_->services.base, -1, EV_PERSIST, this);
  arm(checkpoint_timer_, context_->services.settings.checkpoint_every);
  heartbeat_.begin();
  body_->start({[this](BodyEnd end) { body_ended(std::move(end)); },
                [this](auto fraction, auto done, auto total, const std::string& message) {
                  progressed(fraction, done, total, message);
                }});
}

void StepAttempt::stop(core::StopWhy why) {
  if (phase_ == Phase::over || phase_ == Phase::concluding || stop_) return;
  stop_ = why;
  stop_body();
}

void StepAttempt::on_timeout() {
  if (phase_ == Phase::over || phase_ == Phase::concluding || stop_) return;
  timed_out_ = true;
  stop_body();
}

void StepAttempt::on_silence() {
  if (phase_ != Phase::running || stop_ || timed_out_) return;
  silent_ = true;
  stop_body();
}

void StepAttempt::stop_body() {
  if (phase_ == Phase::preparing) return body_->interrupt();
  body_->stop(context_->services.settings.grace);
}

/// A process sees a file, a script asks.
void StepAttempt::on_checkpoint_due() {
  context_->checkpoint_due = true;
  (void)write_file(checkpoint_due_path(context_->job), "");
}

void StepAttempt::body_ended(BodyEnd end) {
  phase_ = Phase::concluding;
  timeout_.reset();
  checkpoint_timer_.reset();
  heartbeat_.end();
  if (stop_ == core::StopWhy::deadline) {
    const std::string limit = format_duration(context_->settings().deadline);
    return conclude_failure(
        failure_of(core::FailureKind::timeout, "the deadline of " + limit + " has passed"));
  }
  if (stop_) return conclude_stop();
  if (timed_out_) return conclude_failure(timeout_failure());
  if (silent_) {
    return conclude_failure(
        failure_of(core::FailureKind::heartbeat,
                   "no sign of life for " + format_duration(context_->settings().heartbeat)));
  }
  if (auto* failure = std::get_if<core::Failure>(&end)) return conclude_failure(*failure);
  conclude_success(std::get<JsonText>(std::move(end)));
}

core::Failure StepAttempt::timeout_failure() const {
  return failure_of(core::FailureKind::timeout,
                    "timed out after " + format_duration(context_->settings().timeout));
}

void StepAttempt::conclude_success(JsonText output) {
  if (context_->job.task == Task::verify) return over(verified_by(context_->kind(), output));
  if (output.text.size() > core::output_bytes_max) {
    return conclude_failure(
        failure_of(core::FailureKind::output,
                   "the output has " + format_size(static_cast<std::int64_t>(output.text.size())) +
                       ", more than the " + format_size(core::output_bytes_max) +
                       " that an output may have; write it to a file and give its path"));
  }
  if (!context_->hooks().after) return over(core::Succeeded{std::move(output)});
  const auto end = std::make_shared<HookEnd>();
  context_->services.lua.submit(
      ticket_,
      [context = context_, scope = scope_, output, end] {
        *end = run_after(context, *scope, output);
      },
      [this, output, end] {
        if (end->failure) return conclude_failure(*end->failure);
        const bool is_new = !end->value.is_null();
        if (is_new && end->value.text.size() > core::output_bytes_max) {
          return conclude_failure(
              failure_of(core::FailureKind::output, "the output of the after hook is larger than " +
                                                        format_size(core::output_bytes_max)));
        }
        over(core::Succeeded{is_new ? end->value : output});
      });
}

void StepAttempt::conclude_failure(core::Failure failure) {
  failure.attempt = context_->job.attempt;
  failure.step = context_->job.path;
  if (!context_->hooks().on_error) return over(core::Failed{std::move(failure), std::nullopt});
  const auto end = std::make_shared<HookEnd>();
  context_->services.lua.submit(
      ticket_,
      [context = context_, scope = scope_, failure, end] {
        *end = run_on_error(context, *scope, failure);
      },
      [this, failure, end]() mutable {
        core::Failed failed{std::move(failure), std::nullopt};
        const auto append = [&](const std::string& why) {
          failed.failure.message += "; and its on_error hook failed: " + why;
        };
        if (end->failure) append(end->failure->message);
        if (end->decision) {
          auto meaning = meaning_of(*end->decision);
          if (meaning) {
            failed.decision = std::move(meaning).value();
          } else {
            append(meaning.error().message);
          }
        }
        over(std::move(failed));
      });
}

void StepAttempt::conclude_stop() {
  const bool released = *stop_ == core::StopWhy::pause;
  if (released || !context_->hooks().on_cancel) return over(core::Stopped{released});
  context_->services.lua.submit(
      ticket_,
      [context = context_, scope = scope_, code = *context_->hooks().on_cancel] {
        run_notice(context, code, "on_cancel", *scope);
      },
      [this] { over(core::Stopped{false}); });
}

void StepAttempt::over(core::Outcome outcome) {
  phase_ = Phase::over;
  timeout_.reset();
  checkpoint_timer_.reset();
  heartbeat_.end();
  remove_scratch(*context_);
  // Nothing is reported after the end, and whoever hears it may destroy this attempt.
  ticket_.reset();
  const Context context = context_;
  context->reports.ended(context->job, std::move(outcome));
}

void StepAttempt::progressed(std::optional<double> fraction, std::optional<double> done,
                             std::optional<double> total, const std::string& message) {
  if (!fraction) fraction = share_of(done, total);
  context_->reports.progress(context_->job, fraction, done, total, message);
  if (!context_->hooks().on_progress) return;
  progress_ = {R"({"fraction":)" + json_number(fraction) + R"(,"done":)" + json_number(done) +
               R"(,"total":)" + json_number(total) + R"(,"message":)" + json_quoted(message) + "}"};
  progress_waits_ = true;
  run_progress_hook();
}

/// One at a time; of what comes meanwhile the last is told.
void StepAttempt::run_progress_hook() {
  if (!progress_waits_ || progress_runs_ || phase_ != Phase::running) return;
  progress_waits_ = false;
  progress_runs_ = true;
  scripting::Scope scope = *scope_;
  scope.values["progress"] = progress_;
  context_->services.lua.submit(
      ticket_,
      [context = context_, scope = std::move(scope), code = *context_->hooks().on_progress] {
        run_notice(context, code, "on_progress", scope);
      },
      [this] {
        progress_runs_ = false;
        run_progress_hook();
      });
}

}  // namespace pawl::steps

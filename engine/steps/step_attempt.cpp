#include "steps/step_attempt.hpp"

#include <utility>

#include "steps/environment.hpp"
#include "steps/hooks.hpp"
#include "steps/json_values.hpp"
#include "steps/output_check.hpp"
#include "steps/scope.hpp"

namespace pawl::steps {

namespace {

/// `verify` and `undo` have a timeout only.
Millis heartbeat_of(const Job& job) {
  return job.task == Task::work ? job.plan->step(job.step).settings->heartbeat : Millis{0};
}

std::optional<double> share_of(std::optional<double> done, std::optional<double> total) {
  if (!done || !total || *total <= 0) return std::nullopt;
  return *done / *total;
}

}  // namespace

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

const dsl::Hooks& StepAttempt::hooks() const { return hooks_of(*context_); }

void StepAttempt::prepare() {
  LuaPool& pool = context_->services().lua;
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
  const auto work = [context = context_, body = body_, result] {
    *result = prepare_attempt(context, *body);
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
      new_event<&StepAttempt::on_checkpoint_due>(context_->services().base, -1, EV_PERSIST, this);
  arm(checkpoint_timer_, context_->worker.checkpoint_every);
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
  body_->stop(context_->worker.grace);
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
  const dsl::Settings& settings = context_->settings();
  if (stop_ == core::StopWhy::deadline) return conclude_failure(deadline_failure(settings));
  if (stop_) return conclude_stop();
  if (timed_out_) return conclude_failure(timeout_failure(settings));
  if (silent_) return conclude_failure(silence_failure(settings));
  if (auto* failure = std::get_if<core::Failure>(&end)) return conclude_failure(*failure);
  conclude_success(std::get<JsonText>(std::move(end)));
}

void StepAttempt::conclude_success(JsonText output) {
  if (context_->job.task == Task::verify) return over(verified_by(context_->kind(), output));
  if (auto failure = refuse_output(output)) return conclude_failure(*std::move(failure));
  if (!hooks().after) return give(std::move(output));
  const auto end = std::make_shared<HookEnd>();
  context_->services().lua.submit(
      ticket_,
      [context = context_, scope = scope_, output, end] {
        *end = run_after(context, *scope, output);
      },
      [this, output, end] {
        BodyEnd given = output_after(*end, output);
        if (auto* failure = std::get_if<core::Failure>(&given)) return conclude_failure(*failure);
        give(std::get<JsonText>(std::move(given)));
      });
}

/// The output, if it is what `output_schema` wants.
void StepAttempt::give(JsonText output) {
  const std::shared_ptr<const JsonText> schema =
      context_->job.task == Task::work ? context_->step().output_schema : nullptr;
  if (!schema) return over(core::Succeeded{std::move(output)});
  const auto wrong = std::make_shared<std::optional<core::Failure>>();
  context_->services().lua.submit(
      ticket_, [schema, output, wrong] { *wrong = check_output(*schema, output); },
      [this, output, wrong] {
        if (*wrong) return conclude_failure(**wrong);
        over(core::Succeeded{output});
      });
}

void StepAttempt::conclude_failure(core::Failure failure) {
  failure = failure_in(*context_, std::move(failure));
  if (!hooks().on_error) return over(core::Failed{std::move(failure), std::nullopt});
  const auto end = std::make_shared<HookEnd>();
  context_->services().lua.submit(
      ticket_,
      [context = context_, scope = scope_, failure, end] {
        *end = run_on_error(context, *scope, failure);
      },
      [this, failure, end] { over(failed_after(failure, *end)); });
}

void StepAttempt::conclude_stop() {
  const bool released = *stop_ == core::StopWhy::pause;
  if (released || !hooks().on_cancel) return over(core::Stopped{released});
  context_->services().lua.submit(
      ticket_,
      [context = context_, scope = scope_, code = *hooks().on_cancel] {
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
  if (!hooks().on_progress) return;
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
  context_->services().lua.submit(
      ticket_,
      [context = context_, scope = std::move(scope), code = *hooks().on_progress] {
        run_notice(context, code, "on_progress", scope);
      },
      [this] {
        progress_runs_ = false;
        run_progress_hook();
      });
}

}  // namespace pawl::steps

#include "trial/attempt.hpp"

#include <memory>

#include "base/units.hpp"
#include "steps/json_values.hpp"
#include "steps/lua_host.hpp"
#include "steps/modules.hpp"
#include "steps/output_check.hpp"

namespace pawl::trial {

using steps::BodyEnd;

namespace {

/// A body that a test gives needs nothing to be prepared.
class NoBody final : public steps::Body {
 public:
  std::optional<core::Failure> prepare(const scripting::Scope&) override { return std::nullopt; }
  void start(steps::BodyEvents) override {}
  void stop(Millis) override {}
};

/// What scripts may call, but for the files of this machine and its clock.
class TestHost final : public scripting::Host {
 public:
  TestHost(const steps::Context& context, const Micros& slept)
      : host_(context), timeout_(context->settings().timeout), slept_(slept) {}

  Result<JsonText> call(std::string_view what, const JsonText& argument) override {
    if (what.starts_with("fs.")) {
      outside_ = what;
      return Problem{"there are no files in a test", ""};
    }
    if (what != "step.remaining" || timeout_.count() == 0) return host_.call(what, argument);
    const auto left = std::chrono::duration_cast<Millis>(timeout_ - slept_).count();
    return JsonText{std::to_string(left / 1000) + "." + std::to_string(left % 1000 / 100)};
  }

  const std::string& outside() const { return outside_; }

 private:
  steps::LuaHost host_;
  Millis timeout_;
  const Micros& slept_;
  std::string outside_;
};

/// Answers what a script waits for: sleeping takes virtual time, memos are kept.
class Answers {
 public:
  Answers(std::vector<std::pair<std::string, JsonText>>& memos, Micros& slept)
      : memos_(memos), slept_(slept) {}

  /// Nothing for what a test does not have.
  std::optional<Result<JsonText>> answer(const scripting::Await& await) {
    const auto arguments = steps::items_of(await.argument).value_or(std::vector<JsonText>{});
    if (await.what == "sleep") return sleep(arguments.empty() ? JsonText{} : arguments[0]);
    if (await.what == "memo_get") return find(arguments.empty() ? "" : text(arguments[0]));
    if (await.what != "memo_set") return std::nullopt;
    if (arguments.size() > 1) memos_.emplace_back(text(arguments[0]), arguments[1]);
    return JsonText{};
  }

 private:
  static std::string text(const JsonText& value) { return steps::text_of(value); }

  Result<JsonText> sleep(const JsonText& length) {
    const auto span = parse_duration(text(length));
    if (!span) return span.error();
    slept_ += span.value();
    return JsonText{};
  }

  Result<JsonText> find(const std::string& key) const {
    for (const auto& [name, value] : memos_) {
      if (name == key) return JsonText{"[" + value.text + "]"};
    }
    return JsonText{"[]"};
  }

  std::vector<std::pair<std::string, JsonText>>& memos_;
  Micros& slept_;
};

BodyEnd end_of(const scripting::Step& step) {
  if (step.value) return *step.value;
  if (step.error) return steps::failure_of(*step.error);
  const std::string why = steps::text_of(step.decision->argument);
  return steps::failure_of(core::FailureKind::lua, why.empty() ? "fail() was called" : why);
}

}  // namespace

Attempt::Attempt(steps::Job job, const steps::StepSettings& settings)
    : context_(std::make_shared<steps::AttemptContext>(std::move(job), *this, settings)),
      checkpoint_(context_->job.checkpoint),
      memos_(context_->job.memos) {}

std::optional<core::Outcome> Attempt::begin() {
  steps::Prepared prepared;
  if (context_->kind() == dsl::Kind::run) {
    prepared = steps::prepare_attempt(context_, *steps::make_run_body(context_));
  } else {
    NoBody body;
    prepared = steps::prepare_attempt(context_, body);
  }
  scope_ = prepared.scope;
  if (prepared.skip) return core::Skipped{*prepared.skip};
  if (prepared.failure) return fail(*prepared.failure);
  return std::nullopt;
}

Played Attempt::play() {
  Played played;
  TestHost host(context_, played.slept);
  Answers answers(memos_, played.slept);
  scripting::Script script(context_->worker.lua_caps, *scope_,
                           {{"shell", "sleep", "memo"}, steps::LuaHost::step_calls(), {"fail"}},
                           &host);
  scripting::Step step = steps::start_body(script, *context_);
  while (step.await) {
    const auto answer = answers.answer(*step.await);
    if (!answer) {
      played.outside = step.await->what;
      script.cancel();
      return played;
    }
    step = script.resume(*answer);
  }
  played.outside = host.outside();
  played.end = end_of(step);
  return played;
}

core::Outcome Attempt::end(BodyEnd end) {
  if (auto* failure = std::get_if<core::Failure>(&end)) return fail(std::move(*failure));
  JsonText output = std::get<JsonText>(std::move(end));
  if (auto failure = steps::refuse_output(output)) return fail(*std::move(failure));
  if (!steps::hooks_of(*context_).after) return give(std::move(output));
  BodyEnd given = steps::output_after(steps::run_after(context_, *scope_, output), output);
  if (auto* failure = std::get_if<core::Failure>(&given)) return fail(std::move(*failure));
  return give(std::get<JsonText>(std::move(given)));
}

core::Outcome Attempt::give(JsonText output) {
  const auto& schema = context_->step().output_schema;
  if (schema && context_->job.task == steps::Task::work) {
    if (auto failure = steps::check_output(*schema, output)) return fail(*std::move(failure));
  }
  return core::Succeeded{std::move(output)};
}

core::Outcome Attempt::time_out() { return fail(steps::timeout_failure(context_->settings())); }

core::Outcome Attempt::stop(core::StopWhy why) {
  if (why == core::StopWhy::deadline) return fail(steps::deadline_failure(context_->settings()));
  const bool is_released = why == core::StopWhy::pause;
  const dsl::Hooks& hooks = steps::hooks_of(*context_);
  if (!is_released && hooks.on_cancel) {
    steps::run_notice(context_, *hooks.on_cancel, "on_cancel", *scope_);
  }
  return core::Stopped{is_released};
}

core::Outcome Attempt::fail(core::Failure failure) {
  failure = steps::failure_in(*context_, std::move(failure));
  if (!steps::hooks_of(*context_).on_error) return core::Failed{std::move(failure), std::nullopt};
  const steps::HookEnd end = steps::run_on_error(context_, *scope_, failure);
  return steps::failed_after(std::move(failure), end);
}

}  // namespace pawl::trial

#include "steps/attempt_parts.hpp"

#include <utility>

#include "base/units.hpp"
#include "core/run_state.hpp"
#include "steps/json_values.hpp"
#include "steps/scope.hpp"
#include "steps/with_values.hpp"

namespace pawl::steps {
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

/// `with` of an action as the file has it; the hook `before` sees it so.
std::optional<core::Failure> add_with(const AttemptContext& context, scripting::Scope& scope) {
  const auto* uses = std::get_if<dsl::UsesSpec>(&context.spec());
  if (uses == nullptr) return std::nullopt;
  auto with = evaluate_with(*context.job.plan, *uses, scope);
  if (!with) return failure_of(core::FailureKind::expression, with.error().message);
  scope.values["with"] = std::move(with).value();
  return std::nullopt;
}

/// `with` as the action has declared it.
std::optional<core::Failure> check_with(const AttemptContext& context, scripting::Scope& scope) {
  const auto* uses = std::get_if<dsl::UsesSpec>(&context.spec());
  if (uses == nullptr) return std::nullopt;
  JsonText& with = scope.values["with"];
  auto checked = checked_with(*uses, with);
  if (!checked) {
    const Problem& why = checked.error();
    const std::string place = context.job.plan->file + ":" + std::to_string(uses->at.line) + ": ";
    return failure_of(core::FailureKind::expression,
                      place + why.message + (why.fix.empty() ? "" : "; " + why.fix));
  }
  with = std::move(checked).value();
  return std::nullopt;
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

const dsl::Hooks& hooks_of(const AttemptContext& context) {
  static const dsl::Hooks none;
  // `verify` and `undo` have none.
  return context.step().hooks && context.job.task == Task::work ? *context.step().hooks : none;
}

Prepared prepare_attempt(const Context& context, Body& body) {
  const dsl::Hooks& hooks = hooks_of(*context);
  const auto scope = std::make_shared<scripting::Scope>(scope_of(context->job));
  Prepared result;
  result.scope = scope;
  if (hooks.on_retry && context->job.attempt > 1 && context->job.last_error) {
    scripting::Scope seen = *scope;
    seen.values["error"] = core::to_json(*context->job.last_error);
    run_notice(context, *hooks.on_retry, "on_retry", seen);
  }
  result.failure = add_environment(context, *scope);
  if (!result.failure) result.failure = add_with(*context, *scope);
  if (result.failure) return result;
  if (hooks.before) {
    HookEnd end = run_before(context, *scope);
    if (end.decision) result.skip = text_of(end.decision->argument);
    result.failure = std::move(end.failure);
    if (result.skip || result.failure) return result;
    scope->values["env"] = std::move(end.env);
    if (scope->values.contains("with")) scope->values["with"] = std::move(end.with);
  }
  result.failure = check_with(*context, *scope);
  if (result.failure) return result;
  result.failure = body.prepare(*scope);
  return result;
}

std::optional<core::Failure> refuse_output(const JsonText& output) {
  if (output.text.size() <= core::output_bytes_max) return std::nullopt;
  return failure_of(core::FailureKind::output,
                    "the output has " + format_size(static_cast<std::int64_t>(output.text.size())) +
                        ", more than the " + format_size(core::output_bytes_max) +
                        " that an output may have; write it to a file and give its path");
}

BodyEnd output_after(const HookEnd& end, JsonText output) {
  if (end.failure) return *end.failure;
  if (end.value.is_null()) return output;
  if (end.value.text.size() <= core::output_bytes_max) return end.value;
  return failure_of(core::FailureKind::output, "the output of the after hook is larger than " +
                                                   format_size(core::output_bytes_max));
}

core::Failure failure_in(const AttemptContext& context, core::Failure failure) {
  failure.attempt = context.job.attempt;
  failure.step = context.job.path;
  return failure;
}

core::Failed failed_after(core::Failure failure, const HookEnd& end) {
  core::Failed failed{std::move(failure), std::nullopt};
  const auto append = [&](const std::string& why) {
    failed.failure.message += "; and its on_error hook failed: " + why;
  };
  if (end.failure) append(end.failure->message);
  if (!end.decision) return failed;
  auto meaning = meaning_of(*end.decision);
  if (meaning) {
    failed.decision = std::move(meaning).value();
  } else {
    append(meaning.error().message);
  }
  return failed;
}

core::Failure timeout_failure(const dsl::Settings& settings) {
  return failure_of(core::FailureKind::timeout,
                    "timed out after " + format_duration(settings.timeout));
}

core::Failure silence_failure(const dsl::Settings& settings) {
  return failure_of(core::FailureKind::heartbeat,
                    "no sign of life for " + format_duration(settings.heartbeat));
}

core::Failure deadline_failure(const dsl::Settings& settings) {
  return failure_of(core::FailureKind::timeout,
                    "the deadline of " + format_duration(settings.deadline) + " has passed");
}

}  // namespace pawl::steps

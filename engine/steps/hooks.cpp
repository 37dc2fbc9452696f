#include "steps/hooks.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "steps/json_values.hpp"
#include "steps/lua_host.hpp"
#include "steps/modules.hpp"

namespace pawl::steps {
namespace {

/// The global `name` as a hook has left it, a table; else a failure.
void read_back(scripting::Script& script, const std::string& name, JsonText& into, HookEnd& end) {
  auto value = script.global(name);
  if (!value) {
    end.failure = failure_of(core::FailureKind::lua, value.error().message);
  } else if (!members_of(value.value())) {
    end.failure =
        failure_of(core::FailureKind::lua, "the before hook made `" + name + "` " +
                                               shown(value.value()) + ", which is no table of " +
                                               (name == "env" ? "variables" : "values"));
  } else {
    into = std::move(value).value();
  }
}

/// Runs one hook to its end. `is_before`: read `env` and `with` back afterwards.
HookEnd run_hook(const Context& context, const dsl::Code& code, scripting::Scope scope,
                 std::vector<std::string> decisions, bool is_before = false) {
  LuaHost host(context);
  const bool has_with = scope.values.contains("with");
  const scripting::Script::Functions functions{{}, LuaHost::hook_calls(), std::move(decisions)};
  scripting::Script script(context->worker.hook_caps, std::move(scope), functions, &host);
  scripting::Step step = start_block(script, *context->job.plan, code);
  HookEnd end;
  if (step.error) end.failure = failure_of(*step.error);
  end.decision = std::move(step.decision);
  if (step.value) end.value = *std::move(step.value);
  if (!is_before || end.failure || end.decision) return end;
  read_back(script, "env", end.env, end);
  if (has_with && !end.failure) read_back(script, "with", end.with, end);
  return end;
}

/// `fail("why")` is a failure like an error, without a traceback.
void turn_fail_into_failure(HookEnd& end) {
  if (!end.decision || end.decision->what != "fail") return;
  std::string why = text_of(end.decision->argument);
  end.failure = failure_of(core::FailureKind::lua, why.empty() ? "fail() was called" : why);
  end.decision.reset();
}

}  // namespace

HookEnd run_before(const Context& context, const scripting::Scope& scope) {
  HookEnd end = run_hook(context, *context->step().hooks->before, scope, {"skip", "fail"}, true);
  turn_fail_into_failure(end);
  return end;
}

HookEnd run_after(const Context& context, scripting::Scope scope, const JsonText& output) {
  scope.values["output"] = output;
  HookEnd end = run_hook(context, *context->step().hooks->after, std::move(scope), {"fail"});
  turn_fail_into_failure(end);
  return end;
}

HookEnd run_on_error(const Context& context, scripting::Scope scope, const core::Failure& error) {
  scope.values["error"] = core::to_json(error);
  return run_hook(context, *context->step().hooks->on_error, std::move(scope),
                  {"retry", "ignore", "pause"});
}

void run_notice(const Context& context, const dsl::Code& code, const std::string& name,
                const scripting::Scope& scope) {
  const HookEnd end = run_hook(context, code, scope, {});
  if (!end.failure) return;
  std::string text = "pawl: the hook " + name + " failed: " + end.failure->message + "\n";
  if (!end.failure->stack.empty()) text += end.failure->stack + "\n";
  context->post(
      [context, text = std::move(text)] { context->reports.log(context->job, Stream::err, text); });
}

Result<core::Failed::Decision> meaning_of(const scripting::Decision& decision) {
  using What = core::Failed::Decision::What;
  core::Failed::Decision meaning;
  if (decision.what == "ignore") {
    meaning.what = What::ignore;
    meaning.output = decision.argument;
    return meaning;
  }
  if (decision.what == "pause") {
    meaning.what = What::pause;
    meaning.why = text_of(decision.argument);
    return meaning;
  }
  meaning.what = What::retry;
  const JsonText delay = member_of(decision.argument, "delay");
  if (delay.is_null()) return meaning;
  const auto span = parse_duration(text_of(delay));
  if (!span) return Problem{"retry: delay: " + span.error().message, span.error().fix};
  meaning.delay = span.value();
  return meaning;
}

}  // namespace pawl::steps

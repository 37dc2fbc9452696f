#include "steps/hooks.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "steps/json_values.hpp"
#include "steps/lua_host.hpp"

namespace pawl::steps {
namespace {

/// Runs one hook to its end. `wants_env`: read `env` back afterwards.
HookEnd run_hook(const Context& context, const dsl::Code& code, scripting::Scope scope,
                 std::vector<std::string> decisions, bool wants_env = false) {
  LuaHost host(context);
  const scripting::Script::Functions functions{{}, LuaHost::hook_calls(), std::move(decisions)};
  scripting::Script script(context->worker.hook_caps, std::move(scope), functions, &host);
  scripting::Step step = script.start({code.text, context->job.plan->file, code.at.line, false});
  HookEnd end;
  if (step.error) end.failure = failure_of(*step.error);
  end.decision = std::move(step.decision);
  if (step.value) end.value = *std::move(step.value);
  if (wants_env && !end.failure && !end.decision) {
    auto env = script.global("env");
    if (!env) {
      end.failure = failure_of(core::FailureKind::lua, env.error().message);
    } else if (!members_of(env.value())) {
      end.failure =
          failure_of(core::FailureKind::lua, "the before hook made `env` " + shown(env.value()) +
                                                 ", which is no table of variables");
    } else {
      end.env = std::move(env).value();
    }
  }
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

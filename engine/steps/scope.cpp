#include "steps/scope.hpp"

#include "core/states.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

/// What both forms of a run's facts have in common.
struct RunFacts {
  RunId id;
  std::int64_t number;
  std::string_view workflow;
  TimePoint started, now;
};

JsonText json_of(const RunFacts& run) {
  const std::string name = json_quoted(run.workflow);
  const auto millis = std::chrono::duration_cast<Millis>(run.now - run.started).count();
  return {R"({"id":")" + std::to_string(run.id.value) + R"(","number":)" +
          std::to_string(run.number) + R"(,"name":)" + name + R"(,"workflow":)" + name +
          R"(,"started_at":")" + to_rfc3339(run.started) + R"(","duration":)" +
          std::to_string(millis / 1000) + "." + std::to_string(millis % 1000 / 100) + "}"};
}

JsonText json_of_step(core::StepState state, const JsonText& output, const core::Failure* error) {
  std::string text = R"({"state":")" + std::string(core::name_of(state)) + R"(","output":)";
  text += output.text;
  // A member that is missing would be an error to read.
  text += R"(,"error":)" + (error != nullptr ? core::to_json(*error).text : "null");
  return {text + "}"};
}

void add_workflow(scripting::Scope& scope, const RunFacts& run) {
  scope.values["run"] = json_of(run);
  scope.values["workflow"] = {R"({"name":)" + json_quoted(run.workflow) + "}"};
  scope.now = run.now;
}

/// `run.resume_value`
void add_resume_value(scripting::Scope& scope, const JsonText& value) {
  std::string& run = scope.values["run"].text;
  run.pop_back();
  run += R"(,"resume_value":)" + value.text + "}";
}

}  // namespace

scripting::Scope scope_of(const core::View& view) {
  scripting::Scope scope;
  add_workflow(scope, {view.run_id, view.run_number, view.workflow, view.run_started, view.now});
  if (view.resume_value != nullptr) add_resume_value(scope, *view.resume_value);
  if (view.inputs != nullptr) scope.values["inputs"] = *view.inputs;
  if (view.env != nullptr) scope.values["env"] = *view.env;
  if (view.output != nullptr) scope.values["output"] = *view.output;
  if (view.outputs != nullptr) scope.values["outputs"] = *view.outputs;
  if (view.error != nullptr) scope.values["error"] = core::to_json(*view.error);
  for (const auto& [name, value] : view.names) scope.values[name] = value;
  for (const core::StepView& step : view.steps) {
    scope.steps[std::string(step.name)] = json_of_step(step.state, step.output, step.error);
  }
  return scope;
}

scripting::Scope scope_of(const Job& job) {
  scripting::Scope scope;
  add_workflow(scope, {job.run, job.run_number, job.workflow, job.run_started, job.now});
  add_resume_value(scope, job.resume_value);
  scope.values["inputs"] = job.inputs;
  scope.values["env"] = job.env;
  if (!job.outputs.is_null()) scope.values["outputs"] = job.outputs;
  if (job.run_error) scope.values["error"] = core::to_json(*job.run_error);
  if (job.output) scope.values["output"] = *job.output;
  scope.values["checkpoint"] = job.checkpoint;
  for (const auto& [name, value] : job.names) scope.values[name] = value;
  for (const Job::Read& read : job.reads) {
    scope.steps[read.name] =
        json_of_step(read.state, read.output, read.error ? &*read.error : nullptr);
  }
  return scope;
}

Result<JsonText> evaluate(const dsl::Plan& plan, const dsl::Code& code,
                          const scripting::Scope& scope) {
  return scripting::evaluate({code.text, plan.file, code.at.line, true}, scope);
}

Result<JsonText> evaluate(const dsl::Plan& plan, const dsl::Template& text,
                          const scripting::Scope& scope) {
  if (text.whole && text.pieces.size() == 1) {
    return evaluate(plan, dsl::Code{text.pieces[0].text, text.pieces[0].at}, scope);
  }
  auto joined = evaluate_text(plan, text, scope);
  if (!joined) return joined.error();
  return JsonText{json_quoted(joined.value())};
}

Result<std::string> evaluate_text(const dsl::Plan& plan, const dsl::Template& text,
                                  const scripting::Scope& scope) {
  std::string joined;
  for (const dsl::Template::Piece& piece : text.pieces) {
    if (!piece.is_code) {
      joined += piece.text;
      continue;
    }
    const auto value = evaluate(plan, dsl::Code{piece.text, piece.at}, scope);
    if (!value) return value.error();
    joined += text_of(value.value());
  }
  return joined;
}

}  // namespace pawl::steps

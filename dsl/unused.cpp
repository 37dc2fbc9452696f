#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "dsl/findings.hpp"

namespace pawl::dsl {
namespace {

/// Somebody beside the other steps sees what it gives: a hook, a schema, a copy of it, an undo.
bool is_seen_elsewhere(const Step& step) {
  const bool has_hook = step.hooks && (step.hooks->after || step.hooks->on_error);
  return has_hook || step.output_schema || step.each || step.verify || step.undo;
}

}  // namespace

void find_unused(Front& front) {
  // Somebody who writes {{ inputs.day }} has been told so, and means to read it.
  const bool is_told = std::ranges::any_of(
      front.diagnostics, [](const Diagnostic& one) { return one.rule == "foreign-syntax"; });
  if (!front.reads_all_inputs && !is_told) {
    for (const auto& [name, span] : front.input_places) {
      if (front.read_inputs.count(name) != 0) continue;
      front.diagnostics.push_back({span, "unused-input", "nothing reads the input " + quoted(name),
                                   "write inputs." + name + " where it is meant, or remove it",
                                   Severity::warning});
    }
  }
  if (!front.dynamic.empty()) return;
  std::unordered_set<StepId> read, waited_for;
  for (const StepRead& one : front.reads) {
    if (!one.name->written) read.insert(one.target);
  }
  for (const Step& step : front.plan.steps) {
    for (const Need& need : step.needs) waited_for.insert(need.step);
  }
  // What a block gives is made of its steps' outputs, so only those of the workflow itself count.
  for (const StepId id : std::get<BlockSpec>(front.plan.steps.front().spec).children) {
    const Step& step = front.plan.step(id);
    if (step.kind != Kind::run || step.settings->output == OutputFormat::reported) continue;
    // The last of a chain gives what people look at when the run has ended.
    if (read.count(id) != 0 || waited_for.count(id) == 0 || is_seen_elsewhere(step)) continue;
    front.diagnostics.push_back({Span{step.at.line, step.at.column, 1}, "unused-output",
                                 "nothing reads the output of " + quoted(step.id),
                                 "name it under 'outputs:', or remove 'output:'",
                                 Severity::warning});
  }
}

}  // namespace pawl::dsl

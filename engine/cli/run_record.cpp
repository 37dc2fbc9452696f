#include "cli/run_record.hpp"

#include <fmt/format.h>

/// One run, and its result, as JSON.
namespace pawl::cli {
namespace {

JsonText steps_json(const RunView& view, TimePoint now) {
  std::string list = "[";
  for (std::size_t i = 1; i < view.instances.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    const bool pending = view.instances[i].state == core::StepState::pending;
    if (is_hook(*view.plan, step) && pending) continue;
    if (list.size() > 1) list += ',';
    JsonRecord record;
    add_step(record, view, step, now);
    list += record.str();
  }
  return {list + "]"};
}

/// How every record of a run begins.
JsonRecord head_of(const store::RunSummary& run) {
  JsonRecord record("run");
  record.text("run", std::to_string(run.number))
      .text("id", std::to_string(run.run.value))
      .text("workflow", run.workflow)
      .text("state", name_of(run.phase))
      .text_or_null("key", run.key)
      .json("labels", {run.labels.empty() ? "{}" : run.labels})
      .text_or_null("actor", run.actor)
      .text("namespace", run.namespace_name)
      .number("seq", run.version)
      .text_or_null("worker", run.owner_name)
      .time("created_at", run.created_at)
      .time("wake_at", run.wake_at)
      .time("ended_at", run.ended_at);
  return record;
}

}  // namespace

JsonText failure_json(const core::Failure* failure) {
  if (failure == nullptr) return {};
  return JsonRecord()
      .text("kind", name_of(failure->kind))
      .text("message", failure->message)
      .number_or_null("exit_code", failure->exit_code)
      .text_or_null("stack", failure->stack)
      .number("attempt", failure->attempt)
      .text_or_null("step", failure->step)
      .value();
}

void add_step(JsonRecord& record, const RunView& view, StepId step, TimePoint now) {
  const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
  record.text("step", dsl::path_of(*view.plan, step))
      .number("inst", step.value)
      .boolean("block", is_block(*view.plan, step))
      .text("state", name_of(instance.state))
      .boolean("ignored", instance.ignored)
      .number("attempt", instance.attempt)
      .number("tries", instance.tries)
      .number("lost", instance.lost)
      .number("generation", instance.generation)
      .time("started_at", instance.started_at)
      .time("ended_at", instance.ended_at)
      .time("due_at", instance.due_at)
      .millis("took_ms", took(instance, now))
      .text_or_null("note", instance.note)
      .json("error", failure_json(instance.error.get()))
      .json("output", instance.output);
}

std::string run_record(const store::RunSummary& run) { return head_of(run).str(); }

std::string view_record(const RunView& view, TimePoint now) {
  return head_of(view.run)
      .text("folder", view.run.folder)
      .boolean("paused", view.facts.paused)
      .time("started_at", view.facts.started_at)
      .millis("took_ms", took(view, now))
      .json("inputs", view.facts.inputs)
      .json("outputs", view.facts.outputs)
      .json("error", failure_json(view.facts.error.get()))
      .json("steps", steps_json(view, now))
      .str();
}

std::string result_record(const RunView& view) {
  return JsonRecord("result")
      .text("run", std::to_string(view.run.number))
      .text("id", std::to_string(view.run.run.value))
      .text("state", name_of(view.run.phase))
      .millis("took_ms", took(view, view.facts.ended_at.value_or(view.run.created_at)))
      .json("outputs", view.facts.outputs)
      .json("error", failure_json(view.facts.error.get()))
      .str();
}

}  // namespace pawl::cli

#include <fmt/format.h>

#include "cli/json_record.hpp"
#include "cli/run_view.hpp"

/// One run, and its result, as JSON.
namespace pawl::cli {
namespace {

JsonText error_of(const std::shared_ptr<const core::Failure>& failure) {
  return failure ? core::to_json(*failure) : JsonText{};
}

JsonText steps_json(const RunView& view, TimePoint now) {
  std::string list = "[";
  for (std::size_t i = 1; i < view.instances.size(); ++i) {
    const core::Instance& instance = view.instances[i];
    const StepId step{static_cast<std::int32_t>(i)};
    if (is_hook(*view.plan, step) && instance.state == core::StepState::pending) continue;
    if (list.size() > 1) list += ',';
    list += JsonRecord()
                .text("step", dsl::path_of(*view.plan, step))
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
                .json("error", error_of(instance.error))
                .json("output", instance.output)
                .str();
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
      .text("namespace", run.namespace_name);
  return record;
}

}  // namespace

std::string run_record(const store::RunSummary& run) {
  return head_of(run)
      .number("seq", run.version)
      .text_or_null("worker", run.owner_name)
      .time("created_at", run.created_at)
      .time("wake_at", run.wake_at)
      .time("ended_at", run.ended_at)
      .str();
}

std::string view_record(const RunView& view, TimePoint now) {
  const store::RunSummary& run = view.run;
  return head_of(run)
      .text("folder", run.folder)
      .number("seq", run.version)
      .boolean("paused", view.facts.paused)
      .time("created_at", run.created_at)
      .time("started_at", view.facts.started_at)
      .time("ended_at", view.facts.ended_at)
      .millis("took_ms", took(view, now))
      .json("inputs", view.facts.inputs)
      .json("outputs", view.facts.outputs)
      .json("error", error_of(view.facts.error))
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
      .json("error", error_of(view.facts.error))
      .str();
}

}  // namespace pawl::cli

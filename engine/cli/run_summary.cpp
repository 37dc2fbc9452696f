#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "cli/json_reading.hpp"
#include "cli/json_record.hpp"
#include "cli/run_view.hpp"
#include "cli/wording.hpp"

/// The end of a followed run, for people and for programs, and one run as a document.
namespace pawl::cli {
namespace {

constexpr std::size_t failures_shown_max = 10;
constexpr std::size_t names_shown_max = 12;

struct Count {
  std::int64_t steps = 0, retries = 0, ignored = 0;
  std::vector<StepId> failed, not_run;
};

Count count(const RunView& view) {
  Count result;
  for (const StepId step : leaves_of(*view.plan)) {
    const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
    ++result.steps;
    result.retries += std::max(0, instance.tries - 1);
    if (instance.ignored) ++result.ignored;
    if (instance.state == core::StepState::failed && !instance.ignored)
      result.failed.push_back(step);
    if (instance.state == core::StepState::not_run) result.not_run.push_back(step);
  }
  return result;
}

std::string names_of(const dsl::Plan& plan, const std::vector<StepId>& steps) {
  std::string out;
  for (std::size_t i = 0; i < std::min(steps.size(), names_shown_max); ++i) {
    out += (i == 0 ? "" : ", ") + dsl::path_of(plan, steps[i]);
  }
  if (steps.size() > names_shown_max) {
    out += fmt::format(" and {} more", steps.size() - names_shown_max);
  }
  return out;
}

std::string good_end(const RunView& view, const Count& counts) {
  std::string out = "  " + counted(counts.steps, "step");
  if (counts.retries > 0) {
    out += fmt::format(", {} {}", counts.retries, counts.retries == 1 ? "retry" : "retries");
  }
  if (counts.ignored > 0) out += fmt::format(", {} failed and ignored", counts.ignored);
  out += '\n';
  const Members outputs = members_of(view.facts.outputs);
  std::size_t width = 0;
  for (const auto& [name, value] : outputs) width = std::max(width, name.size());
  for (const auto& [name, value] : outputs) {
    out += fmt::format("  {:<{}}  {}\n", name, width, plain(value));
  }
  return out;
}

std::string bad_end(const RunView& view, const Count& counts) {
  std::string out;
  for (std::size_t i = 0; i < std::min(counts.failed.size(), failures_shown_max); ++i) {
    const StepId step = counts.failed[i];
    const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
    const std::string path = dsl::path_of(*view.plan, step);
    out += fmt::format("{} {}  failed", glyph_of(instance.state), path);
    if (instance.tries > 1) out += fmt::format(" after {} tries", instance.tries);
    if (instance.error) out += ": " + failure_text(*instance.error);
    out += '\n';
    if (instance.error && !instance.error->stack.empty()) {
      out += "    " + one_line(instance.error->stack) + '\n';
    }
    out += fmt::format("    pawl logs {} {}\n", view.run.number, path);
  }
  if (counts.failed.size() > failures_shown_max) {
    out += fmt::format("  {} more failed: pawl show {}\n",
                       counts.failed.size() - failures_shown_max, view.run.number);
  }
  if (!counts.not_run.empty()) {
    out += fmt::format("– did not run: {}\n", names_of(*view.plan, counts.not_run));
  }
  if (counts.failed.empty() && view.facts.error) {
    out += fmt::format("  {}\n", failure_text(*view.facts.error));
  }
  const bool quarantined = view.run.phase == core::RunPhase::quarantined;
  if (!counts.failed.empty() || !counts.not_run.empty() || quarantined) {
    out += fmt::format("  repair    pawl retry {}\n", view.run.number);
  }
  return out;
}

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

}  // namespace

std::string summary_text(const RunView& view) {
  const Count counts = count(view);
  const bool good = view.run.phase == core::RunPhase::succeeded;
  std::string out = fmt::format("{} run {}  {}  {}", glyph_of(view.run.phase), view.run.number,
                                view.run.workflow, name_of(view.run.phase));
  if (const auto span = took(view, view.facts.ended_at.value_or(view.run.created_at))) {
    out += fmt::format(" {} {}", good ? "in" : "after", format_duration(*span));
  }
  if (!counts.failed.empty()) {
    out += fmt::format(": {} of {} failed", counts.failed.size(), counted(counts.steps, "step"));
    if (!counts.not_run.empty()) out += fmt::format(", {} did not run", counts.not_run.size());
  }
  out += '\n';
  return out + (good ? good_end(view, counts) : bad_end(view, counts));
}

std::string view_record(const RunView& view, TimePoint now) {
  const store::RunSummary& run = view.run;
  return JsonRecord("run")
      .text("run", std::to_string(run.number))
      .text("id", std::to_string(run.run.value))
      .text("workflow", run.workflow)
      .text("state", name_of(run.phase))
      .text_or_null("key", run.key)
      .json("labels", {run.labels.empty() ? "{}" : run.labels})
      .text_or_null("actor", run.actor)
      .text("namespace", run.namespace_name)
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

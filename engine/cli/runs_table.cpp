#include "cli/runs_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "cli/json_record.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {

std::string runs_table(std::span<const store::RunSummary> runs, TimePoint now, const Style& style) {
  if (runs.empty()) return "";
  std::size_t workflow = 8;
  for (const store::RunSummary& run : runs) workflow = std::max(workflow, run.workflow.size());
  std::string out = fmt::format("{:>6}  {:<13}  {:<{}}  {:<16}  {:>6}  {}\n", "RUN", "STATE",
                                "WORKFLOW", workflow, "STARTED", "TOOK", "KEY");
  for (const store::RunSummary& run : runs) {
    const Micros span = std::max(Micros{0}, run.ended_at.value_or(now) - run.created_at);
    const Tone tone = tone_of(run.phase);
    const std::string state = painted(glyph_of(run.phase, style), tone, style) + " " +
                              painted(name_of(run.phase), tone, style);
    std::string line = fmt::format("{:>6}  {}  {:<{}}  {:<16}  {:>6}  {}", run.number,
                                   pad_right(state, 13), run.workflow, workflow,
                                   day_and_clock(run.created_at), format_duration(span), run.key);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string run_record(const store::RunSummary& run) {
  return JsonRecord("run")
      .text("run", std::to_string(run.number))
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
      .time("ended_at", run.ended_at)
      .str();
}

}  // namespace pawl::cli

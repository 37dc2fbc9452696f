#include "cli/runs_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/units.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"
#include "core/codec.hpp"

namespace pawl::cli {
namespace {

constexpr std::size_t workflow_cells_max = 32;

/// What there is to know of a run besides its columns: why it failed, else its key.
std::string what_of(const store::RunSummary& run, const core::RunFacts* facts) {
  if (facts != nullptr && facts->error && has_ended(run.phase)) {
    return (facts->error->step.empty() ? "" : facts->error->step + ": ") +
           failure_text(*facts->error);
  }
  return run.key.empty() ? "" : "key " + one_line(run.key);
}

/// "13:02" today, else "2026-11-20 13:02".
std::string started_text(TimePoint at, TimePoint now) {
  constexpr std::size_t day_cells = 10;
  const std::string text = day_and_clock(at);
  const bool today = text.substr(0, day_cells) == day_and_clock(now).substr(0, day_cells);
  return today ? text.substr(day_cells + 1) : text;
}

}  // namespace

std::string runs_table(std::span<const store::RunSummary> runs,
                       const std::vector<store::StepRow>& facts, TimePoint now,
                       const Style& style) {
  if (runs.empty()) return "";
  std::map<RunId, core::RunFacts> known;
  for (const store::StepRow& row : facts) core::decode_facts(row.body, known[row.run]);
  std::size_t workflow = 8, started = 7;
  for (const store::RunSummary& run : runs) {
    workflow = std::max(workflow, std::min(workflow_cells_max, cell_width(run.workflow)));
    started = std::max(started, started_text(run.created_at, now).size());
  }
  std::string out =
      fmt::format("{:>6}  {:<13}  {}  {:<{}}  {:>6}  {}\n", "RUN", "STATE",
                  pad_right("WORKFLOW", workflow), "STARTED", started, "TOOK", "WHAT");
  for (const store::RunSummary& run : runs) {
    const Micros span = std::max(Micros{0}, run.ended_at.value_or(now) - run.created_at);
    const Tone tone = tone_of(run.phase);
    const std::string state = painted(glyph_of(run.phase, style), tone, style) + " " +
                              painted(name_of(run.phase), tone, style);
    const std::string name =
        style.clip ? clip_middle(one_line(run.workflow), workflow) : one_line(run.workflow);
    const auto found = known.find(run.run);
    std::string line = fmt::format(
        "{:>6}  {}  {}  {:<{}}  {:>6}  {}", run.number, pad_right(state, 13),
        pad_right(name, workflow), started_text(run.created_at, now), started,
        format_duration(span), what_of(run, found == known.end() ? nullptr : &found->second));
    if (style.clip) line = clip_end(line, static_cast<std::size_t>(std::max(1, style.width - 1)));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace pawl::cli

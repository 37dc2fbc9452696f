#include "cli/live/tree_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

/// From so many steps on, a block shows a bar.
constexpr std::int64_t bar_leaves = 10;
constexpr std::size_t bar_min = 6, bar_max = 24;

/// "retrying, try 3 of 5 in 8s"
std::string retry_words(const LiveRun& run, StepId step, TimePoint now) {
  const core::Instance& instance = instance_of(run, step);
  const auto& settings = run.plan().step(step).settings;
  if (!instance.due_at) return "retrying";  // Only its row tells, and that has not been read yet.
  std::string out = fmt::format("retrying, try {}", instance.tries + 1);
  if (settings && settings->retry.max_attempts > 1) {
    out += fmt::format(" of {}", settings->retry.max_attempts);
  }
  if (*instance.due_at > now) out += " in " + format_duration(*instance.due_at - now);
  return out;
}

std::string progress_words(const LiveRun& run, StepId step) {
  const core::Instance& instance = instance_of(run, step);
  std::string out;
  for (const store::Progress& progress : run.view().progress) {
    if (progress.inst != step.value || progress.attempt != instance.attempt) continue;
    out = progress_text(progress);
  }
  if (instance.tries > 1) out += fmt::format("{}try {}", out.empty() ? "" : ", ", instance.tries);
  return out;
}

std::string why_of(const core::Instance& instance) {
  return instance.error ? failure_text(*instance.error) : reason_text(instance.note);
}

double share_of(const Tally& tally) { return tally.weight > 0 ? tally.done / tally.weight : 0; }

std::string failed_text(const Tally& tally) {
  return tally.failed > 0 ? fmt::format(", {} failed", thousands(tally.failed)) : "";
}

}  // namespace

const core::Instance& instance_of(const LiveRun& run, StepId step) {
  return run.view().instances[static_cast<std::size_t>(step.value)];
}

std::string name_of_row(const LiveRun& run, StepId step) {
  return is_hook(run.plan(), step) ? dsl::path_of(run.plan(), step) : run.plan().step(step).id;
}

Said said_of(const LiveRun& run, StepId step, TimePoint now, const Style& style) {
  const core::Instance& instance = instance_of(run, step);
  switch (instance.state) {
    case StepState::running: {
      std::string progress = progress_words(run, step);
      if (!style.ascii) return {progress, ""};
      return {progress.empty() ? "running" : "running, " + progress, ""};
    }
    case StepState::succeeded:
      if (style.ascii) return {"ok", ""};
      return {instance.tries > 1 ? fmt::format("{} tries", instance.tries) : "", ""};
    case StepState::retrying:
      return {retry_words(run, step, now), why_of(instance)};
    case StepState::waiting:
      return {"waiting " + wait_text(instance, run.plan().step(step), now), ""};
    case StepState::failed:
      return {(instance.tries > 1 ? fmt::format("failed after {} tries", instance.tries)
                                  : std::string("failed")) +
                  (instance.ignored ? ", ignored" : ""),
              why_of(instance)};
    default:
      return {std::string(name_of(instance.state)), why_of(instance)};
  }
}

Said said_of_block(const Tally& tally, std::size_t room, const Style& style) {
  std::string counts = fmt::format("{} of {}{}", thousands(tally.ended), thousands(tally.leaves),
                                   failed_text(tally));
  // That nothing moves is worth more than a bar, how fast it moves is not.
  const std::string pace = pace_text(tally.pace);
  const bool fits = room >= cell_width(counts) + cell_width(pace) + bar_min + 4;
  if (!pace.empty() && (tally.pace.silent || fits)) counts += ", " + pace;
  const std::size_t counts_cells = cell_width(counts) + 2;
  if (tally.leaves < bar_leaves || room < counts_cells + bar_min) return {counts, ""};
  return {bar(share_of(tally), std::min(bar_max, room - counts_cells), style) + "  " + counts, ""};
}

Said said_wide_of_block(const Tally& tally, std::size_t room, const Style& style) {
  if (tally.leaves < bar_leaves) return said_of_block(tally, room, style);
  const std::string percent = fmt::format("  {:.0f} %", share_of(tally) * 100);
  std::string counts = fmt::format("{} done{}", thousands(tally.ended), failed_text(tally));
  if (tally.running > 0 && !tally.pace.silent) {
    counts += fmt::format(", {} running", thousands(tally.running));
  }
  if (const std::string pace = pace_text(tally.pace); !pace.empty()) counts += ", " + pace;
  return {bar(share_of(tally), std::min(bar_max, room - percent.size()), style) + percent, counts};
}

}  // namespace pawl::cli

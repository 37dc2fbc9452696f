#include "cli/live/run_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/units.hpp"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

constexpr int runs_read = 20;
constexpr std::size_t step_rows_max = 20'000;
constexpr std::size_t runs_of_many_steps = 2;
constexpr double early_share = 0.25, median_share = 0.5, late_share = 0.9;

Micros at_share(const std::vector<Micros>& sorted, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

/// The most of `spans` that overlap at one instant.
std::int32_t most_at_once(const std::vector<std::pair<TimePoint, TimePoint>>& spans) {
  std::vector<std::pair<TimePoint, int>> turns;
  for (const auto& [from, to] : spans) {
    turns.emplace_back(from, 1);
    turns.emplace_back(to, -1);
  }
  std::ranges::sort(turns);  // Ends before begins of the same instant.
  std::int32_t open = 0, most = 0;
  for (const auto& [at, change] : turns) most = std::max(most, open += change);
  return most;
}

std::size_t runs_with_steps(const std::vector<store::PastRun>& past, const dsl::Plan& plan) {
  const std::size_t wanted = step_rows_max / std::max<std::size_t>(1, plan.steps.size());
  return std::min(past.size(), std::max(runs_of_many_steps, wanted));
}

std::vector<Micros> spans_of(const std::vector<store::PastRun>& runs) {
  std::vector<Micros> spans;
  for (const store::PastRun& run : runs) {
    spans.push_back(std::max(Micros{0}, run.ended_at - run.started_at));
  }
  return spans;
}

}  // namespace

const Usual& RunHistory::of(StepId step) const {
  static const Usual unknown;
  const auto at = static_cast<std::size_t>(step.value);
  return at < steps.size() ? steps[at] : unknown;
}

Usual usual_of(std::vector<Micros> spans) {
  if (spans.empty()) return {};
  std::ranges::sort(spans);
  return {at_share(spans, early_share), at_share(spans, median_share), at_share(spans, late_share),
          static_cast<int>(spans.size())};
}

RunHistory history_of(const dsl::Plan& plan, const std::vector<store::PastRun>& runs,
                      const std::vector<store::PastStep>& steps) {
  RunHistory history;
  history.run = usual_of(spans_of(runs));
  if (steps.empty()) return history;
  std::unordered_map<std::string, std::size_t> inst_of;
  for (std::size_t i = 1; i < plan.steps.size(); ++i) {
    inst_of.emplace(dsl::path_of(plan, StepId{static_cast<std::int32_t>(i)}), i);
  }
  std::vector<std::vector<Micros>> spans(plan.steps.size());
  std::map<RunId, std::vector<std::pair<TimePoint, TimePoint>>> leaves;
  for (const store::PastStep& step : steps) {
    const auto known = inst_of.find(step.path);
    if (known == inst_of.end()) continue;
    spans[known->second].push_back(std::max(Micros{0}, step.ended_at - step.started_at));
    if (plan.steps[known->second].kind != dsl::Kind::steps) {
      leaves[step.run].emplace_back(step.started_at, step.ended_at);
    }
  }
  for (std::vector<Micros>& of_step : spans) history.steps.push_back(usual_of(std::move(of_step)));
  std::vector<std::int32_t> peaks;
  for (const auto& [run, of_run] : leaves) peaks.push_back(most_at_once(of_run));
  std::ranges::sort(peaks);
  if (!peaks.empty()) history.slots = peaks[peaks.size() / 2];
  return history;
}

std::vector<store::PastRun> read_past(store::Reader& reader, RunId run) {
  return reader.past_runs(run, runs_read);
}

RunHistory read_history(store::Reader& reader, const std::vector<store::PastRun>& past,
                        const dsl::Plan& plan) {
  std::vector<RunId> ids;
  for (std::size_t i = 0; i < runs_with_steps(past, plan); ++i) ids.push_back(past[i].run);
  return history_of(plan, past, reader.past_steps(ids));
}

Micros history_pays_after(const std::vector<store::PastRun>& past, const dsl::Plan& plan) {
  constexpr std::size_t few = 2'000;
  constexpr Micros cost_of_row = 3us;  // Of server and client together, measured.
  constexpr int share = 50;
  const std::size_t rows = runs_with_steps(past, plan) * plan.steps.size();
  return rows <= few ? Micros{0} : cost_of_row * share * static_cast<std::int64_t>(rows);
}

Usual read_usual(store::Reader& reader, RunId run) {
  return usual_of(spans_of(read_past(reader, run)));
}

std::string usual_text(const Usual& usual) {
  if (usual.runs == 0) return "";
  const std::string early = rough_duration(usual.early), late = rough_duration(usual.late);
  const std::string_view about = usual.runs < runs_enough ? "~" : "";
  if (early == late) return fmt::format("usual {}{}", about, early);
  return fmt::format("usual {}{}–{}", about, early, late);
}

std::string rough_duration(Micros span) {
  if (span < 10min || span >= 1h) return format_duration(span);
  return fmt::format("{}m", std::chrono::round<std::chrono::minutes>(span).count());
}

}  // namespace pawl::cli

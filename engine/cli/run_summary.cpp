#include "cli/run_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/json_reading.hpp"
#include "cli/log_lines.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"
#include "cli/workflow_file.hpp"

/// What stands at the end of a followed run.
namespace pawl::cli {
namespace {

using core::StepState;

constexpr std::size_t groups_shown_max = 10;
constexpr std::size_t names_shown_max = 12;
constexpr std::size_t slowest_shown = 3;
constexpr std::size_t tail_lines = 3;
constexpr Micros worth_telling{1'000'000};  ///< Below, nobody asks which step was the slowest.

const core::Instance& instance_of(const RunView& view, StepId step) {
  return view.instances[static_cast<std::size_t>(step.value)];
}

std::int64_t size_of(const std::vector<StepId>& steps) {
  return static_cast<std::int64_t>(steps.size());
}

struct Count {
  std::int64_t steps = 0, retries = 0, ignored = 0;
  std::vector<StepId> failed, not_run, unknown;
  std::vector<StepId> standing;  ///< Undos that have failed: what they were to take back stands.
  std::int64_t undone = 0;
};

Count count(const RunView& view) {
  Count result;
  for (const StepId step : leaves_of(*view.plan)) {
    const core::Instance& instance = instance_of(view, step);
    ++result.steps;
    result.retries += std::max(0, instance.tries - 1);
    if (instance.ignored) ++result.ignored;
    if (instance.state == StepState::failed && !instance.ignored) result.failed.push_back(step);
    if (instance.state == StepState::unknown) result.unknown.push_back(step);
    if (instance.state == StepState::not_run) result.not_run.push_back(step);
  }
  const core::ItemRange undos = view.facts.undos;
  for (std::int32_t i = 0; i < undos.count; ++i) {
    const StepId undo{undos.first.value + i};
    if (static_cast<std::size_t>(undo.value) >= view.instances.size()) break;
    if (instance_of(view, undo).state == StepState::failed) result.standing.push_back(undo);
    if (instance_of(view, undo).state == StepState::succeeded) ++result.undone;
  }
  return result;
}

std::string names_of(const dsl::Plan& plan, const std::vector<StepId>& steps) {
  std::string out;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i == names_shown_max) {
      const auto rest = static_cast<std::int64_t>(steps.size() - names_shown_max);
      return out + fmt::format(" and {} more", thousands(rest));
    }
    out += (i == 0 ? "" : ", ") + dsl::path_of(plan, steps[i]);
  }
  return out;
}

/// "transform 17m02s, extract 2m10s, build.compile 58s"; empty when nothing took long.
std::string slowest_text(const RunView& view) {
  std::vector<std::pair<Micros, StepId>> spans;
  for (const StepId step : leaves_of(*view.plan)) {
    const core::Instance& instance = instance_of(view, step);
    if (!instance.started_at || !instance.ended_at) continue;
    spans.emplace_back(*instance.ended_at - *instance.started_at, step);
  }
  if (spans.size() < 2) return "";
  const std::size_t shown = std::min(slowest_shown, spans.size());
  std::ranges::partial_sort(
      spans, spans.begin() + static_cast<std::ptrdiff_t>(shown), [](const auto& a, const auto& b) {
        return std::tuple(-a.first, a.second) < std::tuple(-b.first, b.second);
      });
  if (spans[0].first < worth_telling) return "";
  std::string out;
  for (std::size_t i = 0; i < shown && spans[i].first > Micros{0}; ++i) {
    out += fmt::format("{}{} {}", i == 0 ? "" : ", ", dsl::path_of(*view.plan, spans[i].second),
                       format_duration(spans[i].first));
  }
  return out;
}

/// Lines "  name  value", the values in one column.
std::string columns(const Members& rows) {
  std::size_t width = 0;
  for (const auto& [name, value] : rows) width = std::max(width, cell_width(name));
  std::string out;
  for (const auto& [name, value] : rows) {
    out += fmt::format("  {}  {}\n", pad_right(name, width), value.text);
  }
  return out;
}

std::string good_end(const RunView& view, const Count& counts) {
  std::string out = "  " + counted(counts.steps, "step");
  if (counts.retries > 0) {
    out += fmt::format(", {} {}", thousands(counts.retries),
                       counts.retries == 1 ? "retry" : "retries");
  }
  if (counts.ignored > 0) {
    out += fmt::format(", {} failed and ignored", thousands(counts.ignored));
  }
  Members rows;
  if (const std::string slowest = slowest_text(view); !slowest.empty()) {
    rows.emplace_back("slowest", JsonText{slowest});
  }
  for (const auto& [name, value] : members_of(view.facts.outputs)) {
    rows.emplace_back(name, JsonText{plain(value)});
  }
  return out + "\n" + columns(rows);
}

std::string failure_lines(const RunView& view, const std::vector<StepId>& group,
                          const Ending& ending, const Style& style) {
  const StepId step = group[0];
  const core::Instance& instance = instance_of(view, step);
  const std::string path = dsl::path_of(*view.plan, step);
  std::string out =
      fmt::format("{} {}", painted(glyph_of(instance.state, style), Tone::bad, style), path);
  if (group.size() > 1) out += " and " + counted(size_of(group) - 1, "other");
  out += "  " + painted("failed", Tone::bad, style);
  if (instance.attempt > 1) out += " after " + tries_text(instance);
  // Of a program the exit code and its last lines tell more than where it is called.
  const auto place = ending.places.find(step.value);
  if (place != ending.places.end() && instance.error && !instance.error->exit_code) {
    out += '\n' + place_text(view, step, place->second, style);
  } else if (instance.error) {
    out += ": " + failure_text(*instance.error) + '\n';
  } else {
    out += '\n';
  }
  // A traceback of one line only repeats the place.
  if (instance.error && instance.error->stack.find('\n') != std::string::npos) {
    out += "    " + one_line(instance.error->stack) + '\n';
  }
  const auto tail = ending.tails.find(step.value);
  if (tail != ending.tails.end() && !tail->second.empty()) {
    for (const std::string& line : tail->second) {
      out += clipped_row("    │ " + with_tabs_as_blanks(harmless(line, colours_of(style))), style);
    }
    out += fmt::format("    pawl logs {} {}\n", view.run.number, shell_quoted(path));
  }
  return out;
}

/// Code of the workflow has failed, and not what it works with: to try again may change nothing.
bool is_mistake_in_file(const RunView& view, const std::vector<StepId>& failed) {
  return std::ranges::any_of(failed, [&](StepId step) {
    const auto& error = instance_of(view, step).error;
    return error &&
           (error->kind == core::FailureKind::lua || error->kind == core::FailureKind::expression);
  });
}

/// "pawl run /srv/nightly.yaml -i region=eu": with the inputs that differ from the defaults.
std::string start_again(const RunView& view) {
  std::string out = "pawl run " + shell_quoted(file_of(view.run, view.plan->file));
  for (const auto& [name, value] : members_of(view.facts.inputs)) {
    const auto input = std::ranges::find(view.plan->inputs, name, &dsl::Input::name);
    const bool is_default =
        input != view.plan->inputs.end() && input->constant && input->constant->text == value.text;
    if (is_default || value.is_null()) continue;
    const std::string text = plain(value);
    // A value that begins with '@' would be the name of a file.
    out += " -i " + shell_quoted(name + (text.starts_with('@') ? "=@" : "=") + text);
  }
  return out;
}

/// What happens once and was interrupted: people say whether it was done.
std::string unknown_lines(const RunView& view, const std::vector<StepId>& steps,
                          const Style& style) {
  std::string out;
  for (std::size_t i = 0; i < std::min(steps.size(), groups_shown_max); ++i) {
    const std::string path = dsl::path_of(*view.plan, steps[i]);
    const core::Instance& instance = instance_of(view, steps[i]);
    out += fmt::format("{} {} {}\n", glyph_of(StepState::unknown, style), path,
                       instance.error ? failure_text(*instance.error) : instance.note);
    out +=
        fmt::format("  resolve   pawl resolve {} {} done\n", view.run.number, shell_quoted(path));
    out += fmt::format("       or   pawl resolve {} {} not_done\n", view.run.number,
                       shell_quoted(path));
  }
  if (steps.size() > groups_shown_max) {
    out += fmt::format("  {} more are unknown: pawl show {}\n", steps.size() - groups_shown_max,
                       view.run.number);
  }
  return out;
}

std::string bad_end(const RunView& view, const Count& counts, const Ending& ending,
                    const Style& style) {
  std::string out;
  const auto groups = groups_of_failures(view, counts.failed);
  for (std::size_t i = 0; i < std::min(groups.size(), groups_shown_max); ++i) {
    out += failure_lines(view, groups[i], ending, style);
  }
  if (groups.size() > groups_shown_max) {
    out += fmt::format("  {} more kinds of failure: pawl show {}\n",
                       groups.size() - groups_shown_max, view.run.number);
  }
  out += unknown_lines(view, counts.unknown, style);
  for (const auto& group : groups_of_failures(view, counts.standing)) {
    out += failure_lines(view, group, ending, style);
    out += "  what it was to take back still stands\n";
  }
  if (!counts.not_run.empty()) {
    out += fmt::format("{} did not run: {}\n", glyph_of(StepState::not_run, style),
                       names_of(*view.plan, counts.not_run));
  }
  if (counts.failed.empty() && counts.unknown.empty() && view.facts.error) {
    out += fmt::format("  {}\n", failure_text(*view.facts.error));
  }
  const bool in_file = is_mistake_in_file(view, counts.failed);
  if (in_file) {
    out += fmt::format("  mend      {}, and start again: a run keeps the file that it began with\n",
                       view.plan->file);
    out += fmt::format("            {}\n", start_again(view));
  }
  const bool quarantined = view.run.phase == core::RunPhase::quarantined;
  // What could not run because something is unknown goes on when that is resolved.
  const bool has_unknown = !counts.unknown.empty();
  if (!counts.failed.empty() || (!counts.not_run.empty() && !has_unknown) || quarantined) {
    out += fmt::format("  {}    pawl retry {}", in_file ? "or try" : "repair", view.run.number);
    if (!counts.failed.empty()) {
      out += fmt::format("       {} again", thousands(size_of(counts.failed)));
    }
    if (!counts.failed.empty() && !counts.not_run.empty()) {
      out += fmt::format(", {} first time", thousands(size_of(counts.not_run)));
    }
    if (counts.undone > 0) out += ", and what was undone";
    out += '\n';
  }
  return out;
}

}  // namespace

std::vector<std::vector<StepId>> groups_of_failures(const RunView& view,
                                                    const std::vector<StepId>& failed) {
  std::map<std::string, std::size_t> index;
  std::vector<std::vector<StepId>> groups;
  for (const StepId step : failed) {
    const core::Instance& instance = instance_of(view, step);
    std::string same = instance.note;
    if (instance.error) {
      same = fmt::format("{} {} {}", name_of(instance.error->kind),
                         instance.error->exit_code.value_or(-1), instance.error->message);
    }
    const auto [at, is_new] = index.emplace(std::move(same), groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(step);
  }
  return groups;
}

Ending read_ending(store::Reader& reader, const RunView& view) {
  Ending ending;
  if (view.run.phase == core::RunPhase::succeeded) {
    ending.usual = read_usual(reader, view.run.run);
    return ending;
  }
  std::vector<std::pair<std::int32_t, std::int32_t>> attempts;
  std::vector<StepId> firsts;
  for (const auto& group : groups_of_failures(view, count(view).failed)) {
    if (attempts.size() == groups_shown_max) break;
    attempts.emplace_back(group[0].value, instance_of(view, group[0]).attempt);
    firsts.push_back(group[0]);
  }
  ending.places = failure_places(reader, view, firsts, view.facts.ended_at.value_or(TimePoint{}));
  for (const LogLine& line : last_lines(reader, view.run.run, attempts, tail_lines)) {
    ending.tails[line.inst].push_back(line.text);
  }
  return ending;
}

std::string summary_text(const RunView& view, const Ending& ending, const Style& style) {
  const Count counts = count(view);
  const bool good = view.run.phase == core::RunPhase::succeeded;
  const Tone tone = tone_of(view.run.phase);
  std::string out = fmt::format(
      "{} run {}  {}  {}", painted(glyph_of(view.run.phase, style), tone, style), view.run.number,
      view.run.workflow, painted(name_of(view.run.phase), tone, style));
  if (const auto span = took(view, view.facts.ended_at.value_or(view.run.created_at))) {
    out += fmt::format(" {} {}", good ? "in" : "after", format_duration(*span));
  }
  if (!counts.failed.empty()) {
    out += fmt::format(": {} of {} failed", thousands(size_of(counts.failed)),
                       counted(counts.steps, "step"));
    if (!counts.not_run.empty()) {
      out += fmt::format(", {} did not run", thousands(size_of(counts.not_run)));
    }
  } else if (!counts.unknown.empty()) {
    out += fmt::format(": {} of {} unknown", thousands(size_of(counts.unknown)),
                       counted(counts.steps, "step"));
  }
  if (good && ending.usual.late >= worth_telling) {
    const std::string usual = usual_text(ending.usual);
    const auto cells = static_cast<std::size_t>(std::max(1, style.width - 1));
    const std::size_t used = cell_width(out) + cell_width(usual);
    out += std::string(cells > used + 2 ? cells - used : 2, ' ') + usual;
  }
  out += '\n';
  return out + (good ? good_end(view, counts) : bad_end(view, counts, ending, style));
}

}  // namespace pawl::cli

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "cli/json_reading.hpp"
#include "cli/run_view.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

/// What `pawl show` prints.
namespace pawl::cli {
namespace {

constexpr std::size_t name_width_max = 48;

const core::Instance& instance_of(const RunView& view, StepId step) {
  return view.instances[static_cast<std::size_t>(step.value)];
}

std::string indented(std::string_view text, std::string_view by) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += fmt::format("{}{}\n", by, one_line(text.substr(from, end - from)));
    from = end + 1;
  }
  return out;
}

/// "3 tries, 1 lost: exit 2, …"
std::string detail_of(const RunView& view, StepId step, TimePoint now) {
  const core::Instance& instance = instance_of(view, step);
  std::string out;
  const auto add = [&](const std::string& part) {
    if (!out.empty()) out += ", ";
    out += part;
  };
  if (instance.tries > 1) add(fmt::format("{} tries", instance.tries));
  if (instance.lost > 0) add(fmt::format("{} lost", instance.lost));
  // A step that had not run before is not repaired: it runs for the first time.
  if (instance.generation > 0 && instance.attempt > instance.tries + instance.lost) {
    add(instance.generation == 1 ? "repaired"
                                 : fmt::format("repaired {} times", instance.generation));
  }
  if (instance.due_at && instance.state == core::StepState::retrying) {
    add(fmt::format("again in {}", format_duration(std::max(Micros{0}, *instance.due_at - now))));
  }
  if (instance.state == core::StepState::waiting) {
    add(wait_text(instance, view.plan->step(step), now));
    const std::string path = dsl::path_of(*view.plan, step);
    if (const std::string command = answer_command(instance, view.run.number, path);
        !command.empty()) {
      add(command);
    }
    return out;
  }
  if (instance.ignored) add("failure ignored");
  if (instance.state == core::StepState::running) {
    for (const store::Progress& progress : view.progress) {
      if (progress.inst != step.value || progress.attempt != instance.attempt) continue;
      if (const std::string told = progress_text(progress); !told.empty()) add(told);
    }
  }
  // Why a block failed stands at one of its steps.
  if (instance.error && is_block(*view.plan, step)) return out;
  const std::string why = instance.error ? failure_text(*instance.error) : one_line(instance.note);
  if (why.empty()) return out;
  if (out.empty()) return why;
  // What is to come stands in front, what has been behind.
  return has_ended(instance.state) ? why + ", " + out : out + ": " + why;
}

struct ShownRow {
  std::string name, state, time, detail, stack;
};

ShownRow row_of(const RunView& view, StepId step, const std::string& name, std::size_t depth,
                TimePoint now, const Style& style) {
  const core::Instance& instance = instance_of(view, step);
  ShownRow row;
  row.name =
      fmt::format("{}{} {}", std::string(depth * 2, ' '),
                  painted(glyph_of(instance.state, style), tone_of(instance.state), style), name);
  row.state = painted(name_of(instance.state), tone_of(instance.state), style);
  if (const auto span = took(instance, now)) row.time = format_duration(*span);
  if (style.verbose && instance.started_at) {
    row.time = fmt::format("{} {:>6}", full_time(*instance.started_at), row.time);
  }
  row.detail = detail_of(view, step, now);
  if (instance.error && !is_block(*view.plan, step)) {
    row.stack = indented(instance.error->stack, std::string(depth * 2 + 4, ' '));
  }
  return row;
}

void add_rows(const RunView& view, StepId step, std::size_t depth, TimePoint now,
              const Style& style, std::vector<ShownRow>& rows) {
  const std::string name =
      is_hook(*view.plan, step) ? dsl::path_of(*view.plan, step) : view.plan->step(step).id;
  rows.push_back(row_of(view, step, name, depth, now, style));
  if (!is_block(*view.plan, step)) return;
  for (const StepId child : std::get<dsl::BlockSpec>(view.plan->step(step).spec).children) {
    add_rows(view, child, depth + 1, now, style, rows);
  }
}

/// Hooks that had no turn are not shown: they belong to another way of ending.
std::vector<ShownRow> rows_of(const RunView& view, TimePoint now, const Style& style) {
  std::vector<ShownRow> rows;
  for (const StepId child : std::get<dsl::BlockSpec>(view.plan->step(StepId{0}).spec).children) {
    add_rows(view, child, 0, now, style, rows);
  }
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(view.plan->steps.size()); ++i) {
    const StepId step{i};
    if (!is_hook(*view.plan, step) || instance_of(view, step).state == core::StepState::pending) {
      continue;
    }
    add_rows(view, step, 0, now, style, rows);
  }
  return rows;
}

/// The rows in columns, each with its traceback below.
std::string table(const std::vector<ShownRow>& rows) {
  std::size_t width = 0;
  for (const ShownRow& row : rows) width = std::max(width, cell_width(row.name));
  width = std::min(width, name_width_max);
  std::size_t time_cells = 6;  // So that lists of short steps stand below each other.
  for (const ShownRow& row : rows) time_cells = std::max(time_cells, row.time.size());
  std::string out;
  for (const ShownRow& row : rows) {
    const std::size_t cells = cell_width(row.name);
    std::string line =
        fmt::format("{}{}  {}  {}", row.name, std::string(cells < width ? width - cells : 0, ' '),
                    pad_right(row.state, 9), pad_left(row.time, time_cells));
    if (!row.detail.empty()) line += "  " + row.detail;
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n" + row.stack;
  }
  return out;
}

std::string head_of(const RunView& view, TimePoint now, const Style& style) {
  const store::RunSummary& run = view.run;
  std::string out = fmt::format(
      "{} run {}  {}  {}", painted(glyph_of(run.phase, style), tone_of(run.phase), style),
      run.number, run.workflow, painted(name_of(run.phase), tone_of(run.phase), style));
  if (const auto span = took(view, now)) {
    const bool good = run.phase == core::RunPhase::succeeded;
    out += fmt::format(" {} {}",
                       !has_ended(run.phase) ? "for"
                       : good                ? "in"
                                             : "after",
                       format_duration(*span));
  }
  out += fmt::format("\n  id {}  by {}  at {}\n", run.run.value,
                     run.actor.empty() ? "system" : run.actor,
                     style.verbose ? full_time(run.created_at) : day_and_clock(run.created_at));
  if (style.verbose) {
    out += fmt::format("  definition {}  namespace {}", run.definition, run.namespace_name);
    if (!run.owner_name.empty()) out += fmt::format("  worker {}", run.owner_name);
    if (run.ended_at) out += fmt::format("  ended {}", full_time(*run.ended_at));
    out += '\n';
  }

  if (!run.key.empty()) out += fmt::format("  key {}\n", run.key);
  if (const std::string labels = pairs_text({run.labels}); !labels.empty()) {
    out += fmt::format("  labels {}\n", labels);
  }
  if (const std::string inputs = pairs_text(view.facts.inputs); !inputs.empty()) {
    out += fmt::format("  inputs {}\n", inputs);
  }
  return out;
}

}  // namespace

std::string tree_text(const RunView& view, TimePoint now, const Style& style) {
  std::string out = head_of(view, now, style) + table(rows_of(view, now, style));
  const Members outputs = members_of(view.facts.outputs);
  if (!outputs.empty()) out += "outputs\n";
  for (const auto& [name, value] : outputs) out += fmt::format("  {}  {}\n", name, plain(value));
  if (view.facts.error && has_ended(view.run.phase)) {
    out += fmt::format("error  {}{}\n",
                       view.facts.error->step.empty() ? "" : view.facts.error->step + ": ",
                       failure_text(*view.facts.error));
  }
  return out;
}

std::string list_text(const RunView& view, const std::vector<StepId>& steps, TimePoint now,
                      const Style& style) {
  std::vector<ShownRow> rows;
  for (const StepId step : steps) {
    rows.push_back(row_of(view, step, dsl::path_of(*view.plan, step), 0, now, style));
  }
  return table(rows);
}

}  // namespace pawl::cli

#include "cli/runs_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/json_reading.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"
#include "core/codec.hpp"

namespace pawl::cli {
namespace {

constexpr std::size_t text_cells_max = 32;

/// A run and what else its columns are made from.
struct Told {
  const store::RunSummary& run;
  const core::RunFacts* facts;  ///< Null without a row.
  TimePoint now;
  const Style& style;
};

/// What there is to know of a run besides its columns: why it failed, else its key.
std::string what_of(const Told& told) {
  const store::RunSummary& run = told.run;
  if (told.facts != nullptr && told.facts->error && has_ended(run.phase)) {
    const core::Failure& error = *told.facts->error;
    return (error.step.empty() ? "" : error.step + ": ") + failure_text(error);
  }
  return run.key.empty() ? "" : "key " + one_line(run.key);
}

/// "13:02" today, else "2026-11-20 13:02".
std::string time_text(TimePoint at, const Told& told) {
  if (told.style.verbose) return full_time(at);
  constexpr std::size_t day_cells = 10;
  const std::string text = day_and_clock(at);
  const bool today = text.substr(0, day_cells) == day_and_clock(told.now).substr(0, day_cells);
  return today ? text.substr(day_cells + 1) : text;
}

std::string state_of(const Told& told) {
  const Tone tone = tone_of(told.run.phase);
  return painted(glyph_of(told.run.phase, told.style), tone, told.style) + " " +
         painted(name_of(told.run.phase), tone, told.style);
}

std::string member_of(const JsonText& object, const std::string& name) {
  for (const auto& [key, value] : members_of(object)) {
    if (key == name) return one_line(plain(value));
  }
  return "";
}

struct Column {
  std::string_view name;
  std::string (*text)(const Told& told);
  std::size_t cells_min = 0;  ///< So that pages of a list stand below each other.
  bool is_right = false;
};

constexpr Column known[] = {
    {"run", [](const Told& told) { return std::to_string(told.run.number); }, 6, true},
    {"id", [](const Told& told) { return std::to_string(told.run.run.value); }},
    {"state", state_of, 13},
    {"workflow", [](const Told& told) { return one_line(told.run.workflow); }},
    {"key", [](const Told& told) { return one_line(told.run.key); }},
    {"by", [](const Told& told) { return one_line(told.run.actor); }},
    {"worker", [](const Told& told) { return one_line(told.run.owner_name); }},
    {"started", [](const Told& told) { return time_text(told.run.created_at, told); }},
    {"ended",
     [](const Told& told) {
       return told.run.ended_at ? time_text(*told.run.ended_at, told) : std::string();
     }},
    {"took",
     [](const Told& told) {
       // As the end of the run says it: without the time in its queue.
       TimePoint started = told.run.created_at;
       if (told.facts != nullptr && told.facts->started_at) started = *told.facts->started_at;
       const Micros span = told.run.ended_at.value_or(told.now) - started;
       return format_duration(std::max(Micros{0}, span));
     },
     6, true},
    {"what", what_of},
};

constexpr std::string_view families[] = {"label.", "input."};

const Column* find_column(std::string_view name) {
  const auto found = std::ranges::find(known, name, &Column::name);
  return found == std::end(known) ? nullptr : &*found;
}

std::string cell_of(const std::string& name, const Told& told) {
  if (const Column* column = find_column(name)) return column->text(told);
  const std::string member = name.substr(name.find('.') + 1);
  if (name.starts_with("label.")) return member_of({told.run.labels}, member);
  return told.facts != nullptr ? member_of(told.facts->inputs, member) : "";
}

std::string heading_of(const std::string& name) {
  if (find_column(name) == nullptr) return one_line(name.substr(name.find('.') + 1));
  std::string heading = name;
  for (char& c : heading) c = static_cast<char>(c - 'a' + 'A');
  return heading;
}

}  // namespace

std::vector<std::string_view> column_names() {
  std::vector<std::string_view> names;
  for (const Column& column : known) names.push_back(column.name);
  names.insert(names.end(), std::begin(families), std::end(families));
  return names;
}

std::vector<std::string> columns_of(const std::string& list) {
  std::vector<std::string> columns;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t end = std::min(list.find(',', from), list.size());
    const std::string name = list.substr(from, end - from);
    from = end + 1;
    const bool is_member = std::ranges::any_of(families, [&](std::string_view family) {
      return name.starts_with(family) && name.size() > family.size();
    });
    if (find_column(name) == nullptr && !is_member) {
      const std::vector<std::string_view> names = column_names();
      const std::string_view near = closest(name, names);
      throw Error(ErrorKind::usage, "runs have no column " + pawl::quoted(name),
                  near.empty() ? fmt::format("there are: {}", fmt::join(names, " "))
                               : "did you mean " + pawl::quoted(near) + "?",
                  "pawl runs --columns " + std::string(usual_columns));
    }
    columns.push_back(name);
  }
  return columns;
}

std::string runs_table(std::span<const store::RunSummary> runs,
                       const std::vector<store::StepRow>& facts, TimePoint now, const Style& style,
                       const std::vector<std::string>& columns) {
  if (runs.empty()) return "";
  std::map<RunId, core::RunFacts> facts_of;
  for (const store::StepRow& row : facts) core::decode_facts(row.body, facts_of[row.run]);
  std::vector<std::vector<std::string>> rows(1);
  for (const std::string& name : columns) rows[0].push_back(heading_of(name));
  for (const store::RunSummary& run : runs) {
    const auto found = facts_of.find(run.run);
    const Told told{run, found == facts_of.end() ? nullptr : &found->second, now, style};
    std::vector<std::string>& row = rows.emplace_back();
    for (const std::string& name : columns) {
      std::string cell = cell_of(name, told);
      const bool is_last = row.size() + 1 == columns.size();
      if (style.clip && !is_last) cell = clip_middle(cell, text_cells_max);
      row.push_back(std::move(cell));
    }
  }
  std::vector<std::size_t> cells;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column* column = find_column(columns[i]);
    cells.push_back(column != nullptr ? column->cells_min : 0);
    for (const auto& row : rows) {
      cells[i] = std::max(cells[i], std::min(cell_width(row[i]), text_cells_max));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Column* column = find_column(columns[i]);
      const bool is_right = column != nullptr && column->is_right;
      line += (i > 0 ? "  " : "") +
              (is_right ? pad_left(row[i], cells[i]) : pad_right(row[i], cells[i]));
    }
    if (style.clip) line = clip_end(line, static_cast<std::size_t>(std::max(1, style.width - 1)));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace pawl::cli

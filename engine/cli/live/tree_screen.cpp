#include "cli/live/tree_screen.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "cli/json_reading.hpp"
#include "cli/plain_text.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

constexpr std::size_t time_cells = 7;
constexpr int narrow_columns = 40, low_rows = 6;
/// From so many steps on, a block shows a bar.
constexpr std::int64_t bar_leaves = 10;
constexpr std::size_t final_rows_max = 200;
/// In wider rows the eye loses which time belongs to which step.
constexpr int row_cells_max = 139;

std::string thousands(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

const core::Instance& instance_of(const LiveRun& run, StepId step) {
  return run.view().instances[static_cast<std::size_t>(step.value)];
}

std::string name_of_row(const LiveRun& run, StepId step) {
  return is_hook(run.plan(), step) ? dsl::path_of(run.plan(), step) : run.plan().step(step).id;
}

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
    if (progress.fraction) out = fmt::format("{:.0f} %", *progress.fraction * 100);
    if (!progress.message.empty()) out += (out.empty() ? "" : ", ") + one_line(progress.message);
  }
  if (instance.tries > 1) out += fmt::format("{}try {}", out.empty() ? "" : ", ", instance.tries);
  return out;
}

std::string why_of(const core::Instance& instance) {
  const std::string why =
      instance.error ? failure_text(*instance.error) : reason_text(instance.note);
  return why.empty() ? "" : ": " + why;
}

/// What a step's row says of its state. Where glyphs are letters, also what a glyph would say.
std::string words_of(const LiveRun& run, StepId step, TimePoint now, const Style& style) {
  const core::Instance& instance = instance_of(run, step);
  switch (instance.state) {
    case StepState::running: {
      std::string progress = progress_words(run, step);
      if (!style.ascii) return progress;
      return progress.empty() ? "running" : "running, " + progress;
    }
    case StepState::succeeded:
      return style.ascii ? "ok" : instance.tries > 1 ? fmt::format("{} tries", instance.tries) : "";
    case StepState::retrying:
      return retry_words(run, step, now) + why_of(instance);
    case StepState::failed:
      return (instance.tries > 1 ? fmt::format("failed after {} tries", instance.tries)
                                 : std::string("failed")) +
             (instance.ignored ? ", ignored" : "") + why_of(instance);
    default:
      return std::string(name_of(instance.state)) + why_of(instance);
  }
}

/// "━━━━────  3,852 done, 2 failed"; "1 of 3" for a small block.
std::string block_words(const Tally& tally, std::size_t room, const Style& style) {
  std::string failed;
  if (tally.failed > 0) failed = fmt::format(", {} failed", thousands(tally.failed));
  if (tally.leaves < bar_leaves)
    return fmt::format("{} of {}{}", tally.ended, tally.leaves, failed);
  std::string counts =
      fmt::format("{} of {}{}", thousands(tally.ended), thousands(tally.leaves), failed);
  const std::size_t counts_cells = cell_width(counts) + 2;
  constexpr std::size_t bar_min = 6, bar_max = 24;
  if (room < counts_cells + bar_min) return counts;
  const double share = tally.weight > 0 ? tally.done / tally.weight : 0;
  return bar(share, std::min(bar_max, room - counts_cells), style) + "  " + counts;
}

/// Only the word of the state is coloured, because the rest is what the step says.
std::string coloured_words(const std::string& words, StepState state, const Style& style) {
  const std::string word{name_of(state)};
  if (!style.colour || words.rfind(word, 0) != 0) return words;
  return painted(word, tone_of(state), style) + words.substr(word.size());
}

/// left, middle and right on one row of `cells`; the middle gives way.
std::string row_of(const std::string& left, std::size_t left_cells, const std::string& middle,
                   const std::string& right, std::size_t cells) {
  std::string out = pad_right(left, left_cells);
  const std::size_t used = cell_width(out);
  const std::size_t right_cells = right.empty() ? 0 : std::max(cell_width(right), time_cells) + 1;
  const std::size_t room = cells > used + right_cells + 2 ? cells - used - right_cells - 2 : 0;
  if (!middle.empty() && room > 0) out += "  " + clip_end(middle, room);
  if (right.empty()) return out;
  const std::size_t filled = cell_width(out);
  const std::size_t wanted = cell_width(right);
  out += std::string(cells > filled + wanted ? cells - filled - wanted : 1, ' ') + right;
  return clip_end(out, cells);
}

class TreeText {
 public:
  TreeText(const LiveRun& run, TimePoint now, const Style& style)
      : run_(run),
        now_(now),
        style_(style),
        cells_(static_cast<std::size_t>(std::clamp(style.width - 1, 1, row_cells_max))),
        tallies_(run.tallies()) {}

  Screen header(const TreeSettings& settings) const;
  Screen rows(const std::vector<TreeRow>& rows) const;
  std::string last_row() const;
  std::string one_row() const;

 private:
  std::string title(std::size_t room) const;
  std::string step_row(const TreeRow& row, std::size_t name_cells) const;
  std::string tail_row(const TreeRow& row) const;
  std::string fold_row(const TreeRow& row) const;
  std::size_t name_cells(const std::vector<TreeRow>& rows) const;
  const Tally& tally(StepId step) const { return tallies_[static_cast<std::size_t>(step.value)]; }

  const LiveRun& run_;
  TimePoint now_;
  Style style_;
  std::size_t cells_;
  std::vector<Tally> tallies_;
};

/// "► run 4711  nightly-report  region=eu day=2026-11-20 +1"
std::string TreeText::title(std::size_t room) const {
  const store::RunSummary& run = run_.view().run;
  std::string out =
      fmt::format("{} run {}  {}", painted(glyph_of(run.phase, style_), tone_of(run.phase), style_),
                  run.number, one_line(run.workflow));
  if (run.phase != core::RunPhase::running) {
    out += "  " + painted(name_of(run.phase), tone_of(run.phase), style_);
  }
  const Members inputs = members_of(run_.view().facts.inputs);
  std::string shown = " ";
  std::size_t left = inputs.size();
  for (const auto& member : inputs) {
    const std::string next = shown + " " + one_line(pairs_text(object_of({member})));
    constexpr std::size_t rest_cells = 4;
    if (cell_width(out) + cell_width(next) + rest_cells > room) break;
    shown = next;
    --left;
  }
  if (left < inputs.size()) out += shown;
  if (left > 0 && left < inputs.size()) out += fmt::format(" +{}", left);
  return out;
}

Screen TreeText::header(const TreeSettings& settings) const {
  const auto span = took(run_.view(), now_);
  const std::string clock = span ? format_duration(*span) : "";
  const std::size_t room = cells_ > time_cells + 2 ? cells_ - time_cells - 2 : 1;
  Screen screen = {row_of(clip_end(title(room), room), 0, "", clock, cells_)};
  if (settings.lost_for) {
    screen.push_back(clip_end("  " + painted(fmt::format("connection lost {} ago, trying",
                                                         format_duration(*settings.lost_for)),
                                             Tone::bad, style_),
                              cells_));
    return screen;
  }
  const Tally& whole = tally(StepId{0});
  std::string counts =
      fmt::format("{} of {} steps", thousands(whole.ended), thousands(whole.leaves));
  if (whole.failed > 0) {
    counts += ", " + painted(fmt::format("{} failed", thousands(whole.failed)), Tone::bad, style_);
  }
  if (!settings.ends.empty()) counts += ", " + settings.ends;
  const std::string percent = fmt::format("  {:.0f} % ", run_fraction(run_, whole) * 100);
  const std::size_t used = cell_width(percent) + cell_width(counts) + 2;
  constexpr std::size_t bar_min = 8, bar_max = 60;
  std::string line = percent;
  if (cells_ > used + bar_min) {
    line += bar(run_fraction(run_, whole), std::min(bar_max, cells_ - used), style_) + "  ";
  }
  screen.push_back(clip_end(line + counts, cells_));
  return screen;
}

std::size_t TreeText::name_cells(const std::vector<TreeRow>& rows) const {
  const std::size_t most = cells_ * 2 / 5;
  std::size_t cells = 12;
  for (const TreeRow& row : rows) {
    if (row.kind != TreeRow::Kind::step) continue;
    const std::size_t indent = static_cast<std::size_t>(row.depth) * 2 + 2;
    cells = std::max(cells, indent + cell_width(name_of_row(run_, row.step)));
  }
  return std::min(cells, most);
}

std::string TreeText::step_row(const TreeRow& row, std::size_t name_cells) const {
  const core::Instance& instance = instance_of(run_, row.step);
  const std::string indent(static_cast<std::size_t>(row.depth) * 2, ' ');
  const std::size_t room = name_cells > indent.size() + 3 ? name_cells - indent.size() - 2 : 1;
  const std::string left =
      indent + painted(glyph_of(instance.state, style_), tone_of(instance.state), style_) + " " +
      clip_middle(one_line(name_of_row(run_, row.step)), room);
  const auto span = took(instance, now_);
  const std::string time =
      span && instance.state != StepState::retrying ? format_duration(*span) : "";
  std::string words;
  if (is_block(run_.plan(), row.step)) {
    const std::size_t used = name_cells + time_cells + 4;
    words = block_words(tally(row.step), cells_ > used ? cells_ - used : 0, style_);
  } else {
    words = coloured_words(words_of(run_, row.step, now_, style_), instance.state, style_);
  }
  return row_of(left, name_cells, words, time, cells_);
}

std::string TreeText::tail_row(const TreeRow& row) const {
  const std::string& line = run_.tails().at(row.step.value).lines[row.line];
  const std::string left = std::string(static_cast<std::size_t>(row.depth) * 2 + 2, ' ') + "│ ";
  return clip_end(left + with_tabs_as_blanks(harmless(line)), cells_);
}

/// "► 63 more running: eu-9 28s, eu-12 21s"
std::string TreeText::fold_row(const TreeRow& row) const {
  const auto [state, word] = row.kind == TreeRow::Kind::more_failed
                                 ? std::pair(StepState::failed, "failed")
                             : row.kind == TreeRow::Kind::more_running
                                 ? std::pair(StepState::running, "running")
                                 : std::pair(StepState::waiting, "retrying or waiting");
  std::string out =
      fmt::format("{} {} more {}", painted(glyph_of(state, style_), tone_of(state), style_),
                  thousands(static_cast<std::int64_t>(row.folded.size())), word);
  for (std::size_t i = 0; i < row.folded.size() && cell_width(out) < cells_; ++i) {
    const StepId step = row.folded[i];
    out += (i == 0 ? ": " : ", ") + one_line(dsl::path_of(run_.plan(), step));
    const auto span = took(instance_of(run_, step), now_);
    if (span && row.kind == TreeRow::Kind::more_running) out += " " + format_duration(*span);
  }
  return clip_end(out, cells_);
}

Screen TreeText::rows(const std::vector<TreeRow>& rows) const {
  const std::size_t names = name_cells(rows);
  Screen screen;
  for (const TreeRow& row : rows) {
    screen.push_back(row.kind == TreeRow::Kind::step   ? step_row(row, names)
                     : row.kind == TreeRow::Kind::tail ? tail_row(row)
                                                       : fold_row(row));
  }
  return screen;
}

/// "· 4 to come: link, publish, notify, archive          Ctrl-C: leave, pause, stop"
std::string TreeText::last_row() const {
  constexpr std::size_t names_max = 40;
  const std::string keys = "Ctrl-C: leave, pause, stop";
  const std::int64_t waiting = tally(StepId{0}).not_begun;
  std::string left;
  if (waiting > 0) {
    left = fmt::format("{} {} to come", glyph_of(StepState::pending, style_), thousands(waiting));
    const std::vector<StepId> steps = to_come(run_, names_max);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      left += (i == 0 ? ": " : ", ") + one_line(dsl::path_of(run_.plan(), steps[i]));
    }
  }
  const std::size_t room = cells_ > keys.size() + 2 ? cells_ - keys.size() - 2 : 0;
  constexpr std::size_t left_min = 24;
  if (room < left_min) return clip_end(left, cells_);
  return pad_right(clip_end(left, room), room + 2) + keys;
}

/// For terminals that are too small for a tree.
std::string TreeText::one_row() const {
  const store::RunSummary& run = run_.view().run;
  const Tally& whole = tally(StepId{0});
  std::string out =
      fmt::format("{} {} {:.0f} %, {} of {}", glyph_of(run.phase, style_), run.number,
                  run_fraction(run_, whole) * 100, thousands(whole.ended), thousands(whole.leaves));
  if (whole.failed > 0) out += fmt::format(", {} failed", thousands(whole.failed));
  return clip_end(out, cells_);
}

Screen in_alphabet(Screen screen, const Style& style) {
  if (style.ascii) {
    for (std::string& row : screen) row = ascii_of(row);
  }
  return screen;
}

}  // namespace

double run_fraction(const LiveRun& run, const Tally& whole) {
  if (run.view().run.phase == core::RunPhase::succeeded) return 1;
  constexpr double nearly = 0.99;
  return whole.weight > 0 ? std::min(nearly, whole.done / whole.weight) : 0;
}

Screen tree_screen(const LiveRun& run, TimePoint now, const TreeSettings& settings,
                   const Style& style) {
  const TreeText text(run, now, style);
  if (style.width < narrow_columns || settings.rows < low_rows) {
    return in_alphabet({text.one_row()}, style);
  }
  Screen screen = text.header(settings);
  const std::size_t around = screen.size() + 1 + settings.dialogue.size();
  const auto all = static_cast<std::size_t>(settings.rows);
  const RowLimits limits{all > around ? all - around : 1, settings.tail};
  const Screen rows = text.rows(choose_rows(run, limits));
  screen.insert(screen.end(), rows.begin(), rows.end());
  if (settings.dialogue.empty()) {
    screen.push_back(text.last_row());
  } else {
    for (const std::string& row : settings.dialogue) {
      screen.push_back(clip_end(row, static_cast<std::size_t>(style.width - 1)));
    }
  }
  return in_alphabet(std::move(screen), style);
}

Screen final_tree(const LiveRun& run, TimePoint now, const Style& style) {
  return in_alphabet(TreeText(run, now, style).rows(choose_rows(run, {final_rows_max, 0})), style);
}

}  // namespace pawl::cli

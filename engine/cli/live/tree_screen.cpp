#include "cli/live/tree_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/json_reading.hpp"
#include "cli/live/tree_words.hpp"
#include "cli/plain_text.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

constexpr std::size_t time_cells = 7;
constexpr int narrow_columns = 40, low_rows = 6;
/// From here on usual time, worker and message have columns of their own.
constexpr int wide_columns = 120;
constexpr std::size_t wide_name_cells = 33, wide_words_cells = 30, worker_cells = 8;
constexpr std::size_t final_rows_max = 200;
/// In wider rows the eye loses which time belongs to which step.
constexpr int row_cells_max = 139;

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
  out.erase(out.find_last_not_of(' ') + 1);
  return clip_end(out, cells);
}

class TreeText {
 public:
  TreeText(const LiveRun& run, const Tallies& tallies, TimePoint now, const Style& style)
      : run_(run),
        now_(now),
        style_(style),
        cells_(static_cast<std::size_t>(std::clamp(style.width - 1, 1, row_cells_max))),
        is_wide_(style.width >= wide_columns),
        worker_(one_line(run.view().run.owner_name)),
        tallies_(tallies) {}

  Screen header(const TreeSettings& settings) const;
  Screen rows(const std::vector<TreeRow>& rows) const;
  bool has_paced_block() const;
  /// Of a block that never began there is nothing to count: its state and the reason are told.
  bool has_counts(StepId step) const {
    const core::Instance& instance = instance_of(run_, step);
    return run_.is_block(step) && (instance.started_at || !has_ended(instance.state));
  }
  std::string last_row(bool is_left) const;
  std::string one_row(double done) const;

 private:
  std::string title(std::size_t room) const;
  std::string counts_text(const TreeSettings& settings) const;
  std::string step_row(const TreeRow& row, std::size_t name_cells) const;
  std::string columns_of(StepId step) const;
  std::string columns_right_of(StepId step, const std::string& time) const;
  std::string tail_row(const TreeRow& row) const;
  std::string answer_row(const TreeRow& row) const;
  std::string fold_row(const TreeRow& row) const;
  std::size_t name_cells(const std::vector<TreeRow>& rows) const;
  const Tally& tally(StepId block) const { return tallies_.of(block); }

  const LiveRun& run_;
  TimePoint now_;
  Style style_;
  std::size_t cells_;
  bool is_wide_;
  std::string worker_;
  const Tallies& tallies_;
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

bool TreeText::has_paced_block() const {
  const auto& all = std::get<dsl::BlockSpec>(run_.plan().step(StepId{0}).spec).children;
  return std::ranges::any_of(all, [&](StepId step) {
    return run_.is_block(step) && !pace_text(tally(step).pace).empty();
  });
}

/// "2 of 9 steps, 1 failed, ends 13:58–14:06, usual 18m–24m"
std::string TreeText::counts_text(const TreeSettings& settings) const {
  const Tally& whole = tallies_.whole();
  std::string counts =
      fmt::format("{} of {}", thousands(whole.ended), counted(whole.leaves, "step"));
  if (whole.failed > 0) {
    counts += ", " + painted(fmt::format("{} failed", thousands(whole.failed)), Tone::bad, style_);
  }
  // A block tells its own, and the end tells what it means for the run.
  const std::string pace = pace_text(whole.pace);
  if (!pace.empty() && !has_paced_block() && (settings.ends.empty() || is_wide_)) {
    counts += ", " + pace;
  }
  if (!settings.ends.empty()) counts += ", " + settings.ends;
  const std::string usual = is_wide_ ? usual_text(run_.history().run) : "";
  return usual.empty() ? counts : counts + ", " + usual;
}

Screen TreeText::header(const TreeSettings& settings) const {
  const auto span = took(run_.view(), now_);
  std::string clock = span ? format_duration(*span) : "";
  const std::string& actor = run_.view().run.actor;
  constexpr std::string_view person = "user:";
  if (is_wide_ && actor.rfind(person, 0) == 0) {
    clock = "by " + one_line(actor.substr(person.size())) + "  " + pad_left(clock, time_cells);
  }
  const std::size_t clock_cells = std::max(time_cells, cell_width(clock)) + 2;
  const std::size_t room = cells_ > clock_cells ? cells_ - clock_cells : 1;
  Screen screen = {row_of(clip_end(title(room), room), 0, "", clock, cells_)};
  if (settings.lost_for) {
    screen.push_back(clip_end("  " + painted(fmt::format("connection lost {} ago, trying",
                                                         format_duration(*settings.lost_for)),
                                             Tone::bad, style_),
                              cells_));
    return screen;
  }
  const double done = std::max(settings.done, run_fraction(run_, tallies_.whole()));
  const std::string counts = counts_text(settings);
  const std::string percent = fmt::format("  {:.0f} % ", done * 100);
  const std::size_t used = cell_width(percent) + cell_width(counts) + 2;
  constexpr std::size_t bar_min = 8, bar_max = 60;
  std::string line = percent;
  if (cells_ > used + bar_min) line += bar(done, std::min(bar_max, cells_ - used), style_) + "  ";
  screen.push_back(clip_end(line + counts, cells_));
  return screen;
}

std::size_t TreeText::name_cells(const std::vector<TreeRow>& rows) const {
  if (is_wide_) return wide_name_cells;
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
  if (is_wide_) {
    return row_of(left, name_cells, columns_of(row.step), columns_right_of(row.step, time), cells_);
  }
  const std::size_t used = name_cells + time_cells + 4;
  const Said said = has_counts(row.step)
                        ? said_of_block(tally(row.step), cells_ > used ? cells_ - used : 0, style_)
                        : said_of(run_, row.step, now_, style_);
  const std::string words = coloured_words(said.words, instance.state, style_);
  return row_of(left, name_cells, said.message.empty() ? words : words + ": " + said.message, time,
                cells_);
}

/// State and message, each in its column; the message may take the room of words that are missing.
std::string TreeText::columns_of(StepId step) const {
  const Said said = has_counts(step) ? said_wide_of_block(tally(step), wide_words_cells, style_)
                                     : said_of(run_, step, now_, style_);
  std::string words = coloured_words(said.words, instance_of(run_, step).state, style_);
  if (said.message.empty()) return words;
  return pad_right(clip_end(words, wide_words_cells), wide_words_cells) + "  " + said.message;
}

/// "w-7      40s    58s": worker, usual time, time; what is known of no step has no column. The
/// worker's place is the message's where no worker is.
std::string TreeText::columns_right_of(StepId step, const std::string& time) const {
  std::string out;
  const bool is_at_work =
      instance_of(run_, step).state == StepState::running && !run_.is_block(step);
  if (is_at_work && !worker_.empty()) {
    out += pad_right(clip_middle(worker_, worker_cells), worker_cells) + "  ";
  }
  if (!run_.history().steps.empty()) {
    const Usual& usual = run_.history().of(step);
    out += pad_left(usual.runs > 0 ? rough_duration(usual.median) : "", time_cells) + "  ";
  }
  return out + pad_left(time, time_cells);
}

std::string TreeText::tail_row(const TreeRow& row) const {
  const std::string& line = run_.tails().at(row.step.value).lines[row.line];
  const std::string left = std::string(static_cast<std::size_t>(row.depth) * 2 + 2, ' ') + "│ ";
  return clip_end(left + with_tabs_as_blanks(harmless(line, colours_of(style_))), cells_);
}

/// "pawl approve 4711 review    or    pawl reject 4711 review"
std::string TreeText::answer_row(const TreeRow& row) const {
  const core::Instance& instance = instance_of(run_, row.step);
  const std::string path = dsl::path_of(run_.plan(), row.step);
  const std::int64_t number = run_.view().run.number;
  std::string out = std::string(static_cast<std::size_t>(row.depth) * 2 + 4, ' ') +
                    answer_command(instance, number, path);
  if (instance.reason == core::Reason::approval) {
    out += fmt::format("    or    pawl reject {} {}", number, shell_quoted(path));
  }
  return clip_end(one_line(out), cells_);
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
    screen.push_back(row.kind == TreeRow::Kind::step     ? step_row(row, names)
                     : row.kind == TreeRow::Kind::tail   ? tail_row(row)
                     : row.kind == TreeRow::Kind::answer ? answer_row(row)
                                                         : fold_row(row));
  }
  return screen;
}

/// "· 4 to come: link, publish, notify, archive          Ctrl-C: leave, pause, stop"
std::string TreeText::last_row(bool is_left) const {
  constexpr std::size_t names_max = 40;
  const std::string keys = is_left ? "" : "Ctrl-C: leave, pause, stop";
  const std::int64_t waiting = tallies_.whole().not_begun;
  std::string left;
  if (waiting > 0) {
    left = fmt::format("{} {} to come", glyph_of(StepState::pending, style_), thousands(waiting));
    const std::vector<StepId> steps = to_come(run_, names_max);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      left += (i == 0 ? ": " : ", ") + one_line(dsl::path_of(run_.plan(), steps[i]));
    }
  }
  if (keys.empty()) return clip_end(left, cells_);
  const std::size_t room = cells_ > keys.size() + 2 ? cells_ - keys.size() - 2 : 0;
  constexpr std::size_t left_min = 24;
  if (room < left_min) return clip_end(left, cells_);
  return pad_right(clip_end(left, room), room + 2) + keys;
}

/// For terminals that are too small for a tree.
std::string TreeText::one_row(double done) const {
  const store::RunSummary& run = run_.view().run;
  const Tally& whole = tallies_.whole();
  std::string out = fmt::format("{} {} {:.0f} %, {} of {}", glyph_of(run.phase, style_), run.number,
                                std::max(done, run_fraction(run_, whole)) * 100,
                                thousands(whole.ended), thousands(whole.leaves));
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

TreeFrame tree_frame(const LiveRun& run, const Tallies& tallies, TimePoint now,
                     const TreeSettings& settings, const Style& style) {
  const TreeText text(run, tallies, now, style);
  if (style.width < narrow_columns || settings.rows < low_rows) {
    return {in_alphabet({text.one_row(settings.done)}, style), {}};
  }
  TreeFrame frame;
  frame.screen = text.header(settings);
  const std::size_t around = frame.screen.size() + 1 + settings.dialogue.size();
  const auto all = static_cast<std::size_t>(settings.rows);
  const RowLimits limits{all > around ? all - around : 1, settings.tail};
  const std::vector<TreeRow> rows = choose_rows(run, limits);
  for (const TreeRow& row : rows) {
    if (row.kind == TreeRow::Kind::step) frame.steps.push_back(row.step);
  }
  std::ranges::move(text.rows(rows), std::back_inserter(frame.screen));
  if (settings.dialogue.empty()) {
    std::string last = text.last_row(settings.is_left);
    if (!last.empty()) frame.screen.push_back(std::move(last));
  } else {
    for (const std::string& row : settings.dialogue) {
      frame.screen.push_back(clip_end(row, static_cast<std::size_t>(style.width - 1)));
    }
  }
  frame.screen = in_alphabet(std::move(frame.screen), style);
  return frame;
}

Screen tree_screen(const LiveRun& run, TimePoint now, const TreeSettings& settings,
                   const Style& style) {
  return tree_frame(run, run.tallies(now), now, settings, style).screen;
}

Screen final_tree(const LiveRun& run, TimePoint now, const Style& style) {
  const Tallies tallies = run.tallies(now);
  return in_alphabet(TreeText(run, tallies, now, style).rows(choose_rows(run, {final_rows_max, 0})),
                     style);
}

}  // namespace pawl::cli

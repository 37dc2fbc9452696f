#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "cli/json_record.hpp"
#include "cli/text_width.hpp"
#include "cli/top/top_view.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

constexpr std::size_t queues_max = 5, workers_max = 6;

std::int64_t waiting_in(const std::vector<store::QueueSight>& queues) {
  std::int64_t sum = 0;
  for (const store::QueueSight& queue : queues) sum += queue.waiting;
  return sum;
}

std::int64_t owned_in(const std::vector<store::QueueSight>& queues) {
  std::int64_t sum = 0;
  for (const store::QueueSight& queue : queues) sum += queue.owned;
  return sum;
}

std::string header(const TopView& view) {
  std::string out = "pawl top";
  if (view.lost_for) {
    return out + fmt::format("  connection lost {} ago, trying", format_duration(*view.lost_for));
  }
  if (view.commits_per_second) out += fmt::format("  {:.0f} commits/s", *view.commits_per_second);
  out += fmt::format("  answers in {:.1f} ms", static_cast<double>(view.answers_in.count()) / 1000);
  out += fmt::format("  queued {}  under way {}", waiting_in(view.queues), owned_in(view.queues));
  return out;
}

std::string queue_row(const store::QueueSight& queue, TimePoint now) {
  return fmt::format(
      "{}{:>8}{:>11}{:>9}", pad_right(clip_middle(queue.name, 16), 16), queue.waiting, queue.owned,
      queue.oldest ? format_duration(std::max(Micros{0}, now - *queue.oldest)) : "-");
}

std::string worker_row(const store::WorkerSight& worker, TimePoint now, const Style& style) {
  const bool alive = worker.is_alive(now);
  const Micros rest = worker.lease_until - now;
  return fmt::format("{}{:>7}{:>8}  {}", pad_right(clip_middle(worker.name, 18), 18), worker.runs,
                     alive ? format_duration(rest) : "-",
                     alive ? "ok" : painted("gone", Tone::bad, style));
}

/// The queues on the left, the workers on the right, as `top` has it; below each other where that
/// is too wide.
std::vector<std::string> engine_rows(const TopView& view, const Style& style) {
  std::vector<std::string> left = {
      fmt::format("{:<16}{:>8}{:>11}{:>9}", "QUEUE", "WAITING", "UNDER WAY", "OLDEST")};
  for (const store::QueueSight& queue : view.queues) {
    if (left.size() > queues_max) break;
    left.push_back(queue_row(queue, view.now));
  }
  std::vector<std::string> right = {
      fmt::format("{:<18}{:>7}{:>8}  {}", "WORKER", "RUNS", "LEASE", "STATE")};
  for (const store::WorkerSight& worker : view.workers) {
    // One that has gone and left nothing behind is of no interest.
    if (!worker.is_alive(view.now) && worker.runs == 0) continue;
    if (right.size() > workers_max) break;
    right.push_back(worker_row(worker, view.now, style));
  }
  if (right.size() == 1) right.emplace_back("none is alive: pawl serve");
  constexpr std::size_t left_cells = 44, both_cells = 2 * left_cells;
  if (static_cast<std::size_t>(style.width) < both_cells) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
  }
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    rows.push_back(pad_right(i < left.size() ? left[i] : "", left_cells) + " │ " +
                   (i < right.size() ? right[i] : ""));
  }
  return rows;
}

std::string percent(const TopRun& run) {
  if (has_ended(run.run.phase) || run.steps == 0) return "";
  return fmt::format("{} %", std::min<std::int64_t>(99, run.ended * 100 / run.steps));
}

std::string run_row(const TopRun& top, bool is_chosen, TimePoint now, const Style& style) {
  constexpr std::size_t workflow_cells = 22;
  const store::RunSummary& run = top.run;
  const Tone tone = tone_of(run.phase);
  const std::string state = painted(glyph_of(run.phase, style), tone, style) + " " +
                            painted(name_of(run.phase), tone, style);
  const Micros span = std::max(Micros{0}, run.ended_at.value_or(now) - run.created_at);
  const std::string name = one_line(run.workflow);
  const std::string workflow = style.clip ? clip_middle(name, workflow_cells) : name;
  std::string told = top.now;
  if (top.running > 1) told += fmt::format(", {} more running", top.running - 1);
  if (top.failed > 0) told += fmt::format("{}{} failed", told.empty() ? "" : ", ", top.failed);
  return fmt::format("{}{:>6}  {}  {}{:>5}{:>8}  {}", is_chosen ? ">" : " ", run.number,
                     pad_right(state, 13), pad_right(workflow, workflow_cells), percent(top),
                     format_duration(span), told);
}

std::string foot(const TopView& view, const TopLook& look) {
  if (look.typing) return "filter: " + *look.typing + "_";
  if (!view.mistake.empty()) return "filter: " + view.mistake;
  const std::string keys = "q leave   j k choose   Enter show   / filter";
  return view.filter.empty() ? keys : "filter: " + view.filter + "   " + keys;
}

}  // namespace

Screen top_screen(const TopView& view, const TopLook& look, const Style& style) {
  const std::size_t cells = static_cast<std::size_t>(std::max(1, style.width - 1));
  const std::size_t rows = static_cast<std::size_t>(std::max(3, look.rows));
  Screen screen;
  const std::string clock = clock_text(view.now);
  if (cells > 2 * clock.size()) {
    const std::string head = clip_end(header(view), cells - clock.size() - 1);
    screen.push_back(pad_right(head, cells - clock.size()) + clock);
  } else {
    screen.push_back(header(view));
  }
  for (std::string& row : engine_rows(view, style)) {
    if (screen.size() + 4 < rows) screen.push_back(std::move(row));
  }
  screen.push_back(fmt::format(" {:>6}  {:<13}  {:<22}{:>5}{:>8}  {}", "RUN", "STATE", "WORKFLOW",
                               "%", "FOR", "NOW"));
  const std::size_t room = rows > screen.size() + 1 ? rows - screen.size() - 1 : 0;
  // The chosen one is always on the screen.
  const std::size_t chosen = look.chosen.value_or(0);
  const std::size_t first = chosen >= room && room > 0 ? chosen - room + 1 : 0;
  for (std::size_t i = first; i < view.runs.size() && i < first + room; ++i) {
    screen.push_back(run_row(view.runs[i], look.chosen == i, view.now, style));
  }
  if (view.runs.empty() && room > 0) screen.emplace_back("no runs");
  screen.push_back(foot(view, look));
  for (std::string& row : screen) {
    if (style.clip) row = clip_end(row, cells);
    row.erase(row.find_last_not_of(' ') + 1);
  }
  if (screen.size() > rows) screen.resize(rows);
  return screen;
}

std::string top_record(const TopView& view) {
  const auto list = [](const auto& items, auto record) {
    std::string out = "[";
    for (const auto& item : items) out += (out.size() > 1 ? "," : "") + record(item).str();
    return JsonText{out + "]"};
  };
  return JsonRecord("top")
      .time("at", view.now)
      .millis("answers_in_ms", view.answers_in)
      .json("queues", list(view.queues,
                           [](const store::QueueSight& queue) {
                             return JsonRecord()
                                 .text("queue", queue.name)
                                 .number("waiting", queue.waiting)
                                 .number("under_way", queue.owned)
                                 .time("oldest_at", queue.oldest);
                           }))
      .json("workers", list(view.workers,
                            [&](const store::WorkerSight& worker) {
                              return JsonRecord()
                                  .text("worker", worker.name)
                                  .text("host", worker.host)
                                  .text("build", worker.build)
                                  .boolean("alive", worker.is_alive(view.now))
                                  .number("runs", worker.runs)
                                  .time("started_at", worker.started_at)
                                  .time("lease_until", worker.lease_until);
                            }))
      .json("runs", list(view.runs,
                         [](const TopRun& top) {
                           return JsonRecord()
                               .text("run", std::to_string(top.run.number))
                               .text("workflow", top.run.workflow)
                               .text("state", name_of(top.run.phase))
                               .number("steps", top.steps)
                               .number("ended", top.ended)
                               .number("failed", top.failed)
                               .number("running", top.running);
                         }))
      .str();
}

}  // namespace pawl::cli

#include "cli/gantt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/units.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

constexpr std::size_t rows_max = 200;
constexpr std::size_t name_cells_max = 28;
constexpr std::size_t bar_cells_min = 20, bar_cells_max = 100;
/// Waits below this are nobody's concern.
constexpr Micros worth_telling{1'000'000};

const core::Instance& instance_of(const RunView& view, StepId step) {
  return view.instances[static_cast<std::size_t>(step.value)];
}

int depth_of(const dsl::Plan& plan, StepId step) {
  int depth = 0;
  for (StepId at = plan.step(step).parent; at.value > 0; at = plan.step(at).parent) ++depth;
  return depth;
}

/// Steps that have run, in file order; the longest `rows_max` when there are more.
std::vector<StepId> shown_steps(const RunView& view, TimePoint now, std::size_t& left_out) {
  std::vector<StepId> steps;
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(view.plan->steps.size()); ++i) {
    if (instance_of(view, StepId{i}).started_at) steps.push_back(StepId{i});
  }
  const std::vector<std::int32_t> ranks = tree_ranks(*view.plan);
  const auto rank = [&](StepId step) { return ranks[static_cast<std::size_t>(step.value)]; };
  std::ranges::sort(steps, {}, rank);
  left_out = steps.size() > rows_max ? steps.size() - rows_max : 0;
  if (left_out == 0) return steps;
  std::ranges::stable_sort(steps, std::greater{}, [&](StepId step) {
    return took(instance_of(view, step), now).value_or(Micros{0});
  });
  steps.resize(rows_max);
  std::ranges::sort(steps, {}, rank);
  return steps;
}

/// The axis: which cell an instant falls into.
class Axis {
 public:
  Axis(TimePoint begin, TimePoint end, std::size_t cells)
      : begin_(begin), span_(std::max(Micros{1}, end - begin)), cells_(cells) {}

  std::size_t cell(TimePoint at) const {
    const double share =
        static_cast<double>((at - begin_).count()) / static_cast<double>(span_.count());
    const double cell = std::floor(share * static_cast<double>(cells_));
    return static_cast<std::size_t>(std::clamp(cell, 0.0, static_cast<double>(cells_ - 1)));
  }
  std::size_t cells() const { return cells_; }
  TimePoint at(std::size_t cell) const {
    return begin_ + Micros{span_.count() * static_cast<std::int64_t>(cell) /
                           static_cast<std::int64_t>(cells_)};
  }

 private:
  TimePoint begin_;
  Micros span_;
  std::size_t cells_;
};

/// "██··██▏": what ran, and between attempts what waited.
std::string bar_of(const core::Instance& instance, const std::vector<AttemptSpan>& spans,
                   const Axis& axis, TimePoint now, Tone tone, const Style& style) {
  enum class Cell { none, waits, runs };
  std::vector<Cell> cells(axis.cells(), Cell::none);
  const TimePoint begin = *instance.started_at;
  const TimePoint end = instance.ended_at.value_or(now);
  for (std::size_t i = axis.cell(begin); i <= axis.cell(end); ++i) cells[i] = Cell::waits;
  const auto fill = [&](TimePoint from, TimePoint to) {
    for (std::size_t i = axis.cell(from); i <= axis.cell(to); ++i) cells[i] = Cell::runs;
  };
  if (spans.empty()) fill(begin, end);
  for (const AttemptSpan& span : spans) fill(span.from, span.to.value_or(end));
  std::string out, bar;
  for (std::size_t i = 0; i <= axis.cell(end); ++i) {
    if (cells[i] == Cell::none) {
      out += ' ';
    } else {
      bar += cells[i] == Cell::runs ? "█" : "·";
    }
  }
  return out + painted(bar, tone, style);
}

/// Clocks above the axis, as many as fit.
std::string clocks_of(const Axis& axis, Micros span) {
  const bool seconds = span < std::chrono::minutes{10};
  const std::size_t width = seconds ? 8 : 5;
  const std::size_t every = std::max<std::size_t>(width + 4, axis.cells() / 4);
  std::string out;
  for (std::size_t cell = 0; cell + width <= axis.cells(); cell += every) {
    out += std::string(cell - out.size(), ' ');
    out += clock_text(axis.at(cell)).substr(0, width);
  }
  return out;
}

/// What a row says left of its bar.
struct Label {
  std::string name, tries;
};

Label label_of(const RunView& view, StepId step) {
  const core::Instance& instance = instance_of(view, step);
  const std::string indent(static_cast<std::size_t>(depth_of(*view.plan, step)) * 2, ' ');
  const std::string name =
      is_hook(*view.plan, step) ? dsl::path_of(*view.plan, step) : view.plan->step(step).id;
  return {clip_middle(indent + one_line(name), name_cells_max),
          instance.attempt > 1 ? fmt::format("{}×", instance.attempt) : ""};
}

/// From one moment to another, without the pauses in between.
Micros waited(TimePoint from, TimePoint to, const std::vector<AttemptSpan>& pauses) {
  Micros span = to - from;
  for (const AttemptSpan& pause : pauses) {
    const TimePoint begin = std::max(from, pause.from), end = std::min(to, pause.to.value_or(to));
    span -= std::max(Micros{0}, end - begin);
  }
  return std::max(Micros{0}, span);
}

/// "where the time went: 3m waiting to retry compile, 40s for a slot"
std::string waits_text(const RunView& view, const AttemptSpans& spans,
                       const std::vector<AttemptSpan>& pauses, TimePoint now) {
  std::vector<std::pair<Micros, std::string>> waits;
  Micros paused{0};
  for (const AttemptSpan& pause : pauses) {
    paused += pause.to.value_or(view.facts.ended_at.value_or(now)) - pause.from;
  }
  if (paused >= worth_telling) waits.emplace_back(paused, "paused");
  Micros slots{0};
  for (const StepId step : leaves_of(*view.plan)) {
    const core::Instance& instance = instance_of(view, step);
    const auto found = spans.find(step.value);
    if (found == spans.end()) {
      if (instance.ready_at && instance.started_at) {
        slots += waited(*instance.ready_at, *instance.started_at, pauses);
      }
      continue;
    }
    Micros between{0};
    std::optional<TimePoint> before;
    for (const AttemptSpan& span : found->second) {
      // The first attempt since it was ready waited for a slot, the others to be tried again. What
      // lies between the end of a run and its repair is neither.
      const bool is_first = instance.ready_at && *instance.ready_at <= span.from &&
                            (!before || *before <= *instance.ready_at);
      if (is_first) {
        slots += waited(*instance.ready_at, span.from, pauses);
      } else if (before) {
        between += waited(*before, span.from, pauses);
      }
      before = span.to;
    }
    if (between >= worth_telling) {
      waits.emplace_back(between, "waiting to retry " + dsl::path_of(*view.plan, step));
    }
  }
  if (slots >= worth_telling) waits.emplace_back(slots, "for a slot, all steps together");
  if (waits.empty()) return "";
  std::ranges::stable_sort(waits, std::greater{}, &std::pair<Micros, std::string>::first);
  constexpr std::size_t told_max = 3;
  std::string out = "where the time went: ";
  for (std::size_t i = 0; i < std::min(told_max, waits.size()); ++i) {
    out += fmt::format("{}{} {}", i == 0 ? "" : ", ", format_duration(waits[i].first),
                       waits[i].second);
  }
  return out + "\n";
}

}  // namespace

AttemptSpans attempt_spans(const std::vector<EventView>& events) {
  AttemptSpans spans;
  for (const EventView& event : events) {
    for (const EventView::Change& change : event.changes) {
      std::vector<AttemptSpan>& own = spans[change.inst];
      if (!own.empty() && !own.back().to) own.back().to = event.at;
      if (change.to == StepState::running) own.push_back({event.at, {}});
    }
  }
  std::erase_if(spans, [](const auto& entry) { return entry.second.empty(); });
  return spans;
}

std::vector<AttemptSpan> pause_spans(const std::vector<EventView>& events) {
  std::vector<AttemptSpan> pauses;
  bool is_paused = false;
  for (const EventView& event : events) {
    const bool was_paused = std::exchange(is_paused, event.phase == core::RunPhase::paused);
    if (is_paused && !was_paused) pauses.push_back({event.at, {}});
    if (was_paused && !is_paused) pauses.back().to = event.at;
  }
  return pauses;
}

std::string gantt_text(const RunView& view, const AttemptSpans& spans,
                       const std::vector<AttemptSpan>& pauses, TimePoint now, const Style& style) {
  std::size_t left_out = 0;
  const std::vector<StepId> steps = shown_steps(view, now, left_out);
  const std::string state =
      fmt::format("{} {}", painted(glyph_of(view.run.phase, style), tone_of(view.run.phase), style),
                  painted(name_of(view.run.phase), tone_of(view.run.phase), style));
  if (steps.empty())
    return fmt::format("run {}  {}: no step has started\n", view.run.number, state);

  TimePoint begin = TimePoint::max(), end = TimePoint::min();
  std::size_t names = 8, tries = 0;
  for (const StepId step : steps) {
    const core::Instance& instance = instance_of(view, step);
    begin = std::min(begin, *instance.started_at);
    end = std::max(end, instance.ended_at.value_or(now));
    const Label label = label_of(view, step);
    names = std::max(names, cell_width(label.name));
    tries = std::max(tries, cell_width(label.tries));
  }
  const std::size_t left = names + (tries > 0 ? tries + 2 : 0) + 2 + 2 + 6 + 2;
  const auto width = static_cast<std::size_t>(std::max(1, style.width - 1));
  const std::size_t cells =
      std::clamp(width > left ? width - left : 0, bar_cells_min, bar_cells_max);
  const Axis axis(begin, end, cells);

  const std::string head = fmt::format("run {}  {}", view.run.number, state);
  std::string out = pad_right(head, left) + clocks_of(axis, end - begin);
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
  for (const StepId step : steps) {
    const core::Instance& instance = instance_of(view, step);
    const Label label = label_of(view, step);
    const auto own = spans.find(step.value);
    const Tone tone = tone_of(instance.state);
    out += pad_right(label.name, names);
    if (tries > 0) out += "  " + pad_left(label.tries, tries);
    out +=
        fmt::format("  {}  {:>6}  {}\n", painted(glyph_of(instance.state, style), tone, style),
                    format_duration(took(instance, now).value_or(Micros{0})),
                    bar_of(instance, own == spans.end() ? std::vector<AttemptSpan>{} : own->second,
                           axis, now, tone, style));
  }
  if (left_out > 0) out += fmt::format("{} shorter ones are not shown\n", left_out);
  return out + waits_text(view, spans, pauses, now);
}

}  // namespace pawl::cli

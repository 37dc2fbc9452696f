#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/json_reading.hpp"
#include "cli/json_record.hpp"
#include "cli/run_record.hpp"
#include "cli/step_page.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

/// A page for people, and as a record.
namespace pawl::cli {
namespace {

constexpr std::size_t label_cells = 10;

const core::Instance& instance_of(const RunView& view, StepId step) {
  return view.instances[static_cast<std::size_t>(step.value)];
}

/// "  started    13:08:42.000"
std::string row(std::string_view label, const std::string& text, const Style& style) {
  return clipped_row(fmt::format("  {} {}", pad_right(label, label_cells), text), style);
}

/// Rows under one label, which stands before the first.
std::string rows(std::string_view label, const std::vector<std::string>& texts,
                 const Style& style) {
  std::string out;
  for (const std::string& text : texts) out += row(out.empty() ? label : "", text, style);
  return out;
}

std::string reason_of(const Attempt& attempt) {
  if (attempt.why.empty()) return "";
  core::Failure failure;
  failure.message = attempt.why;
  failure.exit_code = attempt.exit_code;
  return attempt.exit_code ? failure_text(failure) : reason_text(attempt.why);
}

Tone tone_of(Attempt::State state) {
  switch (state) {
    case Attempt::State::running:
      return Tone::run;
    case Attempt::State::succeeded:
      return Tone::good;
    case Attempt::State::failed:
      return Tone::bad;
    case Attempt::State::cancelled:
    case Attempt::State::skipped:
      return Tone::stop;
    case Attempt::State::lost:
    case Attempt::State::released:
      return Tone::warn;
  }
  return Tone::none;
}

/// With its date when that is not today's.
std::string moment(TimePoint at, TimePoint now, const Style& style) {
  constexpr std::size_t day_cells = 10;
  const std::string full = full_time(at);
  const bool today = full.compare(0, day_cells, full_time(now), 0, day_cells) == 0;
  return today && !style.verbose ? clock_millis(at) : full;
}

std::string worker_of(const StepPage& page, const Attempt& attempt) {
  const auto name = page.workers.find(attempt.worker);
  return name == page.workers.end() ? "" : name->second;
}

/// "2  failed     13:02:24.120    56s  on w-7  exit 2, "ld: out of memory""
std::vector<std::string> attempt_rows(const StepPage& page, TimePoint now, const Style& style) {
  std::vector<std::string> texts;
  for (const Attempt& attempt : page.attempts) {
    const Micros span = std::max(Micros{0}, attempt.ended_at.value_or(now) - attempt.started_at);
    const std::string state =
        pad_right(painted(name_of(attempt.state), tone_of(attempt.state), style), 9);
    std::string text = fmt::format("{:>2}  {}  {}  {:>6}", attempt.number, state,
                                   moment(attempt.started_at, now, style), format_duration(span));
    if (const std::string worker = worker_of(page, attempt); !worker.empty()) {
      text += "  on " + one_line(worker);
    }
    if (const std::string why = reason_of(attempt); !why.empty()) text += "  " + why;
    texts.push_back(std::move(text));
  }
  return texts;
}

/// What is read in two places stands once.
std::vector<std::string> input_rows(const std::vector<StepInput>& inputs) {
  std::size_t width = 0;
  for (const StepInput& input : inputs) {
    width = std::max(width, cell_width(one_line(input.expression)));
  }
  std::vector<std::string> texts;
  for (const StepInput& input : inputs) {
    texts.push_back(fmt::format(
        "{}  {}", pad_right(one_line(input.expression), width),
        input.value ? "= " + one_line(input.value->text) : "no value: " + one_line(input.why)));
  }
  return texts;
}

/// Its reason, then the traceback, which points into the workflow's file.
std::string error_text(const RunView& view, const StepPage& page, const Style& style) {
  const core::Instance& instance = instance_of(view, page.step);
  if (!instance.error) {
    return instance.note.empty() ? "" : row("why", reason_text(instance.note), style);
  }
  std::string out = page.place ? place_text(view, page.step, *page.place, style)
                               : row("error", failure_text(*instance.error), style);
  for (std::size_t from = 0; from < instance.error->stack.size();) {
    const std::size_t end =
        std::min(instance.error->stack.find('\n', from), instance.error->stack.size());
    out += "    " + one_line(instance.error->stack.substr(from, end - from)) + '\n';
    from = end + 1;
  }
  return out;
}

std::string tail_text(const RunView& view, const StepPage& page, const Style& style) {
  if (page.tail.empty()) return "";
  std::string out;
  for (const LogLine& line : page.tail) {
    const std::string_view mark = line.stream == store::LogStream::err ? "!" : "│";
    out += clipped_row(fmt::format("    {} {}", mark, with_tabs_as_blanks(harmless(line.text))),
                       style);
  }
  const auto shown = static_cast<std::int64_t>(page.tail.size());
  const std::string count =
      page.lines ? counted(std::max(*page.lines, shown), "line") + ": " : std::string();
  return out + fmt::format("    {}pawl logs {} {}\n", count, view.run.number,
                           shell_quoted(dsl::path_of(*view.plan, page.step)));
}

std::string counts_text(const core::Instance& instance) {
  std::vector<std::string> parts;
  if (instance.attempt > 1) parts.push_back(tries_text(instance));
  if (instance.lost > 0) parts.push_back(fmt::format("{} lost", instance.lost));
  if (instance.generation > 0 && instance.attempt > 1)
    parts.push_back("repaired " + counted(instance.generation, "time"));
  if (instance.ignored) parts.emplace_back("failure ignored");
  return fmt::format("{}", fmt::join(parts, ", "));
}

JsonText list_of(const std::vector<JsonText>& items) { return core::Expressions::array(items); }

JsonText attempts_json(const StepPage& page, TimePoint now) {
  std::vector<JsonText> items;
  for (const Attempt& attempt : page.attempts) {
    JsonRecord record;
    record.number("attempt", attempt.number)
        .text("state", name_of(attempt.state))
        .time("started_at", attempt.started_at)
        .time("ended_at", attempt.ended_at)
        .millis("took_ms", attempt.ended_at.value_or(now) - attempt.started_at)
        .text_or_null("error_kind", attempt.kind ? name_of(*attempt.kind) : "")
        .number_or_null("exit_code", attempt.exit_code)
        .text_or_null("why", attempt.why)
        .text_or_null("stack", attempt.stack)
        .text_or_null("worker", worker_of(page, attempt));
    items.push_back(record.value());
  }
  return list_of(items);
}

JsonText inputs_json(const std::vector<StepInput>& inputs) {
  std::vector<JsonText> items;
  for (const StepInput& input : inputs) {
    JsonRecord record;
    record.text("where", input.where)
        .text("expression", input.expression)
        .json("value", input.value.value_or(JsonText{}))
        .text_or_null("why", input.why);
    items.push_back(record.value());
  }
  return list_of(items);
}

JsonText progress_json(const std::optional<store::Progress>& progress) {
  if (!progress) return {};
  return JsonRecord()
      .decimal_or_null("fraction", progress->fraction)
      .decimal_or_null("done", progress->done)
      .decimal_or_null("total", progress->total)
      .text_or_null("message", progress->message)
      .time("at", progress->at)
      .value();
}

/// What an approval asks, and what was said to it.
std::string asked_text(const core::Waiting& waiting, TimePoint now, const Style& style) {
  std::string out;
  if (!waiting.title.empty()) out += row("asks", one_line(waiting.title), style);
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < waiting.body.size();) {
    const std::size_t end = std::min(waiting.body.find('\n', from), waiting.body.size());
    lines.push_back(one_line(waiting.body.substr(from, end - from)));
    from = end + 1;
  }
  out += rows("body", lines, style);
  std::vector<std::string> votes;
  for (const core::Vote& vote : waiting.votes) {
    std::string said = fmt::format("{}  {}", moment(vote.at, now, style), vote.by);
    if (!vote.option.empty()) said += fmt::format(": {}", one_line(vote.option));
    if (!vote.comment.empty()) said += fmt::format(", {}", one_line(vote.comment));
    votes.push_back(std::move(said));
  }
  return out + rows("decided", votes, style);
}

}  // namespace

std::string page_text(const RunView& view, const StepPage& page, TimePoint now,
                      const Style& style) {
  const core::Instance& instance = instance_of(view, page.step);
  const Tone tone = tone_of(instance.state);
  std::string head = fmt::format("{} {}  {}", painted(glyph_of(instance.state, style), tone, style),
                                 dsl::path_of(*view.plan, page.step),
                                 painted(name_of(instance.state), tone, style));
  if (const auto span = took(instance, now)) head += "  " + format_duration(*span);
  std::string out = head + '\n';
  const dsl::Step& step = view.plan->step(page.step);
  if (!step.name.empty()) out += row("name", one_line(step.name), style);
  if (!step.description.empty()) out += row("about", one_line(step.description), style);
  if (const std::string counts = counts_text(instance); !counts.empty()) {
    out += row("detail", counts, style);
  }
  if (instance.started_at) out += row("started", moment(*instance.started_at, now, style), style);
  if (instance.ended_at) out += row("ended", moment(*instance.ended_at, now, style), style);
  if (instance.state == core::StepState::retrying && instance.due_at) {
    out += row("again in", format_duration(std::max(Micros{0}, *instance.due_at - now)), style);
  }
  if (instance.state == core::StepState::waiting) {
    out += row("waits", wait_text(instance, step, now), style);
  }
  if (instance.waiting) out += asked_text(*instance.waiting, now, style);
  out += rows("attempts", attempt_rows(page, now, style), style);
  out += rows("inputs", input_rows(page.inputs), style);
  if (page.progress) out += row("progress", progress_text(*page.progress), style);
  if (page.checkpoint) out += row("checkpoint", one_line(page.checkpoint->text), style);
  std::vector<std::string> memos;
  for (const auto& [key, value] : page.memos) {
    memos.push_back(fmt::format("{} = {}", one_line(key), one_line(value.text)));
  }
  out += rows("memos", memos, style);
  if (!instance.output.is_null()) out += row("output", one_line(instance.output.text), style);
  out += error_text(view, page, style);
  return out + tail_text(view, page, style);
}

std::string page_record(const RunView& view, const StepPage& page, TimePoint now) {
  JsonRecord record("step");
  record.text("run", std::to_string(view.run.number))
      .text("id", std::to_string(view.run.run.value))
      .number("seq", view.run.version);
  add_step(record, view, page.step, now);
  JsonRecord memos;
  for (const auto& [key, value] : page.memos) memos.json(key, value);
  std::vector<JsonText> tail;
  for (const LogLine& line : page.tail) tail.push_back({json_string(line.text)});
  const auto lines = page.lines ? JsonText{std::to_string(*page.lines)} : JsonText{};
  return record.json("attempts", attempts_json(page, now))
      .json("inputs", inputs_json(page.inputs))
      .json("progress", progress_json(page.progress))
      .json("checkpoint", page.checkpoint.value_or(JsonText{}))
      .json("memos", memos.value())
      .json("log_lines", lines)
      .json("log_tail", list_of(tail))
      .str();
}

}  // namespace pawl::cli

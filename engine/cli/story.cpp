#include "cli/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/json_record.hpp"
#include "cli/run_view.hpp"
#include "cli/step_selection.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

std::string because(const std::string& note) {
  return note.empty() ? "" : ": " + reason_text(note);
}

/// The way of every step that does well.
bool is_usual(core::StepState state) {
  using enum core::StepState;
  return state == running || state == succeeded || state == skipped || state == cancelled;
}

bool has_begun(core::StepState state) {
  using enum core::StepState;
  return state == running || state == succeeded || state == failed || state == retrying;
}

/// "retrying, try 3 of 5 in 8s"
std::string retry_text(const dsl::Settings& settings, const core::Instance* row, TimePoint at) {
  if (row == nullptr || row->state != core::StepState::retrying) return "retrying";
  std::string out = fmt::format("retrying, try {}", row->tries + 1);
  if (settings.retry.max_attempts > 1) out += fmt::format(" of {}", settings.retry.max_attempts);
  if (row->due_at && *row->due_at > at) out += " in " + format_duration(*row->due_at - at);
  return out;
}

}  // namespace

Story::Story(std::shared_ptr<const dsl::Plan> plan, std::int64_t number, Telling telling)
    : book_(std::move(plan)),
      number_(number),
      telling_(telling),
      leaves_(static_cast<std::int64_t>(leaves_of(book_.plan()).size())) {}

std::vector<ToldLine> Story::lines(const EventView& event,
                                   const std::map<std::int32_t, core::Instance>& rows) {
  std::vector<ToldLine> out;
  const std::string stamp = telling_.verbose ? full_time(event.at) : clock_text(event.at);
  const auto add = [&](const std::string& text) {
    if (text.empty()) return false;
    out.push_back({event.at, stamp + " " + text + "\n", {}, {}});
    return true;
  };
  add(run_text(event));
  for (const EventView::Change& change : event.changes) {
    const StepBook::Entry* step = book_.find(change.inst);
    if (step == nullptr) continue;
    if (step->is_block && has_begun(change.to)) begun_.insert(change.inst);
    if (step->holds_items && change.to == core::StepState::failed) {
      // It may have failed without an item that has.
      add(plain_text(change));
      out.back().ends.push_back({change.inst, change.attempt});
      continue;
    }
    if (step->is_block) {
      // The one that holds all steps is the run.
      if (tells_all() && change.inst != 0) add(plain_text(change));
      continue;
    }
    if (!add(step_text(change, event.at, rows))) continue;
    const bool begins = change.to == core::StepState::running;
    (begins ? out.back().begins : out.back().ends).push_back({change.inst, change.attempt});
  }
  phase_ = event.phase;
  return out;
}

/// "build.compile ready": for what is told only to who wants to know all.
std::string Story::plain_text(const EventView::Change& change) const {
  return fmt::format("{} {}{}", book_.path(change.inst), name_of(change.to), because(change.note));
}

/// ": pawl approve 4711 review", for what people have to do.
std::string Story::answer_to(std::int32_t inst, const std::string& name) const {
  const dsl::Step& step = book_.plan().step(book_.find(inst)->step);
  if (step.kind != dsl::Kind::approval) return "";
  return fmt::format(": pawl approve {} {}", number_, shell_quoted(name));
}

std::string Story::step_text(const EventView::Change& change, TimePoint at,
                             const std::map<std::int32_t, core::Instance>& rows) {
  const auto started = running_.find(change.inst);
  const bool was_running = started != running_.end();
  const Micros span = was_running ? at - started->second : Micros{0};
  if (was_running && change.to != core::StepState::running) {
    running_.erase(started);
    if (telling_.lines == StoryLines::all) ended_since_.push_back(change.inst);
  }
  if (has_ended(change.to) && !book_.find(change.inst)->is_hook) ++ended_;
  if (telling_.lines == StoryLines::attention && is_usual(change.to)) {
    if (change.to == core::StepState::running) running_[change.inst] = at;
    return "";
  }
  const std::string name = book_.path(change.inst);
  switch (change.to) {
    case core::StepState::running:
      running_[change.inst] = at;
      return change.attempt > 1 ? fmt::format("{} started, attempt {}", name, change.attempt)
                                : fmt::format("{} started", name);
    case core::StepState::succeeded:
      return fmt::format("{} succeeded in {}", name, format_duration(span));
    case core::StepState::failed:
      if (!was_running) return fmt::format("{} failed{}", name, because(change.note));
      return fmt::format("{} failed after {}{}", name, format_duration(span), because(change.note));
    case core::StepState::retrying: {
      const auto row = rows.find(change.inst);
      const auto& settings = book_.plan().step(book_.find(change.inst)->step).settings;
      // The row may be of a later try already, when tries follow each other fast.
      const bool is_of_it = row != rows.end() && row->second.attempt == change.attempt;
      return fmt::format(
          "{} {}{}", name,
          retry_text(settings ? *settings : dsl::Settings{}, is_of_it ? &row->second : nullptr, at),
          because(change.note));
    }
    case core::StepState::skipped:
    case core::StepState::cancelled:
    case core::StepState::unknown:
    case core::StepState::interrupted:
      return fmt::format("{} {}{}", name, name_of(change.to), because(change.note));
    case core::StepState::ready:  // With a note only: its attempt was lost or given back.
      if (tells_all()) return plain_text(change);
      return change.note.empty() ? "" : fmt::format("{} {}", name, one_line(change.note));
    case core::StepState::pending:
      --ended_;
      return tells_all() ? plain_text(change) : "";
    case core::StepState::waiting:
      running_[change.inst] = at;
      return fmt::format("{} waiting {}{}", name, one_line(change.note),
                         answer_to(change.inst, name));
    case core::StepState::not_run:  // Told once, in the summary.
      return tells_all() ? plain_text(change) : "";
  }
  return "";
}

Story::RepairedSteps Story::repaired_steps(const EventView& event) const {
  RepairedSteps count;
  std::vector<StepId> new_blocks;
  for (const EventView::Change& change : event.changes) {
    const StepBook::Entry* entry = book_.find(change.inst);
    if (change.to != core::StepState::pending || entry == nullptr || entry->is_hook) continue;
    if (!entry->is_block) {
      ++(change.attempt > 0 ? count.again : count.first);
    } else if (change.inst != 0 && !begun_.contains(change.inst)) {
      new_blocks.push_back(entry->step);
    }
  }
  // What is in a block that had not begun has no rows, so the event does not name it.
  count.first += static_cast<std::int64_t>(leaves_in(book_.plan(), new_blocks).size());
  return count;
}

void Story::take_begun(const std::vector<core::Instance>& instances) {
  for (std::size_t i = 1; i < instances.size(); ++i) {
    if (has_begun(instances[i].state)) begun_.insert(static_cast<std::int32_t>(i));
  }
}

std::string Story::run_text(const EventView& event) const {
  const std::string who = event.actor.empty() ? "system" : event.actor;
  const std::string run = fmt::format("run {}", number_);
  if (!event.refused.empty()) {
    return fmt::format("{} refused {} of {}: {}", run, event.kind, who, event.refused);
  }
  if (event.kind == "start" && telling_.lines == StoryLines::attention) return "";
  if (event.kind == "start") {
    const std::string id = tells_all() ? fmt::format(", id {}", telling_.id) : "";
    return fmt::format("{} {} started by {}{}", run, book_.plan().name, who, id);
  }
  if (event.kind == "pause") return fmt::format("{} paused by {}", run, who);
  if (event.kind == "resume") return fmt::format("{} resumed by {}", run, who);
  if (event.kind == "cancel") {
    return fmt::format("{} is being cancelled by {}{}", run, who, because(event.why));
  }
  if (event.kind == "repair") {
    const auto [again, first] = repaired_steps(event);
    // Of a block that waited to be tried again, no step had ended for good.
    std::string what = again > 0 ? ": " + counted(again, "step") + " again" : "";
    if (first > 0) what += (again > 0 ? ", " : ": ") + thousands(first) + " for the first time";
    return fmt::format("{} repaired by {}{}", run, who, what);
  }
  if (event.kind == "adopted") {
    const std::string which =
        tells_all() && event.worker != 0 ? fmt::format(", {}", event.worker) : "";
    return fmt::format("{} goes on with another worker{}", run, which);
  }
  if (event.phase == core::RunPhase::paused && phase_ != core::RunPhase::paused) {
    return fmt::format("{} paused by a hook: pawl resume {}", run, number_);
  }
  return "";
}

std::string Story::sign_of_life(TimePoint now) const {
  // How many items there will be is not known here.
  std::string out =
      fmt::format("{} run {} {}, {}", clock_text(now), number_, name_of(phase_),
                  book_.has_items() ? counted(ended_, "step") + " done"
                                    : thousands(ended_) + " of " + counted(leaves_, "step"));
  const auto longest =
      std::ranges::min_element(running_, {}, [](const auto& running) { return running.second; });
  if (longest != running_.end()) {
    out += fmt::format(", longest {} {}", book_.path(longest->first),
                       format_duration(std::max(Micros{0}, now - longest->second)));
  }
  return out;
}

std::vector<std::int32_t> Story::take_talkers() {
  std::vector<std::int32_t> talkers = std::exchange(ended_since_, {});
  for (const auto& [inst, since] : running_) talkers.push_back(inst);
  std::ranges::sort(talkers);
  talkers.erase(std::unique(talkers.begin(), talkers.end()), talkers.end());
  return talkers;
}

ToldLine told_by(const EventView& event, std::string text) {
  ToldLine line{event.at, std::move(text), {}, {}};
  for (const EventView::Change& change : event.changes) {
    const bool begins = change.to == core::StepState::running;
    (begins ? line.begins : line.ends).push_back({change.inst, change.attempt});
  }
  return line;
}

std::string event_record(const EventView& event, const StepBook& book, std::int64_t number,
                         RunId run) {
  std::string steps = "[";
  for (const EventView::Change& change : event.changes) {
    if (steps.size() > 1) steps += ',';
    steps += JsonRecord()
                 .text("step", book.path(change.inst))
                 .number("inst", change.inst)
                 .text("state", name_of(change.to))
                 .number("attempt", change.attempt)
                 .text_or_null("note", change.note)
                 .str();
  }
  JsonRecord record("event");
  record.text("run", std::to_string(number))
      .text("id", std::to_string(run.value))
      .number("seq", event.seq)
      .time("at", event.at)
      .text("event", event.kind)
      .text("actor", event.actor.empty() ? "system" : event.actor)
      .text("state", name_of(event.phase));
  if (event.inbox_seq > 0) {
    record.number("inbox", event.inbox_seq);
  } else {
    record.json("inbox", {});
  }
  return record.text_or_null("refused", event.refused)
      .text_or_null("why", event.why)
      .text_or_null("error", event.error)
      .json("steps", {steps + "]"})
      .str();
}

std::string event_lines(const EventView& event, const StepBook& book, bool verbose) {
  std::string out = fmt::format("{:>6}  {}  {:<13}  {:<9}  {}", event.seq,
                                verbose ? full_time(event.at) : clock_millis(event.at), event.kind,
                                name_of(event.phase), event.actor.empty() ? "system" : event.actor);
  if (verbose && event.worker != 0) out += fmt::format("  worker {}", event.worker);
  if (!event.refused.empty()) out += "  refused: " + one_line(event.refused);
  if (!event.why.empty()) out += "  why: " + one_line(event.why);
  if (!event.error.empty()) out += "  error: " + one_line(event.error);
  out += '\n';
  for (const EventView::Change& change : event.changes) {
    out += fmt::format("        {} {}", book.path(change.inst), name_of(change.to));
    if (change.attempt > 0) out += fmt::format(", attempt {}", change.attempt);
    out += because(change.note) + '\n';
  }
  return out;
}

}  // namespace pawl::cli

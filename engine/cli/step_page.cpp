#include "cli/step_page.hpp"

#include <algorithm>

#include "dsl/source_text.hpp"
#include "steps/expressions.hpp"

/// Reading of pages; step_page_text.cpp prints them.
namespace pawl::cli {
namespace {

constexpr std::size_t tail_lines = 10;

/// The name of each worker; two of one name are told apart by their hosts.
std::map<std::int64_t, std::string> names_of(store::Reader& reader, const Attempts& attempts) {
  std::vector<std::int64_t> incs;
  for (const auto& [inst, list] : attempts) {
    for (const Attempt& attempt : list) {
      if (attempt.worker != 0) incs.push_back(attempt.worker);
    }
  }
  std::ranges::sort(incs);
  incs.erase(std::unique(incs.begin(), incs.end()), incs.end());
  std::map<std::int64_t, std::string> names;
  for (const store::WorkerName& worker : reader.workers(incs)) {
    names[worker.inc.value] = worker.name;
  }
  return names;
}

std::vector<std::int32_t> insts_of(const std::vector<StepId>& steps) {
  std::vector<std::int32_t> insts;
  for (const StepId step : steps) insts.push_back(step.value);
  return insts;
}

}  // namespace

std::vector<StepPage> read_step_pages(store::Reader& reader, const RunView& view,
                                      const std::vector<EventView>& events,
                                      const std::vector<StepId>& steps, std::string_view source,
                                      TimePoint now) {
  if (steps.empty()) return {};  // The reader would take no step for all.
  const Attempts attempts = attempts_of(events, *view.plan);
  const std::map<std::int64_t, std::string> workers = names_of(reader, attempts);
  steps::LuaExpressions expressions;
  const StepInputs inputs(view, expressions, now);
  const dsl::SourceText text(source);
  std::vector<StepPage> pages;
  std::map<std::int32_t, std::size_t> index;
  std::vector<std::pair<std::int32_t, std::int32_t>> last;
  for (const StepId step : steps) {
    StepPage page;
    page.step = step;
    if (const auto mine = attempts.find(step.value); mine != attempts.end()) {
      page.attempts = mine->second;
    }
    page.workers = workers;
    page.inputs = inputs.of(step);
    page.place = failure_place(view, step, inputs, text);
    const std::int32_t attempt = view.instances[static_cast<std::size_t>(step.value)].attempt;
    for (const store::Progress& progress : view.progress) {
      if (progress.inst == step.value && progress.attempt == attempt) page.progress = progress;
    }
    if (attempt > 0) last.emplace_back(step.value, attempt);
    index[step.value] = pages.size();
    pages.push_back(std::move(page));
  }
  for (store::Note& note : reader.notes(view.run.run, insts_of(steps))) {
    StepPage& page = pages[index.at(note.inst)];
    if (note.kind == store::NoteKind::checkpoint) {
      page.checkpoint = std::move(note.value);
    } else {
      page.memos.emplace_back(std::move(note.key), std::move(note.value));
    }
  }
  for (const store::LogMark& mark : reader.log_marks(view.run.run, insts_of(steps))) {
    std::optional<std::int64_t>& lines = pages[index.at(mark.inst)].lines;
    lines = lines && mark.lines ? std::optional(*lines + *mark.lines) : std::nullopt;
  }
  for (LogLine& line : last_lines(reader, view.run.run, last, tail_lines)) {
    pages[index.at(line.inst)].tail.push_back(std::move(line));
  }
  return pages;
}

}  // namespace pawl::cli

#include "cli/live/run_feed.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.hpp"
#include "cli/json_reading.hpp"
#include "cli/log_lines.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"
#include "core/codec.hpp"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

/// A page full of events means that there are more than we care to read one by one.
constexpr int events_page = 250;
constexpr auto pause_news = 50ms, pause_quiet = 250ms, pause_lost = 500ms;
/// Of a run that moves faster than anybody reads: as long as reading it takes a fiftieth of a core.
constexpr auto pause_busy_min = 500ms, pause_busy_max = 2000ms;
constexpr int rest_per_reading = 50;
constexpr auto output_interval = 250ms;

bool is_worth_a_line(core::StepState state) {
  using enum core::StepState;
  return state == failed || state == retrying || state == unknown || state == interrupted;
}

/// Told from where `view` ends.
Story story_from(const RunView& view, bool verbose) {
  Story story(plan_of_file(view), view.run.number,
              {StoryLines::attention, verbose, view.run.run.value});
  story.take_begun(view.instances);
  return story;
}

/// Marks as changes of one event, for the story of steps that need attention.
EventView story_of(const std::vector<store::StepMark>& marks, core::RunPhase phase) {
  EventView event;
  event.phase = phase;
  for (const store::StepMark& mark : marks) {
    event.at = std::max(event.at, mark.at);
    event.changes.push_back(
        {mark.inst, static_cast<core::StepState>(mark.state), mark.attempt, ""});
  }
  return event;
}

}  // namespace

RunFeed::RunFeed(Database database, std::unique_ptr<store::Reader> reader, LiveRun run,
                 std::int32_t told, WorkerKeeper* keeper, CommonFlags flags,
                 std::function<void()> changed)
    : shared_(Shared(std::move(run))),
      database_(std::move(database)),
      reader_(std::move(reader)),
      keeper_(keeper),
      flags_(std::move(flags)),
      changed_(std::move(changed)),
      run_(shared_.lock()->run.view().run.run),
      number_(shared_.lock()->run.view().run.number),
      own_plan_(plan_of_file(shared_.lock()->run.view())),
      story_(story_from(shared_.lock()->run.view(), flags_.verbose)),
      seq_(shared_.lock()->run.view().run.version),
      untold_(told < seq_ ? std::optional(told) : std::nullopt),
      has_ended_(has_ended(shared_.lock()->run.view().run.phase)),
      knows_facts_(shared_.lock()->run.view().facts.started_at.has_value()),
      thread_([this] { work(); }) {}

RunFeed::~RunFeed() {
  shared_.lock()->stop = true;
  shared_.notify_all();
  thread_.join();
}

bool RunFeed::stop(std::chrono::milliseconds patience) {
  shared_.lock()->stop = true;
  shared_.notify_all();
  auto done = done_.lock();
  return done.wait_for(patience, [&] { return *done; });
}

void RunFeed::work() {
  while (true) {
    Steady::duration pause = pause_lost;
    try {
      if (reader_ == nullptr) reopen();
      pause = turn();
      shared_.lock()->lost_since.reset();
    } catch (const store::Unavailable&) {
      reader_.reset();
      auto shared = shared_.lock();
      if (!shared->lost_since) shared->lost_since = Steady::now();
      for ([[maybe_unused]] const core::Happening& request : shared->requests) {
        shared->answers.emplace_back("the database cannot be reached");
      }
      shared->requests.clear();
    } catch (const Error&) {
      shared_.lock()->failure = std::current_exception();
    }
    changed_();
    auto shared = shared_.lock();
    if (shared->is_over || shared->failure) break;
    shared.wait_for(pause, [&] { return shared->stop || !shared->requests.empty(); });
    if (shared->stop) break;
  }
  *done_.lock() = true;
  done_.notify_all();
}

void RunFeed::reopen() {
  if (keeper_ != nullptr && database_.source == Database::Source::private_cluster) {
    database_ = find_database(flags_, MayStart::private_cluster);
  }
  reader_ = store::open_reader(database_.address);
}

RunFeed::Steady::duration RunFeed::turn() {
  send_requests();
  if (untold_) tell_missed(*untold_);
  const std::int32_t before = seq_;
  const Steady::time_point begun = Steady::now();
  const bool is_busy = read_events();
  if (is_busy) read_marks();
  if (has_new_items_) read_items();
  read_details();
  read_output();
  if (!knows_owner_ && seq_ != before) read_owner();
  if (!knows_facts_ && seq_ != before) read_facts();
  if (!knows_history_) learn_history();
  if (has_ended_ && seq_ == before) {
    finish();
    return 0ms;
  }
  if (keeper_ != nullptr) keeper_->look(*reader_);
  if (is_busy) {
    return std::clamp<Steady::duration>((Steady::now() - begun) * rest_per_reading, pause_busy_min,
                                        pause_busy_max);
  }
  return seq_ != before ? pause_news : pause_quiet;
}

/// What happened between the moment from which the user watches and the first look at the run.
void RunFeed::tell_missed(std::int32_t told) {
  std::vector<store::EventRow> rows = reader_->events(run_, told, events_page);
  untold_.reset();
  if (rows.size() == static_cast<std::size_t>(events_page)) return;  // The tree has the counts.
  std::erase_if(rows, [this](const store::EventRow& row) { return row.seq > seq_; });
  std::vector<EventView> events;
  for (const store::EventRow& row : rows) events.push_back(read_event(row));
  tell(events);
}

/// True when there were more than we read: then the marks are to be read instead.
bool RunFeed::read_events() {
  const std::vector<store::EventRow> rows = reader_->events(run_, seq_, events_page);
  if (rows.empty()) return false;
  if (rows.size() == static_cast<std::size_t>(events_page)) return true;
  std::vector<EventView> events;
  for (const store::EventRow& row : rows) events.push_back(read_event(row));
  {
    auto shared = shared_.lock();
    for (const EventView& event : events) {
      shared->run.take(event);
      if (event.kind == "adopted") knows_owner_ = false;
    }
  }
  tell(events);
  seq_ = events.back().seq;
  has_ended_ = has_ended(events.back().phase);
  return false;
}

void RunFeed::read_marks() {
  // The run's row first: what changes after it has a later event and is read again.
  const store::RunSummary run = find_run(*reader_, std::to_string(number_));
  const std::vector<store::StepMark> marks = reader_->marks(run_, seq_);
  const std::vector<store::StepRow> facts = reader_->steps_of(run_, {0});
  {
    auto shared = shared_.lock();
    shared->run.take(run);
    for (const store::StepRow& row : facts) shared->run.take(row);
    for (const store::StepMark& mark : marks) shared->run.take(mark);
  }
  knows_facts_ = !facts.empty();
  tell({story_of(marks, run.phase)});
  seq_ = run.version;
  has_ended_ = has_ended(run.phase);
}

std::map<std::int32_t, core::Instance> RunFeed::details_of(const std::vector<std::int32_t>& insts) {
  std::map<std::int32_t, core::Instance> details;
  for (const store::StepRow& row : reader_->steps_of(run_, insts)) {
    core::load_instance(details[row.inst], stored(row));
  }
  return details;
}

/// Items that have begun get their places in the tree: for that all is read again, so not more
/// often than for a fiftieth of a core.
void RunFeed::read_items() {
  const Steady::time_point begun = Steady::now();
  if (begun < items_due_) return;
  has_new_items_ = false;
  const store::RunSummary run = find_run(*reader_, std::to_string(number_));
  RunView view = load_view(*reader_, run, own_plan_);
  shared_.lock()->run.take(std::move(view));
  const Steady::time_point end = Steady::now();
  items_due_ = end + std::max<Steady::duration>(pause_busy_min, (end - begun) * rest_per_reading);
}

void RunFeed::tell(const std::vector<EventView>& events) {
  const std::vector<std::int32_t> unknown = story_.book().unknown_in(events);
  has_new_items_ = has_new_items_ || !unknown.empty();
  std::vector<std::int32_t> notable;
  for (const EventView& event : events) {
    for (const EventView::Change& change : event.changes) {
      stale_.insert(change.inst);
      if (is_worth_a_line(change.to)) notable.push_back(change.inst);
    }
  }
  // A run that fails ten thousand times in a second is told by its counts.
  constexpr std::size_t lines_max = 200;
  if (notable.size() > lines_max) notable.resize(lines_max);
  learn_names(notable, unknown);
  const std::map<std::int32_t, core::Instance> details = details_of(notable);
  std::vector<std::string> lines;
  for (const EventView& event : events) {
    for (const ToldLine& line : story_.lines(event, details)) lines.push_back(line.text);
  }
  auto shared = shared_.lock();
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of('\n') + 1);
    shared->attention.push_back(std::move(line));
  }
}

/// What the items are called of which a line will be told.
void RunFeed::learn_names(const std::vector<std::int32_t>& notable,
                          const std::vector<std::int32_t>& unknown) {
  std::vector<std::int32_t> wanted;
  std::ranges::copy_if(notable, std::back_inserter(wanted), [&](std::int32_t inst) {
    return std::ranges::binary_search(unknown, inst);
  });
  if (!wanted.empty()) story_.book().learn(reader_->steps_of(run_, wanted));
}

void RunFeed::read_details() {
  std::vector<std::int32_t> wanted;
  {
    auto shared = shared_.lock();
    // Few are wanted; nearly all steps of a busy run are stale.
    std::ranges::copy_if(shared->wanted, std::back_inserter(wanted),
                         [this](std::int32_t inst) { return stale_.count(inst) > 0; });
  }
  if (wanted.empty()) return;
  const std::vector<store::StepRow> rows = reader_->steps_of(run_, wanted);
  auto shared = shared_.lock();
  for (const store::StepRow& row : rows) {
    // A row behind what the events told is old news.
    if (row.seq <= seq_) shared->run.take(row);
  }
  for (const std::int32_t inst : wanted) stale_.erase(inst);
}

void RunFeed::read_output() {
  if (Steady::now() - output_read_ < output_interval) return;
  output_read_ = Steady::now();
  std::vector<std::pair<std::int32_t, std::int32_t>> attempts;
  std::vector<std::int32_t> running;
  std::size_t lines = 0;
  {
    auto shared = shared_.lock();
    lines = shared->output_lines;
    for (const std::int32_t inst : shared->wanted) {
      const core::Instance& instance = shared->run.view().instances[static_cast<std::size_t>(inst)];
      if (instance.state != core::StepState::running) continue;
      running.push_back(inst);
      if (lines > 0) attempts.emplace_back(inst, instance.attempt);
    }
  }
  std::vector<store::Progress> progress = reader_->progress_of(run_, running);
  std::map<std::int32_t, OutputTail> tails;
  for (LogLine& line : last_lines(*reader_, run_, attempts, lines)) {
    OutputTail& tail = tails[line.inst];
    tail.attempt = line.attempt;
    tail.lines.push_back(std::move(line.text));
  }
  auto shared = shared_.lock();
  shared->run.take(std::move(progress));
  for (auto& [inst, tail] : tails) shared->run.take_tail(inst, std::move(tail));
}

/// Who runs it stands in the run's row, but the row may be ahead of the events.
void RunFeed::read_owner() {
  const store::RunSummary run = find_run(*reader_, std::to_string(number_));
  knows_owner_ = !run.owner_name.empty();
  shared_.lock()->run.take_owner(run.owner_name);
}

/// The inputs of a run that had not begun when we came.
void RunFeed::read_facts() {
  const std::vector<store::StepRow> facts = reader_->steps_of(run_, {0});
  for (const store::StepRow& row : facts) shared_.lock()->run.take(row);
  knows_facts_ = !facts.empty();
}

/// How long the run usually takes is known at once. Of its steps only when it lasts: reading a
/// hundred thousand rows would slow down a run that has ended by then.
void RunFeed::learn_history() {
  const auto plan = shared_.lock()->run.view().plan;
  if (!past_) {
    past_ = read_past(*reader_, run_);
    if (past_->empty()) knows_history_ = true;
    if (history_pays_after(*past_, *plan) > Micros{0}) {
      shared_.lock()->run.take(history_of(*plan, *past_, {}));
    }
  }
  if (knows_history_ || Steady::now() - begun_ < history_pays_after(*past_, *plan)) return;
  RunHistory history = read_history(*reader_, *past_, *plan);
  shared_.lock()->run.take(std::move(history));
  knows_history_ = true;
}

void RunFeed::send_requests() {
  const std::vector<core::Happening> requests = shared_.lock()->requests;
  for (const core::Happening& request : requests) {
    const store::SendReply reply = put_request(database_, run_, request);
    auto shared = shared_.lock();
    shared->requests.erase(shared->requests.begin());
    shared->answers.emplace_back(reply.seq == 0 ? "the run has ended" : "");
  }
}

void RunFeed::finish() {
  const store::RunSummary run = find_run(*reader_, std::to_string(number_));
  RunView view = load_view(*reader_, run, own_plan_);
  Ending ending = read_ending(*reader_, view);
  auto shared = shared_.lock();
  RunHistory history = shared->run.history();
  shared->run = LiveRun(std::move(view));
  shared->run.take(std::move(history));
  shared->ending = std::move(ending);
  shared->is_over = true;
}

}  // namespace pawl::cli

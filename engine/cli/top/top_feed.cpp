#include "cli/top/top_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "base/units.hpp"
#include "cli/clock.hpp"
#include "cli/plain_text.hpp"
#include "cli/run_view.hpp"
#include "core/states.hpp"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto look_interval = 1s;
constexpr int runs_shown = 50;

/// Runs that have not ended.
store::RunFilter under_way() {
  using enum core::RunPhase;
  store::RunTerm term;
  term.key = store::RunKey::state;
  term.any = std::vector<core::RunPhase>{queued, running, waiting, paused, compensating};
  return {{term}};
}

}  // namespace

TopReader::TopReader(Database database)
    : database_(std::move(database)),
      reader_(open_reader(database_)),
      overview_(store::open_overview(database_.address)) {}

/// Not as for a command: a database that is still away is no reason to end.
void TopReader::reopen() {
  reader_ = store::open_reader(database_.address);
  overview_ = store::open_overview(database_.address);
}

TopView TopReader::look(const store::RunFilter* filter, int limit) try {
  if (overview_ == nullptr) reopen();
  TopView view;
  const auto asked = Steady::now();
  view.now = overview_->now();
  view.answers_in = std::chrono::duration_cast<Micros>(Steady::now() - asked);
  view.workers = overview_->workers();
  view.queues = overview_->queues();
  view.commits_per_second = commit_rate(view.workers, view.now);

  std::vector<store::RunSummary> runs =
      reader_->runs(limit, std::nullopt, filter != nullptr ? *filter : under_way());
  if (filter == nullptr && runs.size() < static_cast<std::size_t>(limit)) {
    const std::size_t active = runs.size();
    for (const store::RunSummary& run : reader_->runs(limit, std::nullopt, {})) {
      const bool is_there = std::any_of(runs.begin(), runs.begin() + static_cast<long>(active),
                                        [&](const auto& one) { return one.run == run.run; });
      if (!is_there && runs.size() < static_cast<std::size_t>(limit)) runs.push_back(run);
    }
  }
  std::set<RunId> shown;
  for (const store::RunSummary& run : runs) {
    view.runs.push_back(look_at(run, view.now));
    shown.insert(run.run);
  }
  std::erase_if(known_, [&](const auto& entry) { return !shown.contains(entry.first); });
  return view;
} catch (const store::Unavailable&) {
  reader_.reset();
  overview_.reset();
  throw;
}

TopRun TopReader::look_at(const store::RunSummary& run, TimePoint now) {
  TopRun top;
  top.run = run;
  if (has_ended(run.phase)) return top;
  Known& known = known_[run.run];
  if (known.plan == nullptr) {
    auto& plan = plans_[run.definition];
    if (plan == nullptr) plan = load_plan(*reader_, run);
    known.plan = plan;
    known.steps.resize(plan->steps.size());
  }
  for (const store::StepMark& mark : reader_->marks(run.run, known.seq)) {
    if (mark.inst < 0 || static_cast<std::size_t>(mark.inst) >= known.steps.size()) continue;
    known.steps[static_cast<std::size_t>(mark.inst)] = mark;
    known.seq = std::max(known.seq, mark.seq);
  }
  std::optional<std::pair<TimePoint, StepId>> longest;
  for (const StepId step : leaves_of(*known.plan)) {
    const store::StepMark& mark = known.steps[static_cast<std::size_t>(step.value)];
    const auto state = static_cast<core::StepState>(mark.state);
    ++top.steps;
    if (has_ended(state)) ++top.ended;
    if (state == core::StepState::failed) ++top.failed;
    if (state != core::StepState::running) continue;
    ++top.running;
    if (!longest || mark.at < longest->first) longest = {mark.at, step};
  }
  if (longest) {
    top.now = fmt::format("{} {}", dsl::path_of(*known.plan, longest->second),
                          format_duration(std::max(Micros{0}, now - longest->first)));
  }
  return top;
}

std::string TopReader::show(std::int64_t number, const Style& style) {
  const std::vector<store::RunSummary> runs = reader_->find(std::to_string(number));
  if (runs.empty()) return "";
  return tree_text(load_view(*reader_, runs[0], load_plan(*reader_, runs[0])), now_here(), style);
}

/// Batches of all workers since the look before.
std::optional<double> TopReader::commit_rate(const std::vector<store::WorkerSight>& workers,
                                             TimePoint now) {
  std::int64_t more = 0;
  std::map<Incarnation, std::int64_t> commits;
  for (const store::WorkerSight& worker : workers) {
    commits[worker.inc] = worker.commits;
    const auto before = commits_.find(worker.inc);
    more += worker.commits - (before == commits_.end() ? 0 : before->second);
  }
  commits_ = std::move(commits);
  const std::optional<TimePoint> since = std::exchange(counted_at_, now);
  if (!since || now <= *since) return std::nullopt;
  return static_cast<double>(more) * 1e6 / static_cast<double>((now - *since).count());
}

TopFeed::TopFeed(TopReader reader, TopView first, Style style, std::function<void()> changed)
    : shared_(Shared{std::move(first), {}, {}, {}}),
      reader_(std::move(reader)),
      style_(style),
      changed_(std::move(changed)),
      thread_([this] { work(); }) {}

TopFeed::~TopFeed() {
  shared_.lock()->stop = true;
  shared_.notify_all();
  thread_.join();
}

bool TopFeed::stop(std::chrono::milliseconds patience) {
  shared_.lock()->stop = true;
  shared_.notify_all();
  auto done = done_.lock();
  return done.wait_for(patience, [&] { return *done; });
}

void TopFeed::work() {
  while (true) {
    {
      auto shared = shared_.lock();
      shared.wait_for(look_interval, [&] { return shared->stop || shared->is_new; });
      if (shared->stop || shared->failure) break;
      shared->is_new = false;
    }
    turn();
    changed_();
  }
  *done_.lock() = true;
  done_.notify_all();
}

void TopFeed::turn() {
  std::optional<store::RunFilter> filter;
  std::optional<std::int64_t> wants;
  {
    auto shared = shared_.lock();
    filter = shared->filter;
    wants = shared->wants;
  }
  try {
    TopView view = reader_.look(filter ? &*filter : nullptr, runs_shown);
    std::optional<std::string> shown;
    if (wants) shown = reader_.show(*wants, style_);
    lost_since_.reset();
    auto shared = shared_.lock();
    view.filter = shared->view.filter;
    view.mistake = shared->view.mistake;
    shared->view = std::move(view);
    if (shown) shared->shown = std::move(shown);
  } catch (const store::Unavailable&) {
    if (!lost_since_) lost_since_ = Steady::now();
    shared_.lock()->view.lost_for =
        std::chrono::duration_cast<Micros>(Steady::now() - *lost_since_);
  } catch (const Error&) {
    shared_.lock()->failure = std::current_exception();
  }
}

}  // namespace pawl::cli

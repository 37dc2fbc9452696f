#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/doctor/diagnosis.hpp"
#include "cli/expanded_plan.hpp"
#include "cli/wording.hpp"
#include "core/codec.hpp"
#include "core/graph.hpp"

/// Why one run does not move.
namespace pawl::cli {
namespace {

using store::WorkerSight;

/// Steps that are listed one by one; more of a kind are counted.
constexpr std::size_t listed_max = 10;
/// An owner reads its inbox within a second; longer means that it does not.
constexpr Micros unread_patience = std::chrono::seconds{5};

std::string for_long(std::optional<TimePoint> since, TimePoint now) {
  return since ? "for " + format_duration(std::max(Micros{0}, now - *since)) : "";
}

class RunDoctor {
 public:
  RunDoctor(const RunCase& run, bool all)
      : case_(run), plan_(*run.view.plan), facts_(run.view.facts), all_(all), state_(restored()) {}

  Diagnosis diagnose() && {
    if (has_ended(phase())) {
      tell_end();
    } else if (!look_at_owner()) {
      look_at_pause();
      look_at_inbox();
      look_at_steps();
    }
    std::ranges::stable_sort(found_.findings, std::ranges::greater{}, &Finding::weight);
    found_.head = head();
    add_facts();
    return std::move(found_);
  }

 private:
  core::RunPhase phase() const { return case_.view.run.phase; }
  std::string number() const { return std::to_string(case_.view.run.number); }
  void add(Finding finding) { found_.findings.push_back(std::move(finding)); }

  /// The run's state as its owner would load it.
  core::RunState restored() const {
    core::RunState run = state_of(case_.view);
    core::restore_derived(run);
    core::restore_ready(run);
    return run;
  }

  const WorkerSight* owner() const {
    if (!case_.view.run.owner) return nullptr;
    const auto found = std::ranges::find(case_.workers, *case_.view.run.owner, &WorkerSight::inc);
    return found == case_.workers.end() ? nullptr : &*found;
  }
  bool is_served() const {
    return std::ranges::any_of(case_.workers, [&](const WorkerSight& worker) {
      return worker.is_alive(case_.now) && worker.serves(case_.sight.queue);
    });
  }
  std::string serve_command() const {
    return case_.sight.queue == "default" ? "pawl serve"
                                          : "pawl serve --queue " + shell_quoted(case_.sight.queue);
  }

  StepId unknown_step() const;
  void tell_end();
  bool look_at_owner();
  void tell_unserved(const std::string& since);
  void look_at_queue();
  void look_at_pause();
  void look_at_inbox();
  void look_at_steps();
  void look_at_ready();
  void look_at_retrying();
  void look_at_waiting();
  void look_at_running();
  void look_at_pending();
  std::string head() const;
  void add_facts();

  const RunCase& case_;
  const dsl::Plan& plan_;
  const core::RunFacts& facts_;
  bool all_;
  core::RunState state_;
  Diagnosis found_;
  std::int64_t stuck_ = 0, moving_ = 0;
};

/// The first step of which nobody knows whether it was done; no_step when there is none.
StepId RunDoctor::unknown_step() const {
  for (std::size_t i = 1; i < case_.view.instances.size(); ++i) {
    if (case_.view.instances[i].state == core::StepState::unknown) {
      return StepId{static_cast<std::int32_t>(i)};
    }
  }
  return dsl::no_step;
}

/// An ended run does not move, and that is no fault.
void RunDoctor::tell_end() {
  // The row's time is also that of commands refused since.
  const auto ended_at = facts_.ended_at ? facts_.ended_at : case_.view.run.ended_at;
  const std::string since =
      ended_at ? format_duration(std::max(Micros{0}, case_.now - *ended_at)) + " ago" : "";
  Finding finding{Weight::stuck, "run " + number(), since, "", {}, ""};
  const std::string why = facts_.error ? failure_text(*facts_.error) : "";
  switch (phase()) {
    case core::RunPhase::succeeded:
      finding.weight = Weight::moves;
      finding.cause = "it has succeeded";
      finding.command = "pawl show " + number();
      break;
    case core::RunPhase::quarantined:
      finding.cause = "its stored state could not be read, so it was set aside: " + why;
      finding.more = {"with a build that can read it, it goes on where it stood"};
      finding.command = "pawl retry " + number();
      break;
    default:
      finding.cause = "it has " + std::string(phase() == core::RunPhase::cancelled ? "been " : "") +
                      std::string(name_of(phase())) + (why.empty() ? "" : ": " + why);
      if (facts_.error && !facts_.error->step.empty()) {
        finding.more = {"that was " + facts_.error->step + ": pawl show " + number() + " " +
                        shell_quoted(facts_.error->step)};
      }
      finding.command = "pawl retry " + number();
      if (const StepId open = unknown_step(); open != dsl::no_step) {
        const std::string step = shell_quoted(dsl::path_of(plan_, open));
        finding.more = {"say whether it was done: 'done', or 'not_done'"};
        finding.command = fmt::format("pawl resolve {} {} done", number(), step);
      }
  }
  add(std::move(finding));
}

void RunDoctor::tell_unserved(const std::string& since) {
  const std::string queue = pawl::quoted(case_.sight.queue);
  Finding finding{
      Weight::error,  "run " + number(), since, "no worker serves the queue " + queue, {},
      serve_command()};
  const auto last = std::ranges::find_if(
      case_.workers, [&](const WorkerSight& worker) { return worker.serves(case_.sight.queue); });
  if (last != case_.workers.end()) {
    finding.more.push_back(fmt::format("{} on {} did until {}", last->name, last->host,
                                       day_and_clock(last->lease_until)));
  }
  add(std::move(finding));
}

/// True when nothing else is worth a look: nobody works on the run.
bool RunDoctor::look_at_owner() {
  if (!case_.view.run.owner) {
    look_at_queue();
    return true;
  }
  const WorkerSight* worker = owner();
  if (worker != nullptr && worker->is_alive(case_.now)) return false;
  const std::string name = worker != nullptr ? worker->name : case_.view.run.owner_name;
  const std::string silent =
      worker != nullptr ? for_long(worker->lease_until, case_.now) : std::string();
  if (is_served()) {
    add({Weight::moves,
         "run " + number(),
         "",
         fmt::format("its worker {} is gone {}; another takes it over by itself", name, silent),
         {},
         ""});
    return true;
  }
  tell_unserved("");
  found_.findings.back().more.push_back(fmt::format(
      "{} had it and is gone {}; whoever serves the queue takes it over", name, silent));
  return true;
}

void RunDoctor::look_at_queue() {
  if (facts_.paused && !case_.sight.ready_at) return look_at_pause();
  const auto& wake_at = case_.view.run.wake_at;
  const bool is_due = wake_at && *wake_at <= case_.now;
  const std::string since =
      for_long(case_.sight.ready_at || !is_due ? case_.sight.ready_at : wake_at, case_.now);
  if (!is_served()) return tell_unserved(since.empty() ? "" : "queued " + since);
  const bool is_understood = std::ranges::any_of(case_.workers, [&](const WorkerSight& worker) {
    return worker.is_alive(case_.now) && worker.serves(case_.sight.queue) &&
           worker.sem_min <= case_.sight.sem && case_.sight.sem <= worker.sem_max;
  });
  if (!is_understood) {
    return add(
        {Weight::error,
         "run " + number(),
         "queued " + since,
         fmt::format("no worker of the queue knows version {} of the language", case_.sight.sem),
         {"they are of another build of Pawl"},
         serve_command()});
  }
  if (case_.sight.ready_at) {
    return add({Weight::moves,
                "run " + number(),
                "queued " + since,
                case_.sight.before_it == 0 ? "it is the next that a worker takes"
                                           : fmt::format("{} before it in the queue",
                                                         counted(case_.sight.before_it, "run")),
                {},
                ""});
  }
  look_at_retrying();
  look_at_waiting();
  look_at_pending();
}

void RunDoctor::look_at_pause() {
  if (!facts_.paused) return;
  std::string by = "a hook of a step";
  if (const auto& last = case_.sight.last_pause;
      last && facts_.paused_at && last->at == *facts_.paused_at) {
    by = last->actor.empty() ? "the system" : last->actor;
  }
  add({Weight::stuck,
       "run " + number(),
       for_long(facts_.paused_at, case_.now),
       "paused by " + by + ": no step starts",
       {},
       "pawl resume " + number()});
}

/// Commands that the owner should have answered by now.
void RunDoctor::look_at_inbox() {
  for (const store::RunSight::Request& request : case_.sight.unread) {
    if (case_.now - request.at < unread_patience) continue;
    add({Weight::error,
         std::string(core::event_kind_name(request.kind)),
         for_long(request.at, case_.now),
         fmt::format("asked for by {}, and its worker {} has not read it", request.actor,
                     case_.view.run.owner_name),
         {"the worker is frozen, or has lost the database: others take over when its lease ends"},
         ""});
  }
}

void RunDoctor::look_at_steps() {
  look_at_ready();
  look_at_retrying();
  look_at_waiting();
  look_at_running();
  look_at_pending();
}

void RunDoctor::look_at_ready() {
  const auto count = static_cast<std::int64_t>(state_.ready.size());
  if (count == 0) return;
  if (facts_.paused) {
    stuck_ += count;
    return;  // the pause is told already
  }
  moving_ += count;
  const InstId first = *state_.ready.begin();
  const core::Instance& instance = state_.at(first);
  const std::string rest = count > 1 ? fmt::format(" and {} more", count - 1) : "";
  const bool is_suspect = state_.suspects.contains(first);
  add({Weight::moves,
       dsl::path_of(plan_, StepId{first.value}) + rest,
       "ready " + for_long(instance.ready_at, case_.now),
       is_suspect ? fmt::format("lost {} workers, so it starts alone, when its worker is idle",
                                instance.lost)
                  : fmt::format("all slots of {} are taken; {} of this run",
                                case_.view.run.owner_name, counted(state_.running, "step")),
       {},
       ""});
}

void RunDoctor::look_at_retrying() {
  for (std::size_t i = 1; i < state_.instances.size(); ++i) {
    const core::Instance& instance = state_.instances[i];
    if (instance.state != core::StepState::retrying) continue;
    ++moving_;
    const StepId step{static_cast<std::int32_t>(i)};
    const auto& retry = plan_.step(step).settings->retry;
    std::string cause = fmt::format("try {} of {}", instance.tries + 1, retry.max_attempts);
    if (instance.due_at) {
      cause += facts_.paused
                   ? " when the run goes on"
                   : fmt::format(" in {}, at {}",
                                 format_duration(std::max(Micros{0}, *instance.due_at - case_.now)),
                                 clock_text(*instance.due_at));
    }
    std::vector<std::string> more;
    if (instance.error) more.push_back("before: " + failure_text(*instance.error));
    add({Weight::moves, dsl::path_of(plan_, step), "retrying", cause, std::move(more),
         fmt::format("pawl logs {} {}", number(), shell_quoted(dsl::path_of(plan_, step)))});
  }
}

void RunDoctor::look_at_waiting() {
  for (std::size_t i = 1; i < state_.instances.size(); ++i) {
    const core::Instance& instance = state_.instances[i];
    if (instance.state != core::StepState::waiting) continue;
    const StepId step{static_cast<std::int32_t>(i)};
    const std::string path = dsl::path_of(plan_, step);
    const bool is_asked = instance.waiting != nullptr;
    ++(is_asked ? stuck_ : moving_);
    std::vector<std::string> more;
    if (is_asked && !instance.waiting->title.empty()) {
      more.push_back("asks: " + one_line(instance.waiting->title));
    }
    add({is_asked ? Weight::stuck : Weight::moves, path,
         "waiting " + for_long(instance.started_at, case_.now),
         wait_text(instance, plan_.step(step), case_.now), std::move(more),
         is_asked ? answer_command(instance, case_.view.run.number, path) : ""});
  }
}

void RunDoctor::look_at_running() {
  std::vector<std::pair<TimePoint, StepId>> running;
  for (std::size_t i = 1; i < state_.instances.size(); ++i) {
    const core::Instance& instance = state_.instances[i];
    const StepId step{static_cast<std::int32_t>(i)};
    if (instance.state != core::StepState::running || is_block(plan_, step)) continue;
    ++moving_;
    running.emplace_back(instance.started_at.value_or(case_.now), step);
  }
  std::ranges::sort(running);  // the longest first
  if (!all_ && running.size() > 3) running.resize(3);
  for (const auto& [since, step] : running) {
    const core::Instance& instance = state_.at(InstId{step.value});
    std::string cause =
        fmt::format("attempt {} runs on {}", instance.attempt, case_.view.run.owner_name);
    for (const store::Progress& progress : case_.view.progress) {
      if (progress.inst != step.value || progress.attempt != instance.attempt) continue;
      if (const std::string told = progress_text(progress); !told.empty()) cause += ", " + told;
    }
    const Millis timeout = plan_.step(step).settings->timeout;
    if (timeout.count() > 0) cause += ", timeout " + format_duration(timeout);
    add({Weight::moves,
         dsl::path_of(plan_, step),
         "running " + for_long(since, case_.now),
         cause,
         {},
         fmt::format("pawl logs {} {} -f", number(), shell_quoted(dsl::path_of(plan_, step)))});
  }
}

/// Steps that wait for others, together when they wait for the same.
void RunDoctor::look_at_pending() {
  std::map<std::string, std::vector<StepId>> waiting;  // by what they wait for
  for (std::size_t i = 1; i < state_.instances.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    if (state_.instances[i].state != core::StepState::pending || is_hook(plan_, step)) continue;
    if (plan_.step(step).parent == nowhere) continue;
    std::vector<std::string> open;
    for (const dsl::Need& need : plan_.step(step).needs) {
      if (!has_ended(state_.at(InstId{need.step.value}).state)) {
        open.push_back(dsl::path_of(plan_, need.step));
      }
    }
    if (open.empty()) continue;  // its block has not begun: that one is listed
    constexpr std::size_t named_max = 4;
    const std::size_t more = open.size() > named_max ? open.size() - named_max : 0;
    open.resize(open.size() - more);
    waiting[fmt::format("{}{}", fmt::join(open, ", "),
                        more > 0 ? fmt::format(" and {} more", more) : "")]
        .push_back(step);
  }
  std::size_t told = 0, untold = 0;
  for (const auto& [needs, steps] : waiting) {
    if (told++ == listed_max && !all_) {
      untold += steps.size();
      --told;
      continue;
    }
    const std::string rest = steps.size() > 1 ? fmt::format(" and {} more", steps.size() - 1) : "";
    add({Weight::moves,
         dsl::path_of(plan_, steps.front()) + rest,
         "pending",
         "waits for " + needs,
         {},
         ""});
  }
  if (untold > 0) {
    found_.facts.push_back(fmt::format("{} more wait for others: pawl doctor {} --all",
                                       counted(static_cast<std::int64_t>(untold), "step"),
                                       number()));
  }
}

std::string RunDoctor::head() const {
  std::string name(name_of(phase()));
  if (has_ended(phase())) return name;
  const bool is_stuck = std::ranges::any_of(
      found_.findings, [](const Finding& one) { return one.weight != Weight::moves; });
  if (!is_stuck && moving_ > 0) return fmt::format("{}; it moves", name);
  if (stuck_ + moving_ == 0) return is_stuck ? name + "; it cannot move" : name;
  const std::string held =
      stuck_ > 0 ? counted(stuck_, "step") + " cannot start" : "no step starts";
  return moving_ > 0 ? fmt::format("{}; {}, {} can go on", name, held, moving_)
                     : fmt::format("{}; {}", name, held);
}

void RunDoctor::add_facts() {
  if (has_ended(phase())) return;
  std::int64_t alive = 0;
  for (const WorkerSight& worker : case_.workers) {
    if (worker.is_alive(case_.now) && worker.serves(case_.sight.queue)) ++alive;
  }
  std::string line = fmt::format("queue {}, {}", case_.sight.queue, counted(alive, "worker"));
  if (const WorkerSight* worker = owner(); worker != nullptr && worker->is_alive(case_.now)) {
    line += fmt::format(", owner {} on {} (lease {})", worker->name, worker->host,
                        format_duration(worker->lease_until - case_.now));
  }
  line += facts_.paused ? "; the run is paused" : ", not paused";
  if (facts_.cancelling) line += ", being cancelled";
  found_.facts.push_back(std::move(line));
}

}  // namespace

bool Diagnosis::has_errors() const {
  return std::ranges::any_of(findings,
                             [](const Finding& one) { return one.weight == Weight::error; });
}

Diagnosis diagnose(const RunCase& run, bool all) { return RunDoctor(run, all).diagnose(); }

}  // namespace pawl::cli

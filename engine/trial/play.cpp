#include "trial/play.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "steps/expressions.hpp"
#include "steps/job.hpp"
#include "trial/attempt.hpp"

namespace pawl::trial {
namespace {

namespace fs = std::filesystem;

/// Slots for all: with fewer, how long a run takes would depend on who runs it.
constexpr std::int32_t slots = 1'000'000;

/// A folder for the values that commands get as files; nobody reads them in a test.
class Scratch {
 public:
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() {
    if (!path_.empty()) return path_;
    std::error_code failed;
    std::string name = (fs::temp_directory_path(failed) / "pawl-test-XXXXXX").string();
    if (failed || ::mkdtemp(name.data()) == nullptr) {
      throw Error(ErrorKind::environment,
                  "cannot make a folder in " + name.substr(0, name.rfind('/')),
                  failed ? failed.message() : std::strerror(errno),
                  "set TMPDIR to a folder that you can write");
    }
    return path_ = std::move(name);
  }

 private:
  std::string path_;
};

class Stage {
 public:
  Stage(const std::shared_ptr<const core::Graph>& graph, const Case& one, Coverage& coverage,
        std::int64_t limit)
      : case_(one), coverage_(coverage), limit_(limit) {
    seen_.run = core::new_run(RunId{1}, 1, graph);
    seen_.now = one.start;
  }

  Seen play() {
    plan_requests();
    request(core::Start{case_.inputs}, case_.by);
    while (seen_.stopped.empty() && !core::has_ended(seen_.run.facts.phase) && next()) {
    }
    return std::move(seen_);
  }

 private:
  using Acts = std::multimap<TimePoint, std::function<void()>>;
  struct Live {
    std::unique_ptr<Attempt> attempt;
    std::int32_t number = 0;
    Acts::iterator end;
  };
  struct Notes {
    JsonText checkpoint;
    std::vector<std::pair<std::string, JsonText>> memos;
  };

  core::RunState& run() { return seen_.run; }
  const dsl::Step& step_of(InstId inst) { return coverage_.plan().step(run().at(inst).step); }
  Acts::iterator after(Micros span, std::function<void()> act) {
    return acts_.emplace(seen_.now + span, std::move(act));
  }
  void stop(dsl::Span at, std::string what, std::string fix) {
    seen_.stopped.push_back({at, std::move(what), "", "", std::move(fix)});
  }

  /// What comes from outside at a time of its own.
  void plan_requests() {
    for (const SignalSent& signal : case_.signals) {
      after(signal.after, [this, &signal] {
        refused(request(core::Signal{signal.name, signal.payload}, case_.by), signal.at,
                "the signal " + pawl::quoted(signal.name));
      });
    }
    if (case_.cancel) after(*case_.cancel, [this] { request(core::Cancel{}, case_.by); });
    if (!case_.pause) return;
    after(case_.pause->after, [this] { request(core::Pause{}, case_.by); });
    if (!case_.pause->length) return;
    after(case_.pause->after + *case_.pause->length, [this] { request(core::Resume{}, case_.by); });
  }

  /// Lets the next thing happen; false when nothing more will.
  bool next() {
    const auto wake = run().wake_at();
    if (!acts_.empty() && (!wake || acts_.begin()->first <= *wake)) {
      seen_.now = std::max(seen_.now, acts_.begin()->first);
      const std::function<void()> act = std::move(acts_.begin()->second);
      acts_.erase(acts_.begin());
      act();
    } else if (wake) {
      seen_.now = std::max(seen_.now, *wake);
      const core::Applied applied = apply(core::Granted{}, "");
      check(!applied.nothing || run().wake_at() != wake, "what is due happens");
    } else {
      return false;
    }
    if (seen_.events < limit_ || core::has_ended(run().facts.phase)) return true;
    stop(case_.at, "the run has not ended after " + std::to_string(limit_) + " events",
         "a loop or a retry may have no end in this case");
    return false;
  }

  core::Applied apply(core::Happening what, std::string actor, std::int64_t inbox_seq = 0) {
    core::Event event;
    event.at = seen_.now;
    event.actor = std::move(actor);
    event.slots = slots;
    event.inbox_seq = inbox_seq;
    event.what = std::move(what);
    ++seen_.events;
    core::Applied applied = core::apply(run(), event, expressions_);
    run().touched.clear();
    coverage_.note(run(), applied);
    for (const core::Transition& change : applied.transitions) follow(change);
    for (const core::Effect& effect : applied.effects) {
      if (!seen_.stopped.empty()) break;
      if (const auto* start = std::get_if<core::StartAttempt>(&effect)) {
        begin(start->inst, start->attempt);
      } else {
        end_early(std::get<core::StopAttempt>(effect));
      }
    }
    return applied;
  }

  core::Applied request(core::Happening what, const std::string& actor) {
    return apply(std::move(what), actor, ++requests_);
  }

  void refused(const core::Applied& applied, dsl::Span at, const std::string& what) {
    if (applied.refused) stop(at, what + " was refused: " + *applied.refused, "");
  }

  void follow(const core::Transition& change) {
    if (change.inst.value == 0) return;
    if (change.to == core::StepState::waiting) return answer(change.inst);
    const bool had_begun = change.from == core::StepState::running ||
                           change.from == core::StepState::waiting ||
                           change.from == core::StepState::retrying || change.attempt > 0;
    if (had_begun && core::has_ended(change.to)) {
      seen_.order.push_back(core::path_of(run(), change.inst));
    }
  }

  /// The mock that is meant for this instance: the one that names most of it.
  const StepMock* mock_for(InstId inst) {
    const auto path = parse_step_path(core::path_of(run(), inst));
    const StepMock* best = nullptr;
    std::size_t most = 0;
    for (const StepMock& mock : case_.mocks) {
      const auto close = path ? closeness(mock.path, *path) : std::nullopt;
      if (!close || (best != nullptr && *close <= most)) continue;
      best = &mock;
      most = *close;
    }
    return best;
  }

  /// A step waits: what people and others say to it.
  void answer(InstId inst) {
    const StepMock* mock = mock_for(inst);
    if (mock == nullptr || run().at(inst).state != core::StepState::waiting) return;
    const std::string path = core::path_of(run(), inst);
    for (const DecisionMock& one : mock->decisions) {
      say_later(inst, one.after, one.at, "the decision of " + one.by + " on " + pawl::quoted(path),
                core::Decide{path, one.approve, one.option, one.comment, one.form}, one.by);
    }
    if (!run().at(inst).waiting) return;
    const std::string name = run().at(inst).waiting->signal;
    for (const ReplyMock& one : mock->replies) {
      say_later(inst, one.after, one.at, "the signal " + pawl::quoted(name),
                core::Signal{name, one.payload}, case_.by);
    }
  }

  /// What comes when the step is over comes too late, and means nothing.
  void say_later(InstId inst, Millis span, dsl::Span at, const std::string& what,
                 core::Happening said, const std::string& by) {
    after(span, [this, inst, at, what, said = std::move(said), by] {
      if (run().at(inst).state != core::StepState::waiting) return;
      refused(request(said, by), at, what);
    });
  }

  // ---- Attempts ---------------------------------------------------------------------------------

  void begin(InstId inst, std::int32_t number) {
    steps::Job job = steps::job_of(run(), "/", inst, number, seen_.now);
    const dsl::Procedure* procedure = steps::procedure_of(job);
    const dsl::Kind kind = procedure != nullptr ? procedure->kind : step_of(inst).kind;
    job.scratch = kind == dsl::Kind::run ? scratch_.path() : "/";
    Notes& notes = notes_[{inst, job.generation}];
    job.checkpoint = notes.checkpoint;
    job.memos = notes.memos;
    Live& live = live_[inst];
    live = {std::make_unique<Attempt>(std::move(job), settings_), number, {}};
    if (auto outcome = live.attempt->begin()) return end_after({}, inst, *std::move(outcome));
    const StepMock* mock = mock_for(inst);
    const AttemptMock* what = nullptr;
    if (mock != nullptr && !mock->attempts.empty()) {
      const std::size_t last = mock->attempts.size() - 1;
      what = &mock->attempts[std::min(static_cast<std::size_t>(number - 1), last)];
    }
    const bool is_script = kind == dsl::Kind::lua || kind == dsl::Kind::uses;
    if (what != nullptr && (what->output || what->error || !is_script)) {
      steps::BodyEnd end = what->output.value_or(JsonText{});
      if (what->error) end = *what->error;
      return body_after(what->takes, inst, std::move(end));
    }
    if (!is_script && live.attempt->undoes()) return body_after({}, inst, JsonText{});
    if (!is_script) return stop_without_mock(inst, "starts a process, which a test does not");
    play_script(inst, what == nullptr ? Millis{0} : what->takes);
  }

  void play_script(InstId inst, Millis takes) {
    Attempt& attempt = *live_.at(inst).attempt;
    Played played = attempt.play();
    if (!played.outside.empty() && attempt.undoes()) return body_after({}, inst, JsonText{});
    if (!played.outside.empty()) {
      return stop_without_mock(inst, "calls " + played.outside + ", which a test does not have");
    }
    notes_[{inst, run().at(inst).generation}] = {attempt.last_checkpoint(), attempt.memos()};
    body_after(takes + played.slept, inst, std::move(played.end));
  }

  void stop_without_mock(InstId inst, const std::string& why) {
    const std::string path = core::path_of(run(), inst);
    const dsl::Place at = step_of(inst).at;
    seen_.unmocked = run().at(inst).step;
    stop(case_.at,
         "step " + pawl::quoted(path) + " (" + coverage_.plan().file + ":" +
             std::to_string(at.line) + ") " + why + ", and the case has no mock for it",
         "say what becomes of it, under 'mock': " + path + ": {output: VALUE}");
  }

  void body_after(Micros span, InstId inst, steps::BodyEnd end) {
    const Millis timeout = live_.at(inst).attempt->settings().timeout;
    const bool is_late = timeout.count() > 0 && span > timeout;
    live_.at(inst).end =
        after(is_late ? timeout : span, [this, inst, is_late, end = std::move(end)]() mutable {
          Attempt& attempt = *live_.at(inst).attempt;
          over(inst, is_late ? attempt.time_out() : attempt.end(std::move(end)));
        });
  }

  void end_after(Micros span, InstId inst, core::Outcome outcome) {
    live_.at(inst).end = after(span, [this, inst, outcome = std::move(outcome)]() mutable {
      over(inst, std::move(outcome));
    });
  }

  void end_early(const core::StopAttempt& order) {
    const auto found = live_.find(order.inst);
    if (found == live_.end() || found->second.number != order.attempt) return;
    acts_.erase(found->second.end);
    end_after({}, order.inst, found->second.attempt->stop(order.why));
  }

  void over(InstId inst, core::Outcome outcome) {
    const std::int32_t number = live_.at(inst).number;
    live_.erase(inst);
    apply(core::AttemptEnded{inst, number, std::move(outcome)}, "");
  }

  const Case& case_;
  Coverage& coverage_;
  std::int64_t limit_;
  Seen seen_;
  steps::LuaExpressions expressions_;
  steps::StepSettings settings_;
  Scratch scratch_;
  Acts acts_;
  std::map<InstId, Live> live_;
  std::map<std::pair<InstId, std::int32_t>, Notes> notes_;
  std::int64_t requests_ = 0;
};

}  // namespace

Seen play(const std::shared_ptr<const core::Graph>& graph, const Case& one, Coverage& coverage,
          std::int64_t limit) {
  return Stage(graph, one, coverage, limit).play();
}

}  // namespace pawl::trial

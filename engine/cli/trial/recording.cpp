#include "cli/trial/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "cli/json_record.hpp"
#include "cli/wording.hpp"
#include "trial/read_tests.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

std::string span_text(Micros span) {
  return trial::exact_duration(std::chrono::duration_cast<Millis>(std::max(span, Micros{0})));
}

/// A text as YAML reads it: JSON is YAML.
std::string yaml_text(std::string_view text) { return json_string(text); }

/// A path as the key of a map.
std::string yaml_key(const std::string& path) {
  const bool is_plain =
      path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.#") ==
      path.npos;
  return is_plain ? path : yaml_text(path);
}

std::string person(const std::string& actor) {
  return actor.starts_with("user:") ? actor.substr(5) : actor;
}

/// Members of a flow map: "{output: 1, takes: 5s}".
class FlowMap {
 public:
  FlowMap& add(std::string_view key, std::string_view value) {
    members_ += fmt::format("{}{}: {}", members_.empty() ? "" : ", ", key, value);
    return *this;
  }
  std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

/// One map by itself, several as a list.
std::string maps_text(const std::vector<std::string>& maps) {
  if (maps.size() == 1) return maps[0];
  std::string list;
  for (const std::string& map : maps) list += (list.empty() ? "" : ", ") + map;
  return "[" + list + "]";
}

class Recorder {
 public:
  Recorder(const RunView& view, const std::vector<EventView>& events)
      : view_(view), own_(*plan_of_file(view)), events_(events) {
    attempts_ = attempts_of(events, *view.plan);
  }

  /// `scripts`: the `lua` steps of which is written how they have ended. `length`: of the run,
  /// when it is known.
  std::string text(const std::set<StepId>& scripts, std::optional<Micros> length) const {
    std::string out = fmt::format(
        "workflow: {}\ncases:\n  - name: run {}\n    inputs: {}\n    at: {}\n    by: {}\n",
        yaml_text(std::filesystem::path(own_.file).filename().string()), view_.run.number,
        view_.facts.inputs.text, to_rfc3339(start()), yaml_text(person(view_.facts.started_by)));
    std::string mocks;
    for (std::size_t i = 1; i < view_.plan->steps.size(); ++i) mocks += mock_text(i, scripts);
    if (!mocks.empty()) out += "    mock:\n" + mocks;
    return out + requests_text() + expect_text(length);
  }

 private:
  TimePoint start() const { return view_.facts.started_at.value_or(view_.run.created_at); }

  std::string mock_text(std::size_t number, const std::set<StepId>& scripts) const {
    const dsl::Step& step = view_.plan->steps[number];
    if (number >= view_.instances.size()) return "";
    const core::Instance& instance = view_.instances[number];
    std::vector<std::string> maps;
    if (step.kind == dsl::Kind::run || scripts.contains(instance.step)) {
      maps = attempts_text(number, instance);
    } else if (step.kind == dsl::Kind::approval) {
      maps = votes_text(instance);
    } else if (step.kind == dsl::Kind::wait && instance.waiting &&
               instance.state == StepState::succeeded) {
      maps.push_back(FlowMap()
                         .add("payload", instance.output.text)
                         .add("after", span_text(waited(instance, *instance.ended_at)))
                         .str());
    }
    if (maps.empty()) return "";
    const std::string path = dsl::path_of(*view_.plan, StepId{static_cast<std::int32_t>(number)});
    return fmt::format("      {}: {}\n", yaml_key(path), maps_text(maps));
  }

  /// Attempts that were lost or taken back are not the workflow's matter.
  std::vector<std::string> attempts_text(std::size_t number, const core::Instance& instance) const {
    std::vector<std::string> maps;
    const auto found = attempts_.find(static_cast<std::int32_t>(number));
    if (found == attempts_.end()) return maps;
    for (const Attempt& one : found->second) {
      if (!one.ended_at) continue;
      const Micros took = *one.ended_at - one.started_at;
      FlowMap map;
      if (one.state == Attempt::State::succeeded) {
        map.add("output", instance.output.text).add("takes", span_text(took));
      } else if (one.state == Attempt::State::failed) {
        map.add("error", error_text_of(one)).add("takes", span_text(took));
      } else if (one.state == Attempt::State::cancelled) {
        // Something else ended it: by itself it would have gone on.
        map.add("takes", span_text(took + std::chrono::hours{24}));
      } else {
        continue;
      }
      maps.push_back(map.str());
    }
    return maps;
  }

  static std::string error_text_of(const Attempt& one) {
    FlowMap map;
    map.add("kind", core::name_of(one.kind.value_or(core::FailureKind::exit)));
    if (one.exit_code) map.add("exit_code", std::to_string(*one.exit_code));
    return map.add("message", yaml_text(one.why)).str();
  }

  static Micros waited(const core::Instance& instance, TimePoint until) {
    return until - instance.started_at.value_or(until);
  }

  static std::vector<std::string> votes_text(const core::Instance& instance) {
    std::vector<std::string> maps;
    if (!instance.waiting) return maps;
    const std::vector<core::Vote>& votes = instance.waiting->votes;
    const bool is_rejected =
        (instance.error && instance.error->kind == core::FailureKind::rejected) ||
        instance.output.text.starts_with(R"({"decision":"rejected")");
    for (const core::Vote& vote : votes) {
      if (vote.by == "system") continue;
      FlowMap map;
      const bool rejects = is_rejected && &vote == &votes.back();
      const std::string word = vote.option.empty() ? "approve" : yaml_text(vote.option);
      map.add("decision", rejects ? "reject" : word)
          .add("by", yaml_text(person(vote.by)))
          .add("after", span_text(waited(instance, vote.at)));
      if (!vote.comment.empty()) map.add("comment", yaml_text(vote.comment));
      if (vote.form.text != "{}") map.add("form", vote.form.text);
      maps.push_back(map.str());
    }
    return maps;
  }

  /// A cancel, and the first pause.
  std::string requests_text() const {
    std::string out;
    std::optional<TimePoint> paused, resumed;
    for (const EventView& event : events_) {
      if (!event.refused.empty()) continue;
      if (event.kind == "cancel") out += "    cancel: " + span_text(event.at - start()) + "\n";
      if (event.kind == "pause" && !paused) paused = event.at;
      if (event.kind == "resume" && paused && !resumed) resumed = event.at;
    }
    if (!paused) return out;
    FlowMap map;
    map.add("after", span_text(*paused - start()));
    if (resumed) map.add("length", span_text(*resumed - *paused));
    return out + "    pause: " + map.str() + "\n";
  }

  std::string expect_text(std::optional<Micros> length) const {
    const core::RunFacts& facts = view_.facts;
    std::string out = fmt::format("    expect:\n      state: {}\n", core::name_of(view_.run.phase));
    if (view_.run.phase == core::RunPhase::failed && facts.error) {
      out += fmt::format("      error: {{kind: {}}}\n", core::name_of(facts.error->kind));
    }
    FlowMap states, attempts, outputs;
    bool is_repeated = false;
    for (std::size_t i = 1; i < own_.steps.size() && i < view_.instances.size(); ++i) {
      const core::Instance& instance = view_.instances[i];
      const bool is_leaf = own_.steps[i].kind != dsl::Kind::steps && !own_.steps[i].each;
      if (!is_leaf || instance.role != core::Role::step || own_.steps[i].parent == dsl::no_step) {
        continue;
      }
      if (!core::has_ended(instance.state)) continue;
      const std::string path = dsl::path_of(own_, StepId{static_cast<std::int32_t>(i)});
      states.add(path, core::name_of(instance.state));
      if (instance.tries > 1) {
        is_repeated = true;
        attempts.add(path, std::to_string(instance.tries));
      }
    }
    out += "      steps: " + states.str() + "\n";
    if (is_repeated) out += "      attempts: " + attempts.str() + "\n";
    if (view_.run.phase == core::RunPhase::succeeded && !own_.outputs.empty()) {
      out += "      outputs: " + facts.outputs.text + "\n";
    }
    if (length) out += "      duration: " + span_text(*length) + "\n";
    return out;
  }

  const RunView& view_;
  const dsl::Plan& own_;
  const std::vector<EventView>& events_;
  Attempts attempts_;
};

void refuse_what_cannot_be(const RunView& view, const std::vector<EventView>& events) {
  const std::string number = std::to_string(view.run.number);
  const auto phase = view.run.phase;
  if (phase != core::RunPhase::succeeded && phase != core::RunPhase::failed &&
      phase != core::RunPhase::cancelled) {
    throw Error(ErrorKind::usage, fmt::format("run {} has not ended", number),
                fmt::format("it is {}; a case is made of what a run has come to", name_of(phase)),
                "pawl attach " + number);
  }
  const auto is_repair = [](const EventView& event) {
    return event.kind == "repair" && event.refused.empty();
  };
  if (std::ranges::any_of(events, is_repair)) {
    throw Error(ErrorKind::usage, fmt::format("run {} was repaired", number),
                "a case begins at the start and nobody repairs it", "record a run that was not");
  }
}

std::set<StepId> scripts_of(const dsl::Plan& plan) {
  std::set<StepId> scripts;
  for (std::size_t i = 1; i < plan.steps.size(); ++i) {
    const dsl::Kind kind = plan.steps[i].kind;
    const bool is_script = kind == dsl::Kind::lua || kind == dsl::Kind::uses;
    if (is_script) scripts.insert(StepId{static_cast<std::int32_t>(i)});
  }
  return scripts;
}

}  // namespace

Recording record_run(const RunView& view, const std::vector<EventView>& events) {
  refuse_what_cannot_be(view, events);
  const Recorder recorder(view, events);
  const auto graph = std::make_shared<const core::Graph>(plan_of_file(view));
  const std::set<StepId> all = scripts_of(graph->plan());
  std::set<StepId> scripts;
  // A script that needs the world is found by playing; each turn finds one more.
  while (true) {
    const std::string text = recorder.text(scripts, std::nullopt);
    const trial::TestFile file = trial::read_tests(text, graph->plan());
    if (file.cases.empty()) {
      throw Error(ErrorKind::environment, "the recorded case cannot be read",
                  dsl::render_all(file.diagnostics, "the case", text), "write the case by hand");
    }
    trial::Coverage coverage(graph);
    const trial::Seen seen = trial::play(graph, file.cases[0], coverage);
    const auto length = seen.now - file.cases[0].start;
    Recording recording{recorder.text(scripts, length), trial::compare(file.cases[0], seen)};
    if (recording.differences.empty() || scripts == all) return recording;
    if (seen.unmocked && all.contains(*seen.unmocked)) {
      scripts.insert(*seen.unmocked);
    } else {
      scripts = all;
    }
  }
}

}  // namespace pawl::cli

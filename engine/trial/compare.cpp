#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/units.hpp"
#include "trial/play.hpp"

namespace pawl::trial {
namespace {

using core::StepState;

/// What a run still waits for: "'review' for a decision, 'paid' for the signal 'paid'".
std::string waits_of(const core::RunState& run) {
  std::string text;
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const core::Instance& instance = run.instances[i];
    if (instance.role != core::Role::step || instance.state != StepState::waiting) continue;
    text += (text.empty() ? "" : ", ") +
            pawl::quoted(core::path_of(run, InstId{static_cast<std::int32_t>(i)})) + " for ";
    if (instance.reason == core::Reason::approval) {
      text += "a decision";
    } else if (instance.waiting) {
      text += "the signal " + pawl::quoted(instance.waiting->signal);
    } else {
      text += "its time";
    }
  }
  return text;
}

std::string told(const core::Failure& failure) {
  return (failure.step.empty() ? "" : "step " + pawl::quoted(failure.step) + ": ") +
         failure.message + " (" + std::string(core::name_of(failure.kind)) + ")";
}

class Comparison {
 public:
  Comparison(const Case& one, const Seen& seen) : expect_(one.expect), case_(one), seen_(seen) {
    const core::RunState& run = seen.run;
    for (std::size_t i = 1; i < run.instances.size(); ++i) {
      if (run.instances[i].role == core::Role::unused) continue;
      steps_.emplace(core::path_of(run, InstId{static_cast<std::int32_t>(i)}), &run.instances[i]);
    }
  }

  std::vector<Difference> all() {
    compare_state();
    compare_error();
    for (const auto& [path, state] : expect_.steps) compare_step(path, state);
    for (const auto& [path, count] : expect_.attempts) compare_attempts(path, count);
    for (const auto& [name, value] : expect_.outputs) compare_output(name, value);
    if (expect_.order) compare_order(*expect_.order);
    compare_duration();
    return std::move(found_);
  }

 private:
  void differ(dsl::Span at, std::string what, std::string expected, std::string seen,
              std::string fix = "") {
    found_.push_back({at, std::move(what), std::move(expected), std::move(seen), std::move(fix)});
  }

  void compare_state() {
    const core::RunFacts& facts = seen_.run.facts;
    if (facts.phase == expect_.state.value) return;
    std::string seen(core::name_of(facts.phase));
    std::string fix;
    if (facts.phase == core::RunPhase::failed && facts.error) seen += ": " + told(*facts.error);
    if (facts.phase == core::RunPhase::waiting) {
      seen += " for ever: " + waits_of(seen_.run);
      fix = "say under 'mock' or 'signals' what comes, or expect 'state: waiting'";
    }
    const bool is_written = expect_.state.at != dsl::Span{};
    differ(is_written ? expect_.state.at : case_.at, "state",
           std::string(core::name_of(expect_.state.value)), seen, fix);
  }

  void compare_error() {
    const auto& error = seen_.run.facts.error;
    const std::string seen = error ? told(*error) : "no error";
    if (expect_.error_kind && (!error || error->kind != expect_.error_kind->value)) {
      differ(expect_.error_kind->at, "error.kind",
             std::string(core::name_of(expect_.error_kind->value)), seen);
    }
    if (expect_.error_message &&
        (!error || error->message.find(expect_.error_message->value) == std::string::npos)) {
      differ(expect_.error_message->at, "error.message", "… " + expect_.error_message->value + " …",
             seen);
    }
  }

  const core::Instance* find(const std::string& path, dsl::Span at, const std::string& what,
                             const std::string& expected) {
    const auto found = steps_.find(path);
    if (found != steps_.end()) return found->second;
    std::vector<std::string_view> known;
    for (const auto& [name, instance] : steps_) known.push_back(name);
    const std::string_view near = closest(path, known);
    differ(at, what, expected, "there is no such step in this run",
           near.empty() ? "an item reads sign[\"eu\"], a round poll#3"
                        : "did you mean " + pawl::quoted(near) + "?");
    return nullptr;
  }

  void compare_step(const std::string& path, const Expected<StepState>& state) {
    const std::string what = "steps." + path;
    const std::string expected(core::name_of(state.value));
    const core::Instance* step = find(path, state.at, what, expected);
    if (step == nullptr || step->state == state.value) return;
    std::string seen(core::name_of(step->state));
    if (step->error) {
      seen += ": " + told(*step->error);
    } else if (!step->note.empty()) {
      seen += ": " + step->note;
    }
    differ(state.at, what, expected, seen);
  }

  void compare_attempts(const std::string& path, const Expected<std::int32_t>& count) {
    const std::string what = "attempts." + path;
    const core::Instance* step = find(path, count.at, what, std::to_string(count.value));
    if (step == nullptr || step->attempt == count.value) return;
    differ(count.at, what, std::to_string(count.value), std::to_string(step->attempt));
  }

  /// Equal as values: 1 is 1.0, and the order of members does not count.
  void compare_output(const std::string& name, const Expected<JsonText>& value) {
    const std::string& all = seen_.run.facts.outputs.text;
    const auto outputs = nlohmann::json::parse(all, nullptr, false);
    const auto expected = nlohmann::json::parse(value.value.text, nullptr, false);
    if (!outputs.is_object() || !outputs.contains(name)) {
      differ(value.at, "outputs." + name, value.value.text, "the run has no outputs");
    } else if (outputs[name] != expected) {
      differ(value.at, "outputs." + name, value.value.text, outputs[name].dump());
    }
  }

  void compare_order(const Expected<std::vector<std::string>>& order) {
    std::vector<std::string> seen;
    for (const std::string& path : seen_.order) {
      if (std::ranges::find(order.value, path) != order.value.end()) seen.push_back(path);
    }
    if (seen != order.value) differ(order.at, "order", joined(order.value), joined(seen));
  }

  static std::string joined(const std::vector<std::string>& paths) {
    std::string text;
    for (const std::string& path : paths) text += (text.empty() ? "" : ", ") + path;
    return text.empty() ? "none of them has ended" : text;
  }

  void compare_duration() {
    if (!expect_.duration) return;
    const auto seen = std::chrono::duration_cast<Millis>(seen_.now - case_.start);
    if (seen == expect_.duration->value) return;
    differ(expect_.duration->at, "duration", exact_duration(expect_.duration->value),
           exact_duration(seen));
  }

  const Expectation& expect_;
  const Case& case_;
  const Seen& seen_;
  std::map<std::string, const core::Instance*> steps_;
  std::vector<Difference> found_;
};

}  // namespace

std::string exact_duration(Millis span) {
  constexpr std::pair<std::int64_t, const char*> units[] = {
      {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}};
  std::string text;
  std::int64_t left = span.count();
  for (const auto& [size, unit] : units) {
    if (left >= size) text += std::to_string(left / size) + unit;
    left %= size;
  }
  return text.empty() ? "0s" : text;
}

std::vector<Difference> compare(const Case& one, const Seen& seen) {
  if (!seen.stopped.empty()) return seen.stopped;
  return Comparison(one, seen).all();
}

}  // namespace pawl::trial

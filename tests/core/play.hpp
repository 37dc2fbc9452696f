#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expressions.hpp"
#include "core/run_state.hpp"
#include "tests/core/plans.hpp"

/// A run on a table: events go in by hand, time stands until it is moved.
namespace pawl::test {

/// Answers of expressions, by their text. "true" and "false" answer themselves, numbers and quoted
/// texts are their own values; a text without an answer is an error, as in Lua.
class ScriptedExpressions : public core::Expressions {
 public:
  std::map<std::string, bool> conditions;
  std::map<std::string, std::string> values;
  std::optional<Problem> inputs_problem;
  std::vector<std::string> asked;  ///< Texts of all conditions asked, in order.

  Result<bool> condition(const dsl::Plan& plan, const dsl::Code& code,
                         const core::View& view) override;
  Result<JsonText> value(const dsl::Plan& plan, const dsl::Template& text,
                         const core::View& view) override;
  Result<std::vector<core::Item>> items(const dsl::Plan& plan, const dsl::Foreach& each,
                                        const core::View& view) override;
  Result<JsonText> complete_inputs(const dsl::Plan& plan, const JsonText& given,
                                   const core::View& view) override;
  Result<JsonText> complete_form(const dsl::Plan& plan, const std::vector<dsl::Input>& form,
                                 const JsonText& given, const core::View& view) override;
};

/// Everything about a run as text, stored and derived: equal texts are equal runs.
std::string picture_of(const core::RunState& run);
/// What an owner does after an event: touched steps get rows, but those that need none.
void note_rows(core::RunState& run);
/// The run after its rows were written and read again.
core::RunState stored_and_loaded(const core::RunState& run);

/// The rows of a run, as an owner keeps them: those of dropped items and rounds stay for ever.
class StoredRun {
 public:
  /// Writes those of the touched steps.
  void store(core::RunState& run);
  /// The run as a new owner finds it. The phase is a column of its own.
  core::RunState loaded(const core::RunState& run) const;

 private:
  struct Row {
    std::int32_t attempt = 0;
    std::int16_t state = 0, reason = 0;
    std::string body;
  };
  std::map<std::int32_t, Row> rows_;
};

/// After each event the invariants of RunState are checked, the same event is applied to a twin
/// that lives through the codec, and both must agree.
class Play {
 public:
  explicit Play(const PlanDraft& draft, std::int32_t slots = 100);
  explicit Play(std::shared_ptr<const core::Graph> graph, std::int32_t slots = 100);

  // Requests, as they come through the inbox.
  core::Applied start();
  core::Applied pause(bool at_once = false) { return request(core::Pause{at_once}); }
  core::Applied resume() { return request(core::Resume{}); }
  core::Applied cancel(std::string why = "") { return request(core::Cancel{std::move(why)}); }
  core::Applied repair(std::vector<std::string> steps = {}) {
    return request(core::Repair{std::move(steps)});
  }
  core::Applied anew(std::vector<std::string> steps) {
    return request(core::Repair{std::move(steps), true});
  }
  core::Applied signal(std::string name, std::string payload = "null") {
    return request(core::Signal{std::move(name), JsonText{std::move(payload)}});
  }
  /// As "user:ana", or as somebody else.
  core::Applied approve(std::string step, std::string who = "user:ana") {
    return decide({.step = std::move(step)}, std::move(who));
  }
  core::Applied reject(std::string step, std::string comment = "") {
    return decide({.step = std::move(step), .approve = false, .comment = std::move(comment)});
  }
  core::Applied decide(core::Decide decision, std::string who = "user:ana") {
    return request(std::move(decision), std::move(who));
  }
  core::Applied resolve(std::string step, bool done, std::string output = "null") {
    return request(core::Resolve{std::move(step), done, JsonText{std::move(output)}, ""});
  }
  core::Applied request(core::Happening what, std::string who = "user:ana");

  // From the worker. Attempts are those that run now, by the path of their step.
  core::Applied happens(core::Happening what);
  core::Applied tick(Micros later = {});
  core::Applied end(std::string_view path, core::Outcome outcome);
  core::Applied succeed(std::string_view path, std::string output = "null");
  core::Applied fail(std::string_view path, core::FailureKind kind = core::FailureKind::exit);
  core::Applied released(std::string_view path) {
    return end(path, core::Stopped{.released = true});
  }
  core::Applied stopped(std::string_view path) { return end(path, core::Stopped{}); }
  core::Applied worker_dies() { return happens(core::Adopted{}); }

  InstId inst(std::string_view path) const;
  const core::Instance& at(std::string_view path) const { return run.at(inst(path)); }
  core::StepState state(std::string_view path) const { return at(path).state; }
  core::RunPhase phase() const { return run.facts.phase; }
  /// "a running, b pending": the steps of the root, or of a block.
  std::string states(std::string_view block = "") const;
  /// Paths of the steps with an attempt under way, in file order: "a b.c".
  std::string running() const;
  const std::string& error() const;

  TimePoint now{Micros{1'000'000'000'000'000}};
  std::int32_t slots;
  ScriptedExpressions expressions;
  core::RunState run;
  /// Paths of the attempts started, in order, by StartAttempt: "a#1".
  std::vector<std::string> started;
  bool twin_checks = true;  ///< Off for large plans.

 private:
  core::Applied apply(const core::Event& event);

  std::int64_t inbox_seq_ = 0;
  StoredRun stored_;
};

}  // namespace pawl::test

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "dsl/findings.hpp"
#include "dsl/inputs.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/read_values.hpp"
#include "dsl/skipping.hpp"

namespace pawl::dsl {
namespace {

class Unreachable {
 public:
  explicit Unreachable(Front& front) : front_(front), plan_(front.plan) {}

  void find() {
    for (std::int32_t i = 1; i < static_cast<std::int32_t>(plan_.steps.size()); ++i) {
      const StepId id{i};
      const Step& step = plan_.step(id);
      if (step.parent == no_step) continue;
      check_condition(id, step);
      check_failed_join(id, step);
      check_cases(step);
    }
    report_dependents();
  }

 private:
  void check_condition(StepId id, const Step& step) {
    if (!step.when) return;
    const bool is_never = step.when->text == "false" || step.when->text == "nil";
    if (!is_never) return;
    never_.insert(id);
    report({step.when->at.line, step.when->at.column, static_cast<int>(step.when->text.size())},
           quoted(step.id) + " never runs: its 'when' is " + step.when->text,
           "remove the step, or ask an input: 'when: inputs.NAME'");
  }

  void check_failed_join(StepId id, const Step& step) {
    if (step.join.rule != JoinRule::failed) return;
    const std::vector<Need> needs = deciding_needs(step);
    const bool can_fail = std::ranges::any_of(needs, [&](const Need& need) {
      return plan_.step(need.step).settings->on_error != OnError::resume;
    });
    if (can_fail || needs.empty()) return;
    never_.insert(id);
    report({step.at.line, step.at.column, 1},
           quoted(step.id) + " never runs: with 'on_error: continue' none of its needs fails",
           "remove 'on_error: continue', or write 'when: steps." +
               plan_.step(needs.front().step).id + ".error' and 'join: always'");
  }

  /// A case for what the value never is.
  void check_cases(const Step& step) {
    const auto* block = std::get_if<BlockSpec>(&step.spec);
    if (block == nullptr || !block->choice) return;
    const auto words = words_of(block->choice->value);
    if (!words) return;
    const std::vector<std::string_view> known(words->begin(), words->end());
    for (std::size_t i = 0; i < block->choice->cases.size(); ++i) {
      const std::string& word = block->choice->cases[i];
      if (std::ranges::find(*words, word) != words->end()) continue;
      const Place at = plan_.step(block->children[i]).at;
      const std::string_view near = closest(word, known);
      report({at.line, at.column, 1}, "the case " + quoted(word) + " is never chosen",
             near.empty() ? "the value is " + list_of(known, "or")
                          : "did you mean " + quoted(near) + "?");
    }
  }

  /// What a value can be, as texts: a constant, or an input that has choices.
  std::optional<std::vector<std::string>> words_of(const Template& value) const {
    if (value.is_literal()) {
      return std::vector{value.pieces.empty() ? std::string() : value.pieces.front().text};
    }
    if (value.pieces.size() != 1) return {};
    const LuaUses uses = scan_uses(value.pieces.front().text);
    if (uses.inputs.size() != 1 || !uses.inputs.front().fields.empty()) return {};
    const std::string& name = uses.inputs.front().name;
    if (value.pieces.front().text != "inputs." + name) return {};
    const Input& input = plan_.inputs[front_.inputs.at(name)];
    if (input.choices.empty()) return {};
    return choice_words(input);
  }

  void report_dependents() {
    if (never_.empty()) return;
    std::int64_t budget = skipping_budget;
    const Skipping::Steps missing = Skipping(plan_).without(never_, budget);
    for (const StepId id : missing) {
      if (never_.count(id) != 0) continue;
      const Step& step = plan_.step(id);
      const auto& need = *std::ranges::find_if(
          step.needs, [&](const Need& one) { return missing.count(one.step) != 0; });
      report({step.at.line, step.at.column, 1},
             quoted(step.id) + " never runs: it needs " + quoted(plan_.step(need.step).id) +
                 ", which never runs",
             "remove one of them, or the need");
    }
  }

  void report(Span at, std::string message, std::string fix) {
    front_.diagnostics.push_back(
        {at, "unreachable", std::move(message), std::move(fix), Severity::warning});
  }

  Front& front_;
  const Plan& plan_;
  Skipping::Steps never_;
};

}  // namespace

void find_unreachable(Front& front) { Unreachable(front).find(); }

}  // namespace pawl::dsl

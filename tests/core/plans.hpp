#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/graph.hpp"
#include "dsl/plan.hpp"

/// Plans in a line, for tests of what runs them. What is left out is as the compiler fills it in.
namespace pawl::test {

/// A step as a test writes it. With `list` or `map` it is a block.
struct Draft {
  std::string id;
  std::vector<std::string> needs = {};  ///< Written needs: siblings by id.
  std::vector<std::string> data = {};   ///< Needs inferred from what it reads.
  dsl::Join join = {};
  std::string when = {};
  dsl::Retry retry = {};
  Millis timeout{0};
  Millis deadline{0};
  dsl::OnError on_error = dsl::OnError::fail;
  std::int32_t lost_max = 5;
  bool fail_fast = false;
  std::int32_t max_parallel = 0;
  std::optional<dsl::Foreach> each = {};
  std::vector<Draft> list = {};
  std::vector<Draft> map = {};
  std::optional<dsl::Choice> choice = {};  ///< The steps are its cases.
  std::optional<dsl::Rounds> rounds = {};  ///< The steps are run again and again.
  bool race = false;                       ///< The steps are its branches.
  std::string cancel_signal = {};
  std::optional<dsl::WaitSpec> wait = {};
  std::optional<dsl::ApprovalSpec> approval = {};
  bool once = false, verify = false;  ///< `effects: once`
  bool undo = false;
  dsl::Retry undo_retry = {};
};

struct PlanDraft {
  std::vector<Draft> list = {};
  std::vector<Draft> map = {};
  bool fail_fast = false;
  dsl::Compensate compensate = dsl::Compensate::never;
  std::vector<std::string> hooks = {};  ///< "on_start", "on_success", …, "finally"
  std::vector<std::pair<std::string, std::string>> env = {};
  /// Outputs: name and expression. They read every step of the root.
  std::vector<std::pair<std::string, std::string>> outputs = {};
};

/// A retry policy in a word.
inline dsl::Retry retries(std::int32_t attempts, Millis delay = {},
                          dsl::Backoff backoff = dsl::Backoff::constant) {
  dsl::Retry result;
  result.max_attempts = attempts;
  result.delay = delay;
  result.backoff = backoff;
  return result;
}

/// A `foreach` over a list like "[1,2,3]", or over what the test answers to another text; each item
/// is its own key.
inline dsl::Foreach over(const std::string& items) {
  dsl::Foreach each;
  each.items.expression.pieces.push_back({items, {}, true});
  each.items.expression.whole = true;
  return each;
}

/// `switch`
inline dsl::Choice by(const std::string& value, std::vector<std::string> cases) {
  dsl::Choice choice;
  choice.value.pieces.push_back({value, {}, true});
  choice.cases = std::move(cases);
  return choice;
}

/// A text with an expression in it, or without one when it is quoted: "\"2h\"".
inline dsl::Template text(const std::string& code) {
  dsl::Template result;
  const bool is_literal = code[0] == '"';
  result.pieces.push_back({is_literal ? code.substr(1, code.size() - 2) : code, {}, !is_literal});
  return result;
}

/// `wait: {signal: …}`
inline dsl::WaitSpec for_signal(const std::string& name) {
  dsl::WaitSpec wait;
  wait.signal = text('"' + name + '"');
  return wait;
}

/// `wait: 2h`
inline dsl::WaitSpec for_time(const std::string& span) {
  dsl::WaitSpec wait;
  wait.span = text('"' + span + '"');
  return wait;
}

/// `loop`
inline dsl::Rounds until(const std::string& done, std::int32_t max, Millis every = {}) {
  return {dsl::Code{done, {}}, max, every};
}

std::shared_ptr<const dsl::Plan> a_plan(const PlanDraft& draft);
std::shared_ptr<const core::Graph> a_graph(const PlanDraft& draft);

}  // namespace pawl::test

#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "core/expressions.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/plan.hpp"

namespace pawl::cli {

/// What an expression waits for before it can be evaluated.
struct Blockers {
  std::vector<std::string> steps;  ///< Paths, each once.
  bool run_start = false;          ///< It reads the run's number, id or times.
  bool item = false;               ///< It reads the item of a `foreach`.

  bool none() const { return steps.empty() && !run_start && !item; }
  void add(const Blockers& more);
  /// "until extract and build ended", "for each item"
  std::string words() const;
};

/// A value, or what it waits for, or why it can never be had.
struct Foreseen {
  std::optional<JsonText> value;
  Blockers blockers;  ///< Not none only when there is neither value nor problem.
  std::optional<Problem> problem;
};

/// The names that expressions of one step see, as far as they are known.
struct PreviewScope {
  std::map<std::string, core::StepView, std::less<>> steps;  ///< Known: they do not run.
  std::map<std::string, std::string, std::less<>> open;  ///< Name → path of those that may run.
  std::vector<std::pair<std::string, JsonText>> env;     ///< Known variables, texts.
  std::map<std::string, Blockers, std::less<>> open_env;
  std::set<std::string, std::less<>>
      items;  ///< `item` and the like, which differ from copy to copy.
};

/// Evaluates expressions before a run.
class PreviewValues {
 public:
  PreviewValues(const dsl::Plan& plan, core::Expressions& expressions, TimePoint now)
      : plan_(plan), expressions_(expressions), now_(now) {}

  /// Every input with its default. A Problem names the input.
  std::optional<Problem> complete_inputs(const JsonText& given);
  const JsonText& inputs() const { return inputs_; }

  Foreseen condition(const dsl::Code& code, const PreviewScope& scope) const;
  /// Typed when `whole`, else a JSON string.
  Foreseen value(const dsl::Template& text, const PreviewScope& scope) const;
  /// A JSON string: what the value is inside a text.
  Foreseen text(const dsl::Code& code, const PreviewScope& scope) const;

  /// Adds a variable to the scope, as text. A Problem when it can never be had.
  std::optional<Problem> add_variable(const dsl::Variable& variable, PreviewScope& scope) const;

 private:
  template <class Evaluate>
  Foreseen foresee(std::span<const dsl::Template::Piece> pieces, const PreviewScope& scope,
                   Evaluate evaluate) const;

  const dsl::Plan& plan_;
  core::Expressions& expressions_;
  TimePoint now_;
  JsonText inputs_{"{}"};
};

/// As the author wrote it: "--day=${{ inputs.day }}".
std::string written(const dsl::Template& text);

/// What the step does: its shell command with the values that are known, the others as written; a
/// word on its Lua or its block. A Problem when one of its expressions cannot be evaluated.
Result<std::string> command_of(const dsl::Step& step, const PreviewValues& values,
                               const PreviewScope& scope);

}  // namespace pawl::cli

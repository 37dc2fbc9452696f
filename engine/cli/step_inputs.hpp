#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run_view.hpp"
#include "core/expressions.hpp"

namespace pawl::cli {

/// An expression of a step with the value that fills it.
struct StepInput {
  std::string where;       ///< "when", "env DAY", "run", "workdir", "lua", "with DAY"
  std::string expression;  ///< As the author wrote it.
  std::optional<JsonText> value;
  std::string why;  ///< There is no value.

  bool operator==(const StepInput&) const = default;
};

/// Fills in the expressions of a run's steps from what is stored: inputs, and the outputs of other
/// steps. Values are not stored a second time where they are read, but an ended step does not
/// change; after a repair of a step that was read, these are the values of the repair.
class StepInputs {
 public:
  /// Both must outlive this.
  StepInputs(const RunView& view, core::Expressions& expressions, TimePoint now);
  ~StepInputs();

  /// In the order in which they are used; none for a step that has not come to them yet. Of Lua,
  /// what it reads by name.
  std::vector<StepInput> of(StepId id) const;
  /// What `lua` reads by name when it stands in `step`; of a field that is not there, the nearest
  /// value around it: steps.extract.output for steps.extract.output.files.
  std::vector<StepInput> read_by(StepId step, std::string_view lua) const;

 private:
  struct Scope;
  Scope scope_of(StepId step, std::vector<StepInput>* variables) const;
  StepInput filled(const Scope& scope, std::string where, const dsl::Template& text) const;
  StepInput filled(const Scope& scope, std::string where, const dsl::Code& code) const;
  std::vector<StepInput> uses(const Scope& scope, std::string_view lua) const;

  const RunView& view_;
  core::Expressions& expressions_;
  TimePoint now_;
  core::RunState run_;
};

}  // namespace pawl::cli

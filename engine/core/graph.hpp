#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "dsl/plan.hpp"

namespace pawl::core {

/// A plan with what the core derives from it once: who depends on whom. Immutable and shared by all
/// runs of the plan; memory is linear in steps and needs.
class Graph {
 public:
  struct Dependent {
    StepId step;
    bool decides = false;  ///< The need takes part in the step's join; otherwise it only orders.
  };

  explicit Graph(std::shared_ptr<const dsl::Plan> plan);

  const dsl::Plan& plan() const { return *plan_; }
  const std::shared_ptr<const dsl::Plan>& shared_plan() const { return plan_; }
  std::span<const Dependent> dependents(StepId step) const;
  /// Does the need count for the join of the step? See DSL.md, "When does a step run?".
  bool decides(StepId step, const dsl::Need& need) const;
  /// How many needs take part in the step's join.
  std::int32_t deciding(StepId step) const {
    return deciding_[static_cast<std::size_t>(step.value)];
  }
  std::string path(StepId step) const { return dsl::path_of(*plan_, step); }
  /// A script without hooks around it that surely ends at once: see dsl::is_brief.
  bool is_brief(StepId step) const { return brief_[static_cast<std::size_t>(step.value)]; }
  /// The step with this path; no_step when there is none.
  StepId find(std::string_view path) const;

 private:
  std::shared_ptr<const dsl::Plan> plan_;
  std::vector<std::uint32_t> first_;  ///< Dependents of step i: [first_[i], first_[i + 1]).
  std::vector<Dependent> dependents_;
  std::vector<std::int32_t> deciding_;
  std::vector<bool> brief_;
};

}  // namespace pawl::core

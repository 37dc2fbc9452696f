#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "dsl/plan.hpp"

namespace pawl::core {

/// What an instance is to its step.
enum class Role : std::uint8_t {
  step,    ///< The step itself: it runs, or is a block.
  items,   ///< It holds the items of the step's `foreach`.
  rounds,  ///< It holds the rounds of a `loop`.
  undo,    ///< It takes back what an instance of the step did; nobody's child, like a hook.
  unused   ///< Part of a pattern of items, in which nothing ever happens.
};

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
  /// How many steps the plan has from `step` on that are the step itself or stand inside of it.
  std::int32_t size(StepId step) const { return sizes_[static_cast<std::size_t>(step.value)]; }
  bool has_copies() const { return has_copies_; }  ///< Some step has items or rounds.
  /// What `step` is in a copy of `top`; `no_step` as top: in the graph itself.
  Role role_in(StepId top, StepId step) const;
  /// What the first instance of a copy is that `holder` holds: an item of a `loop` holds rounds.
  Role role_of_top(StepId top, Role holder) const;
  dsl::BlockRule rule(StepId step) const { return dsl::rule_of(plan_->step(step)); }
  /// A script without hooks around it that surely ends at once: see dsl::is_brief.
  bool is_brief(StepId step) const { return brief_[static_cast<std::size_t>(step.value)]; }

 private:
  std::shared_ptr<const dsl::Plan> plan_;
  std::vector<std::uint32_t> first_;  ///< Dependents of step i: [first_[i], first_[i + 1]).
  std::vector<Dependent> dependents_;
  std::vector<std::int32_t> deciding_;
  std::vector<std::int32_t> sizes_;
  std::vector<StepId> patterns_;  ///< The nearest step around each that has copies.
  bool has_copies_ = false;
  std::vector<bool> brief_;
};

}  // namespace pawl::core

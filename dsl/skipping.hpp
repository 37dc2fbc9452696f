#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "dsl/plan.hpp"

namespace pawl::dsl {

/// So many steps are looked at for one kind of warning: in a huge file not every one is found.
inline constexpr std::int64_t skipping_budget = 500'000;

/// What follows for the siblings when some of them do not run, by the rules of joins, while all
/// else succeeds.
class Skipping {
 public:
  explicit Skipping(const Plan& plan);

  using Steps = std::unordered_set<StepId>;
  /// The steps that do not run when none of `first` does: these and all that hang on them.
  /// Stops once `budget` steps have been looked at, which it counts down.
  Steps without(const Steps& first, std::int64_t& budget) const;

  const std::vector<StepId>& needed_by(StepId id) const {
    return dependents_[static_cast<std::size_t>(id.value)];
  }

 private:
  bool runs(const Step& step, const Steps& missing) const;

  const Plan& plan_;
  std::vector<std::vector<StepId>> dependents_;  ///< By step.
};

/// The needs that decide whether it starts: written ones alone where there are any, else the order
/// of a list, else what it reads.
std::vector<Need> deciding_needs(const Step& step);

}  // namespace pawl::dsl

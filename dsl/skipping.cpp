#include "dsl/skipping.hpp"

#include <algorithm>

namespace pawl::dsl {

std::vector<Need> deciding_needs(const Step& step) {
  for (const NeedSource source : {NeedSource::written, NeedSource::order, NeedSource::data}) {
    std::vector<Need> needs;
    std::ranges::copy_if(step.needs, std::back_inserter(needs),
                         [&](const Need& need) { return need.source == source; });
    if (!needs.empty()) return needs;
  }
  return {};
}

Skipping::Skipping(const Plan& plan) : plan_(plan), dependents_(plan.steps.size()) {
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(plan.steps.size()); ++i) {
    for (const Need& need : plan.step(StepId{i}).needs) {
      dependents_[static_cast<std::size_t>(need.step.value)].push_back(StepId{i});
    }
  }
}

bool Skipping::runs(const Step& step, const Steps& missing) const {
  const std::vector<Need> needs = deciding_needs(step);
  // In a list a step that was skipped lets the next one go on.
  if (needs.empty() || needs.front().source == NeedSource::order) return true;
  const auto there =
      std::ranges::count_if(needs, [&](const Need& need) { return missing.count(need.step) == 0; });
  switch (step.join.rule) {
    case JoinRule::automatic:
      return there > 0;
    case JoinRule::all:
      return there == static_cast<std::ptrdiff_t>(needs.size());
    case JoinRule::any:
    case JoinRule::at_least:
      return there >= step.join.at_least;
    case JoinRule::always:
    case JoinRule::failed:
      return true;
  }
  return true;
}

Skipping::Steps Skipping::without(const Steps& first, std::int64_t& budget) const {
  Steps missing = first;
  std::vector<StepId> open(first.begin(), first.end());
  while (!open.empty() && budget > 0) {
    const StepId id = open.back();
    open.pop_back();
    for (const StepId next : needed_by(id)) {
      --budget;
      if (missing.count(next) != 0 || runs(plan_.step(next), missing)) continue;
      missing.insert(next);
      open.push_back(next);
    }
  }
  return missing;
}

}  // namespace pawl::dsl

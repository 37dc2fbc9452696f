#include "core/graph.hpp"

#include <algorithm>
#include <utility>

#include "dsl/lua_scan.hpp"

namespace pawl::core {

namespace {

std::size_t index(StepId step) { return static_cast<std::size_t>(step.value); }

/// Which source of needs decides the join of `step`: written ones alone if there are any; else, in
/// a map, those inferred from data; else, in a list with a join of its own, the step before.
bool source_decides(const dsl::Plan& plan, const dsl::Step& step, dsl::NeedSource source) {
  const auto has = [&](dsl::NeedSource wanted) {
    return std::ranges::any_of(step.needs,
                               [&](const dsl::Need& need) { return need.source == wanted; });
  };
  if (has(dsl::NeedSource::written)) return source == dsl::NeedSource::written;
  const bool in_list =
      step.parent != dsl::no_step && std::get<dsl::BlockSpec>(plan.step(step.parent).spec).is_list;
  if (!in_list) return source == dsl::NeedSource::data;
  // The need on the step before is met by "skipped" too, so the default join does not count it.
  return step.join.rule != dsl::JoinRule::automatic && source == dsl::NeedSource::order;
}

bool is_brief_step(const dsl::Plan& plan, StepId id) {
  const dsl::Step& step = plan.step(id);
  if (step.kind != dsl::Kind::lua || step.hooks || step.output_schema) return false;
  if (dsl::has_env(plan, id) || dsl::workdir_of(plan, id) != nullptr) return false;
  const std::string& text = std::get<dsl::LuaSpec>(step.spec).code.text;
  return !text.empty() && dsl::is_brief(text);
}

}  // namespace

Graph::Graph(std::shared_ptr<const dsl::Plan> plan) : plan_(std::move(plan)) {
  const std::size_t count = plan_->steps.size();
  first_.assign(count + 1, 0);
  deciding_.assign(count, 0);
  brief_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    brief_.push_back(is_brief_step(*plan_, StepId{static_cast<std::int32_t>(i)}));
  }
  sizes_.assign(count, 1);
  for (std::size_t i = count; i-- > 1;) {  // What is inside of a step stands behind it.
    const StepId parent = plan_->steps[i].parent;
    if (parent.value >= 0) sizes_[index(parent)] += sizes_[i];
  }
  patterns_.assign(count, dsl::no_step);
  for (std::size_t i = 1; i < count; ++i) {
    const StepId parent = plan_->steps[i].parent;
    has_copies_ = has_copies_ || dsl::has_copies(plan_->steps[i]);
    if (parent.value < 0) continue;
    patterns_[i] = dsl::has_copies(plan_->step(parent)) ? parent : patterns_[index(parent)];
  }
  for (const dsl::Step& step : plan_->steps) {
    for (const dsl::Need& need : step.needs) ++first_[index(need.step) + 1];
  }
  for (std::size_t i = 0; i < count; ++i) first_[i + 1] += first_[i];
  dependents_.resize(first_[count]);
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    for (const dsl::Need& need : plan_->steps[i].needs) {
      const bool deciding = decides(step, need);
      dependents_[next[index(need.step)]++] = {step, deciding};
      if (deciding) ++deciding_[i];
    }
  }
}

Role Graph::role_in(StepId top, StepId step) const {
  if (patterns_[index(step)] != top) return Role::unused;
  if (plan_->step(step).each) return Role::items;
  return rule(step) == dsl::BlockRule::rounds ? Role::rounds : Role::step;
}

Role Graph::role_of_top(StepId top, Role holder) const {
  const bool is_loop = rule(top) == dsl::BlockRule::rounds;
  return is_loop && holder == Role::items ? Role::rounds : Role::step;
}

std::span<const Graph::Dependent> Graph::dependents(StepId step) const {
  const std::size_t begin = first_[index(step)];
  return std::span(dependents_).subspan(begin, first_[index(step) + 1] - begin);
}

bool Graph::decides(StepId step, const dsl::Need& need) const {
  return source_decides(*plan_, plan_->step(step), need.source);
}

}  // namespace pawl::core

#include "cli/expanded_plan.hpp"

#include <algorithm>

namespace pawl::cli {
namespace {

using core::Role;

bool is_shown(const core::RunState& run, InstId inst) {
  if (run.at(inst).role == Role::unused) return false;
  for (InstId at = inst; at.value > 0; at = run.at(at).parent) {
    if (core::is_item(run, at) && run.at(at).state == core::StepState::pending) return false;
  }
  return true;
}

dsl::Step hidden(const dsl::Plan& plan) {
  dsl::Step step;
  step.parent = nowhere;
  step.kind = dsl::Kind::steps;
  step.spec = dsl::BlockSpec{};
  step.settings = plan.steps.front().settings;
  return step;
}

bool holds_copies(const core::Instance& instance) {
  return instance.role == Role::items || instance.role == Role::rounds;
}

bool has_shown_item(const core::RunState& run, InstId holder) {
  const auto items = core::children_of(run, holder);
  return std::ranges::any_of(items, [&](InstId item) { return is_shown(run, item); });
}

StepId number_of(InstId inst) { return StepId{inst.value}; }

/// Shown like a hook of the workflow, under a name of its own.
dsl::Step shown_undo(const core::RunState& run, InstId inst) {
  const dsl::Step& whose = run.graph->plan().step(run.at(inst).step);
  dsl::Step step;
  step.id = core::path_of(run, inst);
  step.at = whose.undo->at;
  step.kind = whose.undo->kind;
  step.spec = whose.undo->spec;
  step.settings = whose.undo->settings;
  return step;
}

dsl::Step shown(const core::RunState& run, InstId inst) {
  const core::Instance& instance = run.at(inst);
  if (instance.role == Role::undo) return shown_undo(run, inst);
  dsl::Step step = run.graph->plan().step(instance.step);
  step.parent = number_of(instance.parent);
  for (StepId& read : step.reads) read = number_of(core::visible_from(run, inst, read));
  const dsl::BlockSpec* pattern = std::get_if<dsl::BlockSpec>(&step.spec);
  const bool is_list = pattern != nullptr && instance.role == Role::step && pattern->is_list;
  const bool fail_fast = pattern != nullptr && pattern->fail_fast;
  if (holds_copies(instance) && !has_shown_item(run, inst)) {
    // Nothing inside of it is to be seen: it stands for itself.
    step.kind = dsl::Kind::lua;
    step.spec = dsl::LuaSpec{};
  } else if (core::is_block(run, inst)) {
    dsl::BlockSpec block;
    block.is_list = is_list;
    block.fail_fast = fail_fast;
    if (instance.role == Role::step) {
      // A round ends like a plain block.
      const bool is_round = pattern->rule == dsl::BlockRule::rounds;
      block.rule = is_round ? dsl::BlockRule::all : pattern->rule;
      block.choice = pattern->choice;
      block.max_parallel = pattern->max_parallel;
    }
    for (const InstId child : core::children_of(run, inst)) {
      if (is_shown(run, child)) block.children.push_back(number_of(child));
    }
    step.kind = dsl::Kind::steps;
    step.spec = std::move(block);
  }
  if (core::is_item(run, inst)) {
    const core::Copy& copy = run.copies[static_cast<std::size_t>(instance.copy)];
    step.id = copy.is_round ? '#' + std::to_string(copy.index) : '[' + copy.key.text + ']';
    step.needs.clear();
    step.join = {};
    if (copy.is_round || !step.each->when_of_item) step.when.reset();
  } else {
    for (dsl::Need& need : step.needs) need.step = number_of(core::beside(run, inst, need.step));
    if (step.each && step.each->when_of_item) step.when.reset();
  }
  step.each.reset();
  return step;
}

}  // namespace

std::shared_ptr<const dsl::Plan> expanded_plan(const core::RunState& run) {
  if (!dsl::may_grow(run.graph->plan())) return run.graph->shared_plan();
  const dsl::Plan& plan = run.graph->plan();
  auto expanded = std::make_shared<dsl::Plan>(plan);
  expanded->steps.resize(run.instances.size());
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    expanded->steps[i] = is_shown(run, inst) ? shown(run, inst) : hidden(plan);
  }
  return expanded;
}

}  // namespace pawl::cli

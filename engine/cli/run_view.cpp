#include "cli/run_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "cli/expanded_plan.hpp"
#include "core/codec.hpp"

namespace pawl::cli {

namespace {

std::map<std::int32_t, std::int64_t> unseen_steps(const core::RunState& run) {
  std::map<std::int32_t, std::int64_t> unseen;
  for (const auto& [holder, fan] : run.fans) {
    std::int64_t items = 0, leaves = 0;
    for (const InstId item : core::children_of(run, holder)) {
      if (run.at(item).state == core::StepState::pending) ++items;
    }
    const StepId top = run.at(holder).step;
    for (std::int32_t i = 0; i < run.graph->size(top); ++i) {
      const StepId step{top.value + i};
      if (!is_block(run.graph->plan(), step)) ++leaves;
    }
    if (items > 0) unseen[holder.value] = items * leaves;
  }
  return unseen;
}

/// Gives the view the items of the run, which their holders' rows make.
void show_items(RunView& view, const std::vector<store::StepRow>& rows) {
  core::RunState state = core::new_run(view.run.run, view.run.number,
                                       std::make_shared<const core::Graph>(view.own_plan));
  for (const store::StepRow& row : rows) core::load_step(state, stored(row));
  view.plan = expanded_plan(state);
  view.facts = state.facts;
  view.instances = state.instances;
  view.unseen = unseen_steps(state);
  view.state = std::make_shared<const core::RunState>(std::move(state));
}

}  // namespace

core::StoredStep stored(const store::StepRow& row) {
  return {row.inst, row.attempt, row.state, row.reason, row.body};
}

std::shared_ptr<const dsl::Plan> load_plan(store::Reader& reader, const store::RunSummary& run) {
  const std::optional<store::Definition> definition = reader.definition(run.definition);
  if (!definition) {
    throw Error(
        ErrorKind::environment,
        fmt::format("definition {} of run {} is not in the database", run.definition, run.number),
        "its row was deleted by hand, or a backup was restored in part");
  }
  return std::make_shared<const dsl::Plan>(dsl::decode_plan(definition->plan));
}

RunView load_view(store::Reader& reader, const store::RunSummary& run,
                  std::shared_ptr<const dsl::Plan> plan) {
  RunView view;
  view.run = run;
  view.plan = view.own_plan = std::move(plan);
  view.instances.resize(view.plan->steps.size());
  const std::vector<store::StepRow> rows = reader.steps(run.run);
  if (dsl::may_grow(*view.plan)) {
    show_items(view, rows);
  } else {
    for (const store::StepRow& row : rows) {
      if (row.inst < 0 || static_cast<std::size_t>(row.inst) >= view.instances.size()) continue;
      if (row.inst == 0) core::decode_facts(row.body, view.facts);
      core::load_instance(view.instances[static_cast<std::size_t>(row.inst)], stored(row));
    }
  }
  for (std::size_t i = 1; i < view.instances.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    if (is_block(*view.plan, step)) share_end(*view.plan, view.instances, step);
  }
  view.facts.phase = run.phase;
  view.progress = reader.progress(run.run);
  return view;
}

core::RunState state_of(const RunView& view) {
  core::RunState run =
      core::new_run(view.run.run, view.run.number, std::make_shared<const core::Graph>(view.plan));
  run.facts = view.facts;
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const core::Standing standing = run.instances[i];
    run.instances[i] = view.instances[i];
    static_cast<core::Standing&>(run.instances[i]) = standing;
  }
  return run;
}

std::vector<std::int32_t> tree_ranks(const dsl::Plan& plan) {
  std::vector<std::int32_t> ranks(plan.steps.size(), 0);
  std::int32_t next = 0;
  std::vector<StepId> todo{StepId{0}};  // The next one last.
  while (!todo.empty()) {
    const StepId step = todo.back();
    todo.pop_back();
    ranks[static_cast<std::size_t>(step.value)] = next++;
    if (!is_block(plan, step)) continue;
    const auto& children = std::get<dsl::BlockSpec>(plan.step(step).spec).children;
    todo.insert(todo.end(), children.rbegin(), children.rend());
  }
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(plan.steps.size()); ++i) {
    if (is_hook(plan, StepId{i})) ranks[static_cast<std::size_t>(i)] = next++;
  }
  return ranks;
}

std::shared_ptr<const dsl::Plan> plan_of_file(const RunView& view) {
  return view.own_plan ? view.own_plan : view.plan;
}

bool is_block(const dsl::Plan& plan, StepId step) {
  return plan.step(step).kind == dsl::Kind::steps;
}

void share_end(const dsl::Plan& plan, std::vector<core::Instance>& instances, StepId block) {
  using enum core::StepState;
  const auto ended_unbegun = [](core::StepState state) {
    return state == not_run || state == skipped || state == cancelled;
  };
  const core::StepState end = instances[static_cast<std::size_t>(block.value)].state;
  for (const StepId child : std::get<dsl::BlockSpec>(plan.step(block).spec).children) {
    core::Instance& instance = instances[static_cast<std::size_t>(child.value)];
    if (!instance.has_row && !instance.started_at && !instance.ended_at) {
      if (ended_unbegun(end) && instance.state == pending) instance.state = end;
      if (!ended_unbegun(end) && ended_unbegun(instance.state)) instance.state = pending;
    }
    if (is_block(plan, child)) share_end(plan, instances, child);
  }
}

bool is_hook(const dsl::Plan& plan, StepId step) {
  return step.value != 0 && plan.step(step).parent == dsl::no_step;
}

std::vector<StepId> leaves_of(const dsl::Plan& plan) {
  std::vector<StepId> leaves;
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(plan.steps.size()); ++i) {
    if (!is_block(plan, StepId{i}) && !is_hook(plan, StepId{i})) leaves.push_back(StepId{i});
  }
  return leaves;
}

std::optional<Micros> took(const core::Instance& instance, TimePoint now) {
  if (!instance.started_at) return std::nullopt;
  if (instance.ended_at) return *instance.ended_at - *instance.started_at;
  if (instance.state != core::StepState::running) return std::nullopt;
  return std::max(Micros{0}, now - *instance.started_at);
}

std::optional<Micros> took(const RunView& view, TimePoint now) {
  if (!view.facts.started_at) return std::nullopt;
  return std::max(Micros{0}, view.facts.ended_at.value_or(now) - *view.facts.started_at);
}

}  // namespace pawl::cli

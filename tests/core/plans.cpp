#include "tests/core/plans.hpp"

#include <algorithm>
#include <stdexcept>

namespace pawl::test {

namespace {

std::shared_ptr<const dsl::Procedure> a_procedure(const dsl::Retry& retry) {
  dsl::Procedure procedure;
  procedure.spec = dsl::LuaSpec{};
  dsl::Settings settings;
  settings.retry = retry;
  settings.lost_max = 1'000;
  procedure.settings = std::make_shared<const dsl::Settings>(settings);
  return std::make_shared<const dsl::Procedure>(std::move(procedure));
}

dsl::Step step_of(const Draft& draft, StepId parent) {
  dsl::Step step;
  step.parent = parent;
  step.id = draft.id;
  step.join = draft.join;
  if (!draft.when.empty()) step.when = dsl::Code{draft.when, {}};
  dsl::Settings settings;
  settings.retry = draft.retry;
  settings.timeout = draft.timeout;
  settings.deadline = draft.deadline;
  settings.on_error = draft.on_error;
  settings.lost_max = draft.lost_max;
  if (draft.once) settings.effects = dsl::Effects::once;
  if (draft.verify) step.verify = a_procedure({});
  if (draft.undo) step.undo = a_procedure(draft.undo_retry);
  step.settings = std::make_shared<const dsl::Settings>(settings);
  if (draft.each) step.each = std::make_shared<const dsl::Foreach>(*draft.each);
  step.kind = dsl::Kind::lua;
  step.spec = dsl::LuaSpec{};
  if (draft.wait) {
    step.kind = dsl::Kind::wait;
    step.spec = *draft.wait;
  } else if (draft.approval) {
    step.kind = dsl::Kind::approval;
    step.spec = *draft.approval;
  }
  return step;
}

class Builder {
 public:
  dsl::Plan build(const PlanDraft& draft) {
    plan_.name = "test";
    plan_.compensate = draft.compensate;
    Draft root;
    root.list = draft.list;
    root.map = draft.map;
    root.fail_fast = draft.fail_fast;
    plan_.steps.push_back(step_of(root, dsl::no_step));
    fill_block(StepId{0}, root);
    for (const std::string& hook : draft.hooks) add_hook(hook);
    for (const auto& [name, text] : draft.env) plan_.env.emplace_back(name, code(text));
    for (const auto& [name, text] : draft.outputs) plan_.outputs.push_back({name, code(text)});
    if (!draft.outputs.empty()) {
      plan_.output_reads = std::get<dsl::BlockSpec>(plan_.steps[0].spec).children;
    }
    return std::move(plan_);
  }

 private:
  static dsl::Template code(const std::string& text) {
    dsl::Template result;
    result.pieces.push_back({text, {}, true});
    result.whole = true;
    return result;
  }

  StepId add(const Draft& draft, StepId parent) {
    const StepId id{static_cast<std::int32_t>(plan_.steps.size())};
    plan_.steps.push_back(step_of(draft, parent));
    if (!draft.list.empty() || !draft.map.empty()) fill_block(id, draft);
    return id;
  }

  void fill_block(StepId block, const Draft& draft) {
    const bool is_list = !draft.list.empty();
    const std::vector<Draft>& drafts = is_list ? draft.list : draft.map;
    dsl::BlockSpec spec;
    spec.is_list = is_list;
    spec.fail_fast = draft.fail_fast;
    spec.max_parallel = draft.max_parallel;
    spec.choice = draft.choice;
    spec.cancel_signal = draft.cancel_signal;
    spec.rounds = draft.rounds;
    spec.rule = draft.choice   ? dsl::BlockRule::choice
                : draft.rounds ? dsl::BlockRule::rounds
                : draft.race   ? dsl::BlockRule::race
                               : dsl::BlockRule::all;
    for (const Draft& child : drafts) spec.children.push_back(add(child, block));
    const auto index = [](StepId id) { return static_cast<std::size_t>(id.value); };
    const auto sibling = [&](const std::string& id) {
      for (const StepId child : spec.children) {
        if (plan_.steps[index(child)].id == id) return child;
      }
      throw std::logic_error("the plan of a test has no step " + id);
    };
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      dsl::Step& step = plan_.steps[index(spec.children[i])];
      const auto need = [&](StepId on, dsl::NeedSource source) {
        if (std::ranges::none_of(step.needs, [&](const dsl::Need& n) { return n.step == on; })) {
          step.needs.push_back({on, source});
        }
      };
      for (const std::string& id : drafts[i].needs) need(sibling(id), dsl::NeedSource::written);
      if (is_list && i > 0) need(spec.children[i - 1], dsl::NeedSource::order);
      for (const std::string& id : drafts[i].data) {
        need(sibling(id), dsl::NeedSource::data);
        step.reads.push_back(sibling(id));
      }
    }
    plan_.steps[index(block)].kind = dsl::Kind::steps;
    plan_.steps[index(block)].spec = std::move(spec);
  }

  void add_hook(const std::string& name) {
    const StepId id = add(Draft{.id = name}, dsl::no_step);
    dsl::RunHooks& hooks = plan_.hooks;
    (name == "on_start"     ? hooks.on_start
     : name == "on_success" ? hooks.on_success
     : name == "on_failure" ? hooks.on_failure
     : name == "on_cancel"  ? hooks.on_cancel
                            : hooks.last) = id;
  }

  dsl::Plan plan_;
};

}  // namespace

std::shared_ptr<const dsl::Plan> a_plan(const PlanDraft& draft) {
  return std::make_shared<const dsl::Plan>(Builder().build(draft));
}

std::shared_ptr<const core::Graph> a_graph(const PlanDraft& draft) {
  return std::make_shared<const core::Graph>(a_plan(draft));
}

}  // namespace pawl::test

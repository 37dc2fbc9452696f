#include "core/copies.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "core/run_state.hpp"

namespace pawl::core {
namespace {

const Copy& copy_of(const RunState& run, InstId inst) {
  return run.copies[static_cast<std::size_t>(run.at(inst).copy)];
}

/// Fills in who the instances of a copy are; `top` is in the middle of nothing.
void place_copy(RunState& run, std::int32_t number) {
  const Copy copy = run.copies[static_cast<std::size_t>(number)];
  const dsl::Plan& plan = run.graph->plan();
  const std::int32_t size = run.graph->size(copy.top);
  for (std::int32_t i = 0; i < size; ++i) {
    const StepId step{copy.top.value + i};
    Instance& instance = run.at(InstId{copy.first.value + i});
    instance = Instance{};
    instance.step = step;
    instance.copy = number;
    if (i == 0) {
      instance.parent = copy.holder;
      continue;
    }
    instance.parent = InstId{copy.first.value + plan.step(step).parent.value - copy.top.value};
    instance.role = run.graph->role_in(copy.top, step);
    if (instance.role != Role::unused) ++run.at(instance.parent).counts.open_children;
  }
}

}  // namespace

InstId beside(const RunState& run, InstId inst, StepId step) {
  return InstId{inst.value + step.value - run.at(inst).step.value};
}

InstId visible_from(const RunState& run, InstId inst, StepId step) {
  for (std::int32_t number = run.at(inst).copy;;) {
    const Copy& copy = run.copies[static_cast<std::size_t>(number)];
    const std::int32_t offset = step.value - copy.top.value;
    if (number == 0 || (offset >= 0 && offset < run.graph->size(copy.top))) {
      return InstId{copy.first.value + offset};
    }
    number = copy.outer;
  }
}

bool is_item(const RunState& run, InstId inst) {
  return run.at(inst).copy > 0 && copy_of(run, inst).first == inst;
}

const Copy* item_of(const RunState& run, InstId inst) {
  return is_item(run, inst) ? &copy_of(run, inst) : nullptr;
}

bool is_block(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  return instance.role == Role::items ||
         (instance.role == Role::step &&
          run.graph->plan().step(instance.step).kind == dsl::Kind::steps);
}

bool is_hook(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  return inst.value > 0 && instance.role != Role::unused && instance.parent.value < 0;
}

std::vector<InstId> children_of(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  std::vector<InstId> children;
  if (instance.role == Role::items) {
    const std::int32_t size = run.graph->size(instance.step);
    for (std::int32_t i = 0; i < instance.items.count; ++i) {
      children.push_back(InstId{instance.items.first.value + i * size});
    }
  } else if (is_block(run, inst)) {
    const dsl::Step& step = run.graph->plan().step(instance.step);
    for (const StepId child : std::get<dsl::BlockSpec>(step.spec).children) {
      children.push_back(beside(run, inst, child));
    }
  }
  return children;
}

void make_items(RunState& run, InstId holder) {
  const auto [first, count] = run.at(holder).items;
  const StepId top = run.at(holder).step;
  const std::int32_t size = run.graph->size(top);
  const std::int32_t outer = run.at(holder).copy;
  const auto end = static_cast<std::size_t>(first.value) +
                   static_cast<std::size_t>(count) * static_cast<std::size_t>(size);
  // Numbers that are skipped belonged to items of an earlier generation.
  Instance unused;
  unused.role = Role::unused;
  if (run.instances.size() < end) run.instances.resize(end, unused);
  run.facts.next_inst = std::max(run.facts.next_inst, static_cast<std::int32_t>(end));
  const auto first_copy = static_cast<std::int32_t>(run.copies.size());
  for (std::int32_t i = 0; i < count; ++i) {
    Copy copy;
    copy.top = top;
    copy.first = InstId{first.value + i * size};
    copy.holder = holder;
    copy.outer = outer;
    copy.index = i + 1;
    run.copies.push_back(std::move(copy));
    place_copy(run, first_copy + i);
  }
  run.fans[holder] = {};
}

void add_items(RunState& run, InstId holder, std::vector<Item> items) {
  const auto steps = static_cast<std::int32_t>(run.graph->plan().steps.size());
  run.at(holder).items = {InstId{std::max(run.facts.next_inst, steps)},
                          static_cast<std::int32_t>(items.size())};
  run.touched.insert(InstId{0});
  make_items(run, holder);
  auto copy = run.copies.end() - static_cast<std::ptrdiff_t>(items.size());
  for (Item& item : items) {
    copy->key = std::move(item.key);
    copy->item = std::move(item.value);
    // Each has a row from the beginning: the list is not the same when it is made again later.
    run.touched.insert(copy->first);
    ++copy;
  }
}

void drop_items(RunState& run, InstId holder) {
  if (run.fans.erase(holder) == 0) return;
  const ItemRange items = std::exchange(run.at(holder).items, {});
  const std::int32_t size = run.graph->size(run.at(holder).step);
  for (std::int32_t i = 0; i < items.count * size; ++i) {
    const InstId inst{items.first.value + i};
    if (run.at(inst).role == Role::items) drop_items(run, inst);
    run.at(inst) = Instance{};
    run.at(inst).role = Role::unused;
    run.touched.erase(inst);
  }
}

std::string path_of(const RunState& run, InstId inst) {
  const dsl::Plan& plan = run.graph->plan();
  const Instance& instance = run.at(inst);
  if (instance.copy == 0) return dsl::path_of(plan, instance.step);
  std::string path;
  StepId step = instance.step;
  for (std::int32_t number = instance.copy; number > 0;) {
    const Copy& copy = run.copies[static_cast<std::size_t>(number)];
    for (; step != copy.top; step = plan.step(step).parent) {
      path.insert(0, '.' + plan.step(step).id);
    }
    path.insert(0, '[' + copy.key.text + ']');
    number = copy.outer;
  }
  return dsl::path_of(plan, step) + path;
}

InstId find_instance(const RunState& run, std::string_view path) {
  // Rare (commands of people), so no index is kept for it.
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    if (run.at(inst).role != Role::unused && path_of(run, inst) == path) return inst;
  }
  return InstId{-1};
}

}  // namespace pawl::core

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
  const Role top = run.graph->role_of_top(copy.top, run.at(copy.holder).role);
  for (std::int32_t i = 0; i < size; ++i) {
    const StepId step{copy.top.value + i};
    Instance& instance = run.at(InstId{copy.first.value + i});
    instance = Instance{};
    instance.step = step;
    instance.copy = number;
    if (i == 0) {
      instance.parent = copy.holder;
      instance.role = top;
      continue;
    }
    instance.parent = InstId{copy.first.value + plan.step(step).parent.value - copy.top.value};
    instance.role = top == Role::rounds ? Role::unused : run.graph->role_in(copy.top, step);
    if (instance.role != Role::unused) ++run.at(instance.parent).counts.open_children;
  }
}

/// Room for the instances up to `end`. Numbers that are skipped belonged to copies that are gone.
void make_room(RunState& run, std::int64_t end) {
  Instance unused;
  unused.role = Role::unused;
  if (run.instances.size() < static_cast<std::size_t>(end)) {
    run.instances.resize(static_cast<std::size_t>(end), unused);
  }
  run.facts.next_inst = std::max(run.facts.next_inst, static_cast<std::int32_t>(end));
}

InstId next_number(const RunState& run) {
  const auto steps = static_cast<std::int32_t>(run.graph->plan().steps.size());
  return InstId{std::max(run.facts.next_inst, steps)};
}

/// Forgets what a copy is. How it has ended within this event is still to be stored, so that no row
/// says for ever that it runs.
void drop_copy(RunState& run, InstId first, std::int32_t size) {
  for (std::int32_t i = 0; i < size; ++i) {
    const InstId inst{first.value + i};
    drop_items(run, inst);
    const Instance& before = run.at(inst);
    Instance after;
    static_cast<Standing&>(after) = before;
    after.role = Role::unused;
    after.state = before.state;
    after.attempt = before.attempt;
    after.has_row = before.has_row;
    if (!after.has_row && after.state == StepState::pending) run.touched.erase(inst);
    run.at(inst) = std::move(after);
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

bool is_round(const RunState& run, InstId inst) {
  return is_item(run, inst) && copy_of(run, inst).is_round;
}

const Copy* item_of(const RunState& run, InstId inst) {
  const bool is_there = run.at(inst).role != Role::unused;
  return is_there && is_item(run, inst) ? &copy_of(run, inst) : nullptr;
}

bool is_block(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  return instance.role == Role::items || instance.role == Role::rounds ||
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
  if (instance.role == Role::rounds) {
    const auto rounds = run.rounds.find(inst);
    if (rounds != run.rounds.end()) children = rounds->second;
  } else if (instance.role == Role::items) {
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
  make_room(run, first.value + std::int64_t{count} * size);
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
  run.at(holder).items = {next_number(run), static_cast<std::int32_t>(items.size())};
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
  if (run.at(holder).role == Role::rounds) {
    drop_rounds(run, holder, 0);
    run.rounds.erase(holder);
    run.at(holder).items = {};
  }
  if (run.fans.erase(holder) == 0) return;
  const ItemRange items = std::exchange(run.at(holder).items, {});
  drop_copy(run, items.first, items.count * run.graph->size(run.at(holder).step));
}

InstId add_round(RunState& run, InstId holder) {
  const InstId first = next_number(run);
  ItemRange& rounds = run.at(holder).items;
  if (rounds.first.value < 0) rounds.first = first;
  run.touched.insert({InstId{0}, holder, first});
  make_round(run, holder, first, ++rounds.count);
  ++run.at(holder).counts.open_children;
  return first;
}

void make_round(RunState& run, InstId holder, InstId first, std::int32_t index) {
  const StepId top = run.at(holder).step;
  std::vector<InstId>& rounds = run.rounds[holder];
  const auto known = static_cast<std::int32_t>(rounds.size());
  for (std::int32_t i = index; i <= known; ++i) {
    drop_copy(run, rounds[static_cast<std::size_t>(i - 1)], run.graph->size(top));
  }
  if (index <= known) rounds.resize(static_cast<std::size_t>(index - 1));
  rounds.push_back(first);
  make_room(run, first.value + std::int64_t{run.graph->size(top)});
  Copy copy;
  copy.top = top;
  copy.first = first;
  copy.holder = holder;
  copy.outer = run.at(holder).copy;
  copy.index = index;
  copy.is_round = true;
  run.copies.push_back(std::move(copy));
  place_copy(run, static_cast<std::int32_t>(run.copies.size()) - 1);
}

void drop_rounds(RunState& run, InstId holder, std::int32_t kept) {
  std::vector<InstId>& rounds = run.rounds[holder];
  for (auto i = static_cast<std::size_t>(kept); i < rounds.size(); ++i) {
    drop_copy(run, rounds[i], run.graph->size(run.at(holder).step));
  }
  if (static_cast<std::size_t>(kept) < rounds.size()) {
    rounds.resize(static_cast<std::size_t>(kept));
    run.at(holder).items.count = kept;
    run.touched.insert(holder);
  }
}

void add_undos(RunState& run, const std::vector<InstId>& of) {
  if (of.empty()) return;
  const InstId first = next_number(run);
  run.facts.undos = {first, static_cast<std::int32_t>(of.size())};
  run.touched.insert(InstId{0});
  for (std::size_t i = 0; i < of.size(); ++i) {
    const InstId inst{first.value + static_cast<std::int32_t>(i)};
    make_undo(run, inst, of[i]);
    run.touched.insert(inst);
  }
}

void make_undo(RunState& run, InstId inst, InstId of) {
  make_room(run, inst.value + std::int64_t{1});
  Instance undo;
  undo.step = run.at(of).step;
  undo.copy = run.at(of).copy;
  undo.role = Role::undo;
  undo.undo_of = of;
  undo.generation = run.at(of).generation;  // Once a generation: the key is another after a repair.
  run.at(inst) = std::move(undo);
}

void drop_undos(RunState& run) {
  const ItemRange undos = std::exchange(run.facts.undos, {});
  if (undos.count == 0) return;
  run.touched.insert(InstId{0});
  for (std::int32_t i = 0; i < undos.count; ++i) {
    run.at(InstId{undos.first.value + i}).role = Role::unused;
  }
}

std::string path_of(const RunState& run, InstId inst) {
  const dsl::Plan& plan = run.graph->plan();
  const Instance& instance = run.at(inst);
  if (instance.role == Role::undo) return "undo." + path_of(run, instance.undo_of);
  if (instance.copy == 0) return dsl::path_of(plan, instance.step);
  std::string path;
  StepId step = instance.step;
  for (std::int32_t number = instance.copy; number > 0;) {
    const Copy& copy = run.copies[static_cast<std::size_t>(number)];
    for (; step != copy.top; step = plan.step(step).parent) {
      path.insert(0, '.' + plan.step(step).id);
    }
    path.insert(0, copy.is_round ? '#' + std::to_string(copy.index) : '[' + copy.key.text + ']');
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

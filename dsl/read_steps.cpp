#include "dsl/read_steps.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/text.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_blocks.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_step.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {

namespace {

/// Reads the steps of one block.
class BlockReader {
 public:
  BlockReader(Front& front, SettingsReader& settings, StepId block)
      : front_(front), settings_(settings), block_(block) {}

  void read(Entry entry) {
    const NodeKind kind = front_.tree.kind(entry.value);
    if (kind != NodeKind::list && kind != NodeKind::map) {
      report_type(front_, entry, "a list of steps, which run in order, or a map of steps",
                  "write 'steps:' and below it '  first: {run: ./program}'");
      return;
    }
    const std::size_t count = front_.tree.count(entry.value);
    if (count == 0) {
      front_.error(entry.key, "empty-block",
                   "there is no step under " + quoted(front_.tree.text(entry.key)),
                   "write at least one, for example 'first: {run: ./program}'");
      return;
    }
    if (!has_room(front_, entry, count)) return;
    children_.reserve(count);
    if (kind == NodeKind::list) {
      collect_ids(entry.value);
      for (const NodeId item : front_.tree.items(entry.value)) read_item(item);
    } else {
      for (const Entry& one : front_.tree.entries(entry.value)) read_named(one);
    }
    auto& spec = std::get<BlockSpec>(step_at(block_).spec);
    spec.children = std::move(children_);
    spec.is_list = kind == NodeKind::list;
  }

 private:
  Step& step_at(StepId id) { return front_.plan.steps[static_cast<std::size_t>(id.value)]; }

  /// Only where one is missing, so that a list of 100,000 steps costs nothing more.
  void collect_ids(NodeId list) {
    std::vector<Entry> found;
    bool is_missing = false;
    for (const NodeId item : front_.tree.items(list)) {
      if (front_.tree.kind(item) != NodeKind::map) continue;
      const auto id = front_.tree.find(item, "id");
      is_missing = is_missing || !id;
      if (id && front_.tree.kind(id->value) == NodeKind::scalar) found.push_back(*id);
    }
    if (!is_missing) return;
    for (const Entry& id : found) ids_.insert(front_.text(id.value));
  }

  void read_item(NodeId item) {
    if (front_.tree.kind(item) != NodeKind::map) {
      front_.error(item, "wrong-type", "a step in a list is a map",
                   "write '- id: name' and below it '  run: ./program'");
      return;
    }
    ++position_;
    const std::optional<Entry> id = front_.tree.find(item, "id");
    if (!id) {
      const std::size_t begin = front_.tree[item].begin;
      const std::string made_up = free_id(item);
      front_.error(front_.tree.source().span(begin, begin), "no-id",
                   "a step in a list has an 'id', and this one has none",
                   "write 'id: " + made_up + "' as its first line");
      // Its other mistakes are told, too.
      return read_step(made_up, item, front_.tree.place(item));
    }
    if (front_.tree.kind(id->value) != NodeKind::scalar) {
      report_type(front_, *id, "a text");
      return;
    }
    check_id(front_, id->value, "a step");
    read_step(front_.text(id->value), item, front_.tree.place(item));
  }

  void read_named(Entry entry) {
    const NodeKind kind = front_.tree.kind(entry.value);
    if (kind != NodeKind::map) {
      const std::string id = front_.text(entry.key);
      const bool is_text = kind == NodeKind::scalar;
      front_.error(entry.key, "wrong-type", "the step " + quoted(id) + " is no map",
                   is_text ? "write '" + id + ": {run: …}'" : "write its kind below it: 'run: …'");
      return;
    }
    if (const auto id = front_.tree.find(entry.value, "id")) {
      front_.error(id->key, "wrong-kind", "in a map of steps the key is the id",
                   "remove 'id:', or write the steps as a list");
    }
    check_id(front_, entry.key, "a step");
    read_step(front_.text(entry.key), entry.value, front_.tree.place(entry.key));
  }

  /// An id for a step without one: from its name, else from its place, and never one of another.
  std::string free_id(NodeId item) {
    std::string id;
    if (const auto name = front_.tree.find(item, "name");
        name && front_.tree.kind(name->value) == NodeKind::scalar) {
      id = id_from(front_.text(name->value));
    }
    std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::tolower(c); });
    if (id.empty()) id = "step_" + std::to_string(position_);
    const std::string wanted = id;
    for (int n = 2; ids_.contains(id); ++n) id = wanted + "_" + std::to_string(n);
    ids_.insert(id);
    return id;
  }

  void read_step(std::string id, NodeId map, Place at) {
    children_.push_back(add_step(front_, settings_, block_, std::move(id), map, at));
  }

  Front& front_;
  SettingsReader& settings_;
  StepId block_;
  std::vector<StepId> children_;
  std::size_t position_ = 0;   ///< Of the step in its list, from 1.
  std::set<std::string> ids_;  ///< Of a list with steps that lack theirs.
};

}  // namespace

bool has_room(Front& front, Entry entry, std::size_t count) {
  std::vector<Step>& steps = front.plan.steps;
  const std::size_t needed = steps.size() + count;
  if (needed > front.limits.steps + 1) {
    front.error(entry.key, "too-many-steps",
                "the file has more than " + std::to_string(front.limits.steps) + " steps",
                "split the workflow");
    return false;
  }
  // Exact for one wide block; by halves for many small ones, or the copies would add up.
  if (steps.capacity() < needed) steps.reserve(std::max(needed, steps.size() + steps.size() / 2));
  return true;
}

StepId add_step(Front& front, SettingsReader& settings, StepId block, std::string id, NodeId map,
                Place at) {
  const StepId number{static_cast<std::int32_t>(front.plan.steps.size())};
  Step& step = front.plan.steps.emplace_back();
  step.parent = block;
  step.id = std::move(id);
  step.at = at;
  front.has_needs.push_back(false);
  const std::optional<Entry> inside = read_step(front, settings, number, map);
  if (!inside) return number;
  const std::string_view kind = front.tree.text(inside->key);
  if (kind == "switch") {
    read_switch(front, settings, *inside, number);
  } else if (kind == "loop") {
    read_loop(front, settings, *inside, number);
  } else if (kind == "race") {
    read_race(front, settings, *inside, number);
  } else {
    read_steps(front, settings, *inside, number);
  }
  return number;
}

void read_steps(Front& front, SettingsReader& settings, Entry entry, StepId block) {
  BlockReader(front, settings, block).read(entry);
}

void read_run_hooks(Front& front, SettingsReader& settings, Entry entry) {
  if (!expect_map(front, entry, "write 'hooks: {finally: …}'")) return;
  RunHooks& hooks = front.plan.hooks;
  for (const Entry& one : checked_entries(front, entry.value, KeyPlace::run_hooks)) {
    const StepId id{static_cast<std::int32_t>(front.plan.steps.size())};
    const std::string name = front.text(one.key);
    CodeScope scope = scope_of(id);
    scope.steps = ReadMeaning::absent;
    scope.error = true;
    auto code = read_lua(front, one, scope);
    if (!code) continue;
    Step& step = front.plan.steps.emplace_back();
    step.id = name;
    step.kind = Kind::lua;
    step.at = front.tree.place(one.key);
    step.settings = settings.plain();
    step.spec = LuaSpec{std::move(*code)};
    front.has_needs.push_back(false);
    if (name == "on_start") hooks.on_start = id;
    if (name == "on_success") hooks.on_success = id;
    if (name == "on_failure") hooks.on_failure = id;
    if (name == "on_cancel") hooks.on_cancel = id;
    if (name == "finally") hooks.last = id;
  }
}

}  // namespace pawl::dsl

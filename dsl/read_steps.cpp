#include "dsl/read_steps.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/text.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_foreach.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {

namespace {

using namespace std::string_view_literals;

constexpr std::array joins = {
    Spelled<JoinRule>{"all", JoinRule::all}, Spelled<JoinRule>{"any", JoinRule::any},
    Spelled<JoinRule>{"always", JoinRule::always}, Spelled<JoinRule>{"failed", JoinRule::failed}};

CodeScope scope_of(StepId step) {
  CodeScope scope;
  scope.reader = step;
  return scope;
}

/// Reads the keys of one step; the steps inside a block come after them.
class StepReader {
 public:
  StepReader(Front& front, SettingsReader& settings, StepId id)
      : front_(front), settings_(settings), id_(id), scope_(scope_of(id)) {}

  /// Gives the entry `steps:` of a block.
  std::optional<Entry> read(NodeId map) {
    const std::vector<Entry> written = front_.tree.entries(map);
    const std::optional<Entry> kind = find_kind(map, written);
    Kind is = Kind::lua;
    if (kind && text(kind->key) == "steps") is = Kind::steps;
    if (kind && text(kind->key) == "run") is = Kind::run;
    step().kind = is;
    const std::vector<Entry> entries =
        checked_entries(front_, map, kind && is == Kind::steps ? KeyPlace::block : KeyPlace::step);
    step().settings = settings_.read(entries, is, id_);
    // What the step's own code may name depends on it.
    for (const Entry& entry : entries) {
      if (text(entry.key) == "foreach") each_ = read_foreach(front_, entry, id_);
    }
    step().each = each_;
    for (const Entry& entry : entries) read_key(entry);
    if (!kind) return std::nullopt;
    return read_kind(*kind);
  }

 private:
  // Reading grows Plan::steps, so no reference to a step is kept.
  Step& step() { return front_.plan.steps[static_cast<std::size_t>(id_.value)]; }
  std::string_view text(NodeId node) const { return front_.tree.text(node); }
  std::string title() { return "the step " + quoted(step().id); }

  std::optional<Entry> find_kind(NodeId map, const std::vector<Entry>& entries) {
    std::optional<Entry> found;
    bool later = false;
    for (const Entry& entry : entries) {
      later = later || is_later_kind(text(entry.key));
      if (!is_kind(text(entry.key))) continue;
      if (found) {
        front_.error(entry.key, "two-kinds",
                     title() + " has two kinds, " + quoted(text(found->key)) + " and " +
                         quoted(text(entry.key)),
                     "make two steps of it");
      } else {
        found = entry;
      }
    }
    if (!found && !later) {
      front_.error(front_.tree.source().span(front_.tree[map].begin, front_.tree[map].begin),
                   "no-kind", title() + " does nothing: it has no 'run', 'lua' or 'steps'",
                   "write for example 'run: ./program'");
    }
    return found;
  }

  void read_key(Entry entry) {
    const std::string_view key = text(entry.key);
    if (key == "name") {
      if (auto value = read_text(front_, entry)) step().name = std::move(*value);
    } else if (key == "description") {
      if (auto value = read_text(front_, entry)) step().description = std::move(*value);
    } else if (key == "needs") {
      read_needs(entry);
    } else if (key == "join") {
      read_join(entry);
    } else if (key == "when") {
      if (auto code = read_expression(front_, entry, scope_)) {
        if (each_) each_->when_of_item = reads_item(*each_, code->text);
        step().when = std::move(*code);
      }
    } else if (key == "env") {
      auto variables = read_env(front_, entry, scope_);
      step().env = std::move(variables);
    } else if (key == "workdir") {
      if (auto value = read_template(front_, entry, scope_)) {
        step().workdir = std::make_shared<const Template>(std::move(*value));
      }
    } else if (key == "hooks") {
      read_hooks(entry);
    } else if (key == "fail_fast" && step().kind != Kind::steps) {
      front_.error(entry.key, "wrong-kind", "'fail_fast' belongs to blocks and to the workflow",
                   "move it to the block or to the root");
    }
  }

  void read_needs(Entry entry) {
    front_.has_needs[static_cast<std::size_t>(id_.value)] = true;
    const NodeKind kind = front_.tree.kind(entry.value);
    if (kind == NodeKind::scalar) {
      add_need(entry.value);
    } else if (kind == NodeKind::list) {
      for (const NodeId item : front_.tree.items(entry.value)) {
        if (front_.tree.kind(item) == NodeKind::scalar) {
          add_need(item);
        } else {
          front_.error(item, "wrong-type", "an item of 'needs' is no id of a step",
                       "write 'needs: [a, b]'");
        }
      }
    } else {
      report_type(front_, entry, "the id of a step, or a list of them",
                  "write 'needs: [a, b]'; '[]' for none");
    }
  }

  void add_need(NodeId node) {
    if (text(node).find("${{") != std::string_view::npos) {
      front_.error(node, "wrong-type", "'needs' takes fixed ids, not an expression",
                   "list the ids; use 'when:' to decide at run time");
      return;
    }
    front_.names.push_back(
        {id_, front_.text(node), front_.tree.span(node), ReadMeaning::need, true, false, {}, {}});
  }

  void read_join(Entry entry) {
    if (front_.tree.kind(entry.value) != NodeKind::map) {
      if (const auto rule = read_choice(front_, entry, joins)) step().join.rule = *rule;
      return;
    }
    Join join;
    for (const Entry& one : checked_entries(front_, entry.value, KeyPlace::join)) {
      const std::string_view key = text(one.key);
      if (key == "any") {
        if (read_boolean(front_, one)) join.rule = JoinRule::any;
      } else if (key == "at_least") {
        constexpr std::int64_t most = 200'000;
        if (const auto count = read_integer(front_, one, 1, most)) {
          join.rule = JoinRule::at_least;
          join.at_least = static_cast<std::int32_t>(*count);
        }
      } else {
        constexpr std::array words = {"cancel"sv};
        join.cancel_rest = read_choice(front_, one, words).has_value();
      }
    }
    step().join = join;
  }

  void read_hooks(Entry entry) {
    if (!expect_map(front_, entry, "write 'hooks: {after: …}'")) return;
    Hooks hooks;
    for (const Entry& one : checked_entries(front_, entry.value, KeyPlace::step_hooks)) {
      const std::string_view key = text(one.key);
      CodeScope scope = scope_;
      const bool makes_needs = key == "before" || key == "after" || key == "on_error";
      scope.steps = makes_needs ? ReadMeaning::need : ReadMeaning::needed;
      scope.output = key == "after";
      scope.error = key == "on_error" || key == "on_retry";
      auto code = read_lua(front_, one, scope);
      if (!code) continue;
      if (key == "before") hooks.before = std::move(*code);
      if (key == "after") hooks.after = std::move(*code);
      if (key == "on_progress") hooks.on_progress = std::move(*code);
      if (key == "on_retry") hooks.on_retry = std::move(*code);
      if (key == "on_error") hooks.on_error = std::move(*code);
      if (key == "on_cancel") hooks.on_cancel = std::move(*code);
    }
    step().hooks = std::make_shared<const Hooks>(std::move(hooks));
  }

  std::optional<Entry> read_kind(Entry entry) {
    const std::string_view key = text(entry.key);
    if (key == "steps") {
      step().spec = BlockSpec{};
      return entry;
    }
    if (key == "lua") {
      CodeScope scope = scope_;
      scope.block = true;
      if (auto code = read_lua(front_, entry, scope)) step().spec = LuaSpec{std::move(*code)};
      return std::nullopt;
    }
    step().spec = RunSpec{};
    if (front_.tree.kind(entry.value) == NodeKind::list) {
      read_arguments(entry);
    } else if (auto spec = read_script(front_, entry, step().settings->shell, scope_)) {
      step().spec = std::move(*spec);
    }
    return std::nullopt;
  }

  void read_arguments(Entry entry) {
    RunSpec spec;
    for (const NodeId item : front_.tree.items(entry.value)) {
      if (auto argument = read_template_item(front_, item, scope_)) {
        spec.arguments.push_back(std::move(*argument));
      }
    }
    if (front_.tree.count(entry.value) == 0) {
      front_.error(entry.value, "empty-code", "'run' is an empty list",
                   "write 'run: [program, argument]'");
    }
    step().spec = std::move(spec);
  }

  Front& front_;
  SettingsReader& settings_;
  StepId id_;
  CodeScope scope_;
  std::shared_ptr<Foreach> each_;
};

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
      front_.error(entry.key, "empty-block", "there is no step under 'steps'",
                   "write at least one, for example 'first: {run: ./program}'");
      return;
    }
    if (!has_room(entry, count)) return;
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

  bool has_room(Entry entry, std::size_t count) {
    std::vector<Step>& steps = front_.plan.steps;
    const std::size_t needed = steps.size() + count;
    if (needed > front_.limits.steps + 1) {
      front_.error(entry.key, "too-many-steps",
                   "the file has more than " + std::to_string(front_.limits.steps) + " steps",
                   "split the workflow");
      return false;
    }
    // Exact for one wide block; by halves for many small ones, or the copies would add up.
    if (steps.capacity() < needed) {
      steps.reserve(std::max(needed, steps.size() + steps.size() / 2));
    }
    return true;
  }

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
    const StepId number{static_cast<std::int32_t>(front_.plan.steps.size())};
    Step& step = front_.plan.steps.emplace_back();
    step.parent = block_;
    step.id = std::move(id);
    step.at = at;
    front_.has_needs.push_back(false);
    children_.push_back(number);
    if (const auto steps = StepReader(front_, settings_, number).read(map)) {
      if (const auto fail_fast = front_.tree.find(map, "fail_fast")) {
        const auto value = read_boolean(front_, *fail_fast);
        std::get<BlockSpec>(step_at(number).spec).fail_fast = value.value_or(false);
      }
      BlockReader(front_, settings_, number).read(*steps);
    }
  }

  Front& front_;
  SettingsReader& settings_;
  StepId block_;
  std::vector<StepId> children_;
  std::size_t position_ = 0;   ///< Of the step in its list, from 1.
  std::set<std::string> ids_;  ///< Of a list with steps that lack theirs.
};

}  // namespace

void read_steps(Front& front, SettingsReader& settings, Entry entry, StepId block) {
  BlockReader(front, settings, block).read(entry);
}

std::vector<Variable> read_env(Front& front, Entry entry, const CodeScope& scope) {
  std::vector<Variable> variables;
  if (!expect_map(front, entry, "write 'env: {NAME: value}'")) return variables;
  for (const Entry& one : front.tree.entries(entry.value)) {
    const std::string name = front.text(one.key);
    check_id(front, one.key, "a variable");
    if (name.starts_with("PAWL_")) {
      front.error(one.key, "id", "variables that begin with PAWL_ are set by Pawl itself",
                  "choose another name");
    }
    if (auto value = read_template(front, one, scope)) {
      variables.emplace_back(name, std::move(*value));
    }
  }
  return variables;
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

#include "dsl/read_step.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/text.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_blocks.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_foreach.hpp"
#include "dsl/read_procedure.hpp"
#include "dsl/read_schema.hpp"
#include "dsl/read_settings.hpp"
#include "dsl/read_uses.hpp"
#include "dsl/read_values.hpp"
#include "dsl/read_waits.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {

namespace {

using namespace std::string_view_literals;

constexpr std::array joins = {
    Spelled<JoinRule>{"all", JoinRule::all}, Spelled<JoinRule>{"any", JoinRule::any},
    Spelled<JoinRule>{"always", JoinRule::always}, Spelled<JoinRule>{"failed", JoinRule::failed}};

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
    if (kind) is = kind_of(text(kind->key));
    step().kind = is;
    const std::vector<Entry> entries =
        checked_entries(front_, map, kind ? place_of(is) : KeyPlace::step);
    check_forbidden(entries);
    step().settings = settings_.read(entries, is, id_);
    if (is == Kind::steps) read_kind(*kind);  // Its rule decides what its keys mean.
    // What the step's own code may name depends on it.
    for (const Entry& entry : entries) {
      if (text(entry.key) == "foreach") each_ = read_foreach(front_, entry, id_);
      if (text(entry.key) == "matrix") read_product(entry);
    }
    step().each = each_;
    for (const Entry& entry : entries) read_key(entry);
    if (!kind) return std::nullopt;
    return is == Kind::steps ? kind : read_kind(*kind);
  }

 private:
  // Reading grows Plan::steps, so no reference to a step is kept.
  Step& step() { return front_.plan.steps[static_cast<std::size_t>(id_.value)]; }
  std::string_view text(NodeId node) const { return front_.tree.text(node); }
  std::string title() { return "the step " + quoted(step().id); }

  static Kind kind_of(std::string_view key) {
    if (key == "run") return Kind::run;
    if (key == "lua") return Kind::lua;
    if (key == "wait") return Kind::wait;
    if (key == "uses") return Kind::uses;
    return key == "approval" ? Kind::approval : Kind::steps;
  }

  static KeyPlace place_of(Kind kind) {
    if (kind == Kind::steps) return KeyPlace::block;
    return kind == Kind::wait || kind == Kind::approval ? KeyPlace::waiting : KeyPlace::step;
  }

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
    } else if (key == "verify") {
      auto procedure = read_verify(front_, settings_, entry, id_);
      step().verify = std::move(procedure);
    } else if (key == "undo") {
      auto procedure = read_undo(front_, settings_, entry, id_);
      step().undo = std::move(procedure);
    } else if (key == "output_schema") {
      auto schema = read_output_schema(front_, entry);
      step().output_schema = std::move(schema);
    } else if (key == "fail_fast" || key == "max_parallel") {
      read_of_block(entry);
    } else if (key == "cancel_when" && step().kind != Kind::steps) {
      front_.error(entry.key, "wrong-kind", "'cancel_when' belongs to blocks",
                   "put the step into a block, or cancel it by its path");
    } else if (key == "cancel_when") {
      std::string signal = read_cancel_when(front_, entry);
      std::get<BlockSpec>(step().spec).cancel_signal = std::move(signal);
    }
  }

  void read_product(Entry entry) {
    if (each_) {
      front_.error(entry.key, "foreach", title() + " has both 'foreach' and 'matrix'",
                   "put one of them on a block around the step");
      return;
    }
    each_ = read_matrix(front_, entry, id_);
  }

  /// What only a block of steps has: `fail_fast`, `max_parallel`.
  void read_of_block(Entry entry) {
    auto* block = std::get_if<BlockSpec>(&step().spec);
    const bool is_plain = block != nullptr && step().kind == Kind::steps &&
                          (block->rule == BlockRule::all || block->rule == BlockRule::rounds);
    if (!is_plain) {
      const bool is_parallel = text(entry.key) == "max_parallel";
      front_.error(entry.key, "wrong-kind",
                   quoted(text(entry.key)) + " belongs to blocks of steps and to the workflow",
                   is_parallel ? "write it inside of 'foreach' or 'matrix', or on a block"
                               : "move it to the block or to the root");
    } else if (text(entry.key) == "fail_fast") {
      block->fail_fast = read_boolean(front_, entry).value_or(false);
    } else if (const auto count = read_parallel(front_, entry)) {
      block->max_parallel = *count;
    }
  }

  /// What a step of a `switch` or a `race` cannot have.
  bool is_forbidden(std::string_view key) {
    constexpr std::array in_case = {"id"sv, "needs"sv, "join"sv, "when"sv, "foreach"sv, "matrix"sv};
    constexpr std::array in_race = {"needs"sv, "join"sv};
    switch (rule_around()) {
      case BlockRule::choice:
        return std::ranges::find(in_case, key) != in_case.end();
      case BlockRule::race:
        return std::ranges::find(in_race, key) != in_race.end();
      case BlockRule::all:
      case BlockRule::rounds:
        break;
    }
    return false;
  }

  BlockRule rule_around() { return rule_of(front_.plan.step(step().parent)); }

  void check_forbidden(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      if (!is_forbidden(text(entry.key))) continue;
      const bool is_case = rule_around() == BlockRule::choice;
      front_.error(entry.key, "wrong-kind",
                   (is_case ? "a case of a 'switch' takes no " : "a branch of a 'race' takes no ") +
                       quoted(text(entry.key)),
                   text(entry.key) == "id" ? "remove it: the text of the case names it"
                   : is_case ? "write it on the switch, or on a step inside of the case"
                             : "they start together: write it on the race");
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
        {id_, front_.text(node), front_.tree.span(node), ReadMeaning::need, true, false, {}});
  }

  void read_join(Entry entry) {
    if (front_.tree.kind(entry.value) != NodeKind::map) {
      if (const auto rule = read_choice(front_, entry, joins)) step().join.rule = *rule;
      return;
    }
    Join join;
    int rules = 0;
    const std::vector<Entry> entries = checked_entries(front_, entry.value, KeyPlace::join);
    for (const Entry& one : entries) {
      const std::string_view key = text(one.key);
      rules += key == "rest" ? 0 : 1;
      if (key == "any") {
        read_any(one);
        join.rule = JoinRule::any;
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
    const bool is_known = entries.size() == front_.tree.count(entry.value);
    if (is_known && rules != 1) {
      front_.error(entry.key, "join",
                   rules == 0 ? "'join' does not say how many successes are enough"
                              : "'join' has both 'any' and 'at_least'",
                   "write 'join: {any: true, rest: cancel}' or 'join: {at_least: 2}'");
    }
    step().join = join;
  }

  /// `any: false` would be no rule at all.
  void read_any(Entry entry) {
    const auto value = read_boolean(front_, entry);
    if (!value || *value) return;
    front_.error(entry.value, "wrong-type", "'any' takes true only",
                 "write 'any: true', or another 'join'");
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
    if (step().kind == Kind::steps) {
      BlockSpec block;
      block.rule = rule_of_kind(key);
      step().spec = std::move(block);
      return entry;
    }
    if (key == "lua") {
      CodeScope scope = scope_;
      scope.block = true;
      if (auto code = read_lua(front_, entry, scope)) step().spec = LuaSpec{std::move(*code)};
      return std::nullopt;
    }
    if (step().kind == Kind::wait) {
      auto spec = read_wait(front_, entry, id_);
      step().spec = std::move(spec).value_or(WaitSpec{});
      return std::nullopt;
    }
    if (step().kind == Kind::approval) {
      auto spec = read_approval(front_, entry, id_);
      step().spec = std::move(spec).value_or(ApprovalSpec{});
      return std::nullopt;
    }
    if (step().kind == Kind::uses) {
      read_action(entry);
      return std::nullopt;
    }
    step().spec = RunSpec{};
    if (front_.tree.kind(entry.value) == NodeKind::list) {
      RunSpec spec = read_arguments(front_, entry, scope_);
      step().spec = std::move(spec);
    } else if (auto spec = read_script(front_, entry, step().settings->shell, scope_)) {
      step().spec = std::move(*spec);
    }
    return std::nullopt;
  }

  /// What the action says of its output counts where the step says nothing.
  void read_action(Entry entry) {
    auto uses = read_uses(front_, entry, id_);
    if (!uses) {
      step().spec = UsesSpec{};
      return;
    }
    step().spec = std::move(uses->spec);
    if (!step().output_schema) step().output_schema = std::move(uses->output_schema);
  }

  Front& front_;
  SettingsReader& settings_;
  StepId id_;
  CodeScope scope_;
  std::shared_ptr<Foreach> each_;
};

}  // namespace

CodeScope scope_of(StepId step) {
  CodeScope scope;
  scope.reader = step;
  return scope;
}

RunSpec read_arguments(Front& front, Entry entry, const CodeScope& scope) {
  RunSpec spec;
  for (const NodeId item : front.tree.items(entry.value)) {
    if (auto argument = read_template_item(front, item, scope)) {
      spec.arguments.push_back(std::move(*argument));
    }
  }
  if (front.tree.count(entry.value) == 0) {
    front.error(entry.value, "empty-code", "'run' is an empty list",
                "write 'run: [program, argument]'");
  }
  return spec;
}

std::optional<Entry> read_step(Front& front, SettingsReader& settings, StepId id, NodeId map) {
  return StepReader(front, settings, id).read(map);
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

}  // namespace pawl::dsl

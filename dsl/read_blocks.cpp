#include "dsl/read_blocks.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_step.hpp"
#include "dsl/read_steps.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {
namespace {

constexpr std::int64_t rounds_most = 1'000'000;

BlockSpec& spec_of(Front& front, StepId block) {
  return std::get<BlockSpec>(front.plan.steps[static_cast<std::size_t>(block.value)].spec);
}

std::optional<Entry> find(const Front& front, const std::vector<Entry>& entries,
                          std::string_view key) {
  const auto found =
      std::ranges::find(entries, key, [&](const Entry& one) { return front.tree.text(one.key); });
  if (found == entries.end()) return std::nullopt;
  return *found;
}

/// The cases of one `switch`.
class SwitchReader {
 public:
  SwitchReader(Front& front, SettingsReader& settings, StepId block)
      : front_(front), settings_(settings), block_(block) {}

  void read(Entry entry) {
    if (!expect_map(front_, entry, "write 'switch: {value: inputs.region, cases: {eu: …}}'"))
      return;
    const std::vector<Entry> entries = checked_entries(front_, entry.value, KeyPlace::choice);
    const auto value = find(front_, entries, "value");
    const auto cases = find(front_, entries, "cases");
    const auto otherwise = find(front_, entries, "default");
    if (!value || !cases) {
      front_.error(entry.key, "switch",
                   value ? "'switch' has no 'cases'" : "'switch' has no 'value' to choose by",
                   value ? "write 'cases: {eu: {steps: …}}'" : "write 'value: inputs.region'");
      return;
    }
    Choice choice;
    if (auto code = read_expression(front_, *value, scope_of(block_))) {
      choice.value.pieces.push_back({std::move(code->text), code->at, true});
    }
    if (!expect_map(front_, *cases, "write 'cases: {eu: {steps: …}, us: {run: …}}'")) return;
    const std::size_t count = front_.tree.count(cases->value);
    if (count == 0) {
      front_.error(cases->key, "empty-block", "there is no case under 'cases'",
                   "write at least one, for example 'eu: {run: ./program}'");
      return;
    }
    if (!has_room(front_, *cases, count + (otherwise ? 1 : 0))) return;
    ids_.insert("default");
    for (const Entry& one : front_.tree.entries(cases->value)) {
      choice.cases.push_back(front_.text(one.key));
      read_case(one, id_of(front_.text(one.key)));
    }
    if (otherwise) read_case(*otherwise, "default");
    spec_of(front_, block_).children = std::move(children_);
    spec_of(front_, block_).choice = std::move(choice);
  }

 private:
  /// What the case is called as a step: its text, where that can be an id.
  std::string id_of(const std::string& text) {
    std::string id = id_from(text);
    if (id.empty()) id = "case_" + std::to_string(children_.size() + 1);
    const std::string wanted = id;
    for (int n = 2; ids_.contains(id); ++n) id = wanted + "_" + std::to_string(n);
    ids_.insert(id);
    return id;
  }

  void read_case(Entry entry, const std::string& id) {
    if (front_.tree.kind(entry.value) != NodeKind::map) {
      front_.error(entry.key, "wrong-type",
                   "the case " + quoted(front_.tree.text(entry.key)) + " is no step",
                   "write its kind below it: 'run: …', or 'steps:' for several");
      return;
    }
    const StepId step =
        add_step(front_, settings_, block_, id, entry.value, front_.tree.place(entry.key));
    Step& added = front_.plan.steps[static_cast<std::size_t>(step.value)];
    if (added.name.empty() && front_.tree.text(entry.key) != id) {
      added.name = front_.text(entry.key);
    }
    children_.push_back(step);
  }

  Front& front_;
  SettingsReader& settings_;
  StepId block_;
  std::vector<StepId> children_;
  std::set<std::string> ids_;
};

}  // namespace

BlockRule rule_of_kind(std::string_view key) {
  if (key == "switch") return BlockRule::choice;
  if (key == "loop") return BlockRule::rounds;
  return key == "race" ? BlockRule::race : BlockRule::all;
}

void read_switch(Front& front, SettingsReader& settings, Entry entry, StepId block) {
  SwitchReader(front, settings, block).read(entry);
}

void read_loop(Front& front, SettingsReader& settings, Entry entry, StepId block) {
  constexpr std::string_view example = "write 'loop: {steps: …, done: output.ready, max: 100}'";
  if (!expect_map(front, entry, example)) return;
  const std::vector<Entry> entries = checked_entries(front, entry.value, KeyPlace::loop);
  Rounds rounds;
  for (const Entry& one : entries) {
    const std::string_view key = front.tree.text(one.key);
    if (key == "done") {
      CodeScope scope = scope_of(block);
      scope.output = true;
      scope.ends_round = true;
      if (auto code = read_expression(front, one, scope)) rounds.done = std::move(*code);
    } else if (key == "max") {
      if (const auto count = read_integer(front, one, 1, rounds_most)) {
        rounds.max = static_cast<std::int32_t>(*count);
      }
    } else if (key == "every") {
      rounds.every = read_duration(front, one).value_or(Millis{0});
    }
  }
  const auto steps = find(front, entries, "steps");
  if (!steps) {
    front.error(entry.key, "loop", "'loop' has no 'steps'", std::string(example));
  } else if (!find(front, entries, "done")) {
    front.error(entry.key, "loop", "'loop' does not say when it is 'done'",
                "write 'done: output.ready'; for five rounds 'done: index == 5'");
  } else if (!find(front, entries, "max")) {
    front.error(entry.key, "loop", "'loop' has no 'max', so it could run for ever",
                "write 'max: 100': more rounds than that are a failure");
  }
  spec_of(front, block).rounds = std::move(rounds);
  if (steps) read_steps(front, settings, *steps, block);
}

void read_race(Front& front, SettingsReader& settings, Entry entry, StepId block) {
  if (!expect_map(front, entry, "write 'race: {fast: {run: …}, safe: {run: …}}'")) return;
  read_steps(front, settings, entry, block);
}

}  // namespace pawl::dsl

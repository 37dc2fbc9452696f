#include "trial/read_tests.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "base/text.hpp"
#include "dsl/compile.hpp"
#include "dsl/read_values.hpp"
#include "trial/read_mocks.hpp"

namespace pawl::trial {
namespace {

using dsl::Entry;
using dsl::NodeId;
using dsl::NodeKind;
using dsl::Tree;

constexpr std::array root_keys = {std::string_view("workflow"), std::string_view("cases")};
constexpr std::array case_keys = {
    std::string_view("name"),   std::string_view("inputs"), std::string_view("at"),
    std::string_view("by"),     std::string_view("mock"),   std::string_view("signals"),
    std::string_view("cancel"), std::string_view("pause"),  std::string_view("expect")};
constexpr std::array signal_keys = {std::string_view("name"), std::string_view("payload"),
                                    std::string_view("after")};
constexpr std::array pause_keys = {std::string_view("after"), std::string_view("length")};
constexpr std::array expect_keys = {std::string_view("state"),   std::string_view("error"),
                                    std::string_view("steps"),   std::string_view("attempts"),
                                    std::string_view("outputs"), std::string_view("order"),
                                    std::string_view("duration")};
constexpr std::array error_keys = {std::string_view("kind"), std::string_view("message")};

/// How a run can stand when nothing more happens in it.
constexpr std::array phases = {core::RunPhase::succeeded, core::RunPhase::failed,
                               core::RunPhase::cancelled, core::RunPhase::waiting,
                               core::RunPhase::paused};

class CaseReader {
 public:
  CaseReader(TestFront& front, Case& into) : front_(front), case_(into) {}

  void read(NodeId at) {
    case_.at = front_.dsl.tree.span(at);
    for (const Entry& entry : known_entries(front_, at, case_keys)) {
      const std::string_view key = front_.dsl.tree.text(entry.key);
      if (key == "name") case_.name = text(entry);
      if (key == "inputs") read_inputs(entry);
      if (key == "at") read_start(entry);
      if (key == "by") case_.by = actor_of(text(entry));
      if (key == "mock") case_.mocks = read_mocks(front_, entry);
      if (key == "signals") read_signals(entry);
      if (key == "cancel") case_.cancel = dsl::read_duration(front_.dsl, entry);
      if (key == "pause") read_pause(entry);
      if (key == "expect") read_expectation(entry);
    }
    if (case_.name.empty()) {
      front_.dsl.error(at, "name", "the case has no name", "write '- name: what it shows'");
    }
  }

 private:
  std::string text(Entry entry) { return dsl::read_text(front_.dsl, entry).value_or(""); }
  dsl::Span span(Entry entry) const { return front_.dsl.tree.span(entry.value); }

  void read_inputs(Entry entry) {
    if (!dsl::expect_map(front_.dsl, entry, "write 'inputs: {NAME: VALUE}'")) return;
    const auto given = read_json(front_, entry.value);
    if (!given) return;
    auto checked = dsl::check_inputs(front_.plan, *given, false);
    if (checked) {
      case_.inputs = std::move(checked).value();
    } else {
      front_.dsl.error(entry.value, "unknown-value", checked.error().message, checked.error().fix);
    }
  }

  void read_start(Entry entry) {
    const auto at = from_rfc3339(text(entry));
    if (at) {
      case_.start = *at;
    } else {
      front_.dsl.error(entry.value, "wrong-type", pawl::quoted(text(entry)) + " is no time",
                       "a time reads 2026-11-20T09:00:00Z");
    }
  }

  void read_signals(Entry entry) {
    if (front_.dsl.tree.kind(entry.value) != NodeKind::list) {
      return dsl::report_type(front_.dsl, entry, "a list",
                              "write 'signals: [{name: NAME, after: 3h}]'");
    }
    for (const NodeId item : front_.dsl.tree.items(entry.value)) {
      SignalSent& signal = case_.signals.emplace_back();
      signal.at = front_.dsl.tree.span(item);
      for (const Entry& one : known_entries(front_, Entry{entry.key, item}, signal_keys)) {
        const std::string_view key = front_.dsl.tree.text(one.key);
        if (key == "name") signal.name = text(one);
        if (key == "payload") signal.payload = read_json(front_, one.value).value_or(JsonText{});
        if (key == "after") signal.after = dsl::read_duration(front_.dsl, one).value_or(Millis{0});
      }
      if (signal.name.empty()) {
        front_.dsl.error(item, "name", "the signal has no name", "write 'name: paid'");
      }
    }
  }

  void read_pause(Entry entry) {
    Pause& pause = case_.pause.emplace();
    for (const Entry& one : known_entries(front_, entry, pause_keys)) {
      const auto length = dsl::read_duration(front_.dsl, one);
      if (!length) continue;
      if (front_.dsl.tree.text(one.key) == "after") pause.after = *length;
      if (front_.dsl.tree.text(one.key) == "length") pause.length = *length;
    }
  }

  void read_expectation(Entry entry) {
    Expectation& expect = case_.expect;
    expect.state.at = front_.dsl.tree.span(entry.key);
    for (const Entry& one : known_entries(front_, entry, expect_keys)) {
      const std::string_view key = front_.dsl.tree.text(one.key);
      if (key == "state") read_state(one);
      if (key == "error") read_error(one);
      if (key == "steps") read_steps(one);
      if (key == "attempts") read_attempts(one);
      if (key == "outputs") read_outputs(one);
      if (key == "order") read_order(one);
      if (key == "duration") {
        const auto length = dsl::read_duration(front_.dsl, one);
        if (length) expect.duration = {span(one), *length};
      }
    }
  }

  void read_state(Entry entry) {
    std::vector<std::string_view> words;
    for (const core::RunPhase phase : phases) words.push_back(core::name_of(phase));
    const auto found = dsl::read_choice(front_.dsl, entry, words);
    if (found) case_.expect.state = {span(entry), phases[*found]};
  }

  void read_error(Entry entry) {
    Expectation& expect = case_.expect;
    if (front_.dsl.tree.kind(entry.value) == NodeKind::scalar) {
      expect.error_message = {span(entry), text(entry)};
      return;
    }
    for (const Entry& one : known_entries(front_, entry, error_keys)) {
      if (front_.dsl.tree.text(one.key) == "message") {
        expect.error_message = {span(one), text(one)};
      } else if (const auto kind = read_failure_kind(front_, one)) {
        expect.error_kind = {span(one), *kind};
      }
    }
  }

  /// The entries of a map whose keys are paths of steps.
  template <class Read>
  void each_step(Entry entry, const char* fix, Read read) {
    if (!dsl::expect_map(front_.dsl, entry, fix)) return;
    for (const Entry& one : front_.dsl.tree.entries(entry.value)) {
      StepPath path;
      if (read_step_path(front_, one.key, path) != dsl::no_step) read(one);
    }
  }

  void read_steps(Entry entry) {
    std::vector<std::string_view> words;
    for (int i = 0; i <= static_cast<int>(core::StepState::interrupted); ++i) {
      words.push_back(core::name_of(static_cast<core::StepState>(i)));
    }
    each_step(entry, "write 'steps: {STEP: succeeded}'", [&](Entry one) {
      const auto found = dsl::read_choice(front_.dsl, one, words);
      if (!found) return;
      const auto state = static_cast<core::StepState>(*found);
      case_.expect.steps.push_back({front_.dsl.text(one.key), {span(one), state}});
    });
  }

  void read_attempts(Entry entry) {
    each_step(entry, "write 'attempts: {STEP: 2}'", [&](Entry one) {
      const auto count =
          dsl::read_integer(front_.dsl, one, 0, std::numeric_limits<std::int32_t>::max());
      if (!count) return;
      case_.expect.attempts.push_back(
          {front_.dsl.text(one.key), {span(one), static_cast<std::int32_t>(*count)}});
    });
  }

  void read_outputs(Entry entry) {
    if (!dsl::expect_map(front_.dsl, entry, "write 'outputs: {NAME: VALUE}'")) return;
    std::vector<std::string_view> known;
    for (const dsl::Output& output : front_.plan.outputs) known.push_back(output.name);
    for (const Entry& one : front_.dsl.tree.entries(entry.value)) {
      const std::string name = front_.dsl.text(one.key);
      if (std::ranges::find(known, name) == known.end()) {
        const std::string_view near = closest(name, known);
        front_.dsl.error(one.key, "unknown-name",
                         "the workflow has no output " + pawl::quoted(name),
                         near.empty() ? "" : "did you mean " + pawl::quoted(near) + "?");
      } else if (auto value = read_json(front_, one.value)) {
        case_.expect.outputs.push_back({name, {span(one), *std::move(value)}});
      }
    }
  }

  void read_order(Entry entry) {
    if (front_.dsl.tree.kind(entry.value) != NodeKind::list) {
      return dsl::report_type(front_.dsl, entry, "a list", "write 'order: [build, push]'");
    }
    Expected<std::vector<std::string>> order{span(entry), {}};
    for (const NodeId item : front_.dsl.tree.items(entry.value)) {
      StepPath path;
      if (front_.dsl.tree.kind(item) != NodeKind::scalar) {
        front_.dsl.error(item, "wrong-type", "'order' takes paths of steps", "");
      } else if (read_step_path(front_, item, path) != dsl::no_step) {
        order.value.push_back(front_.dsl.text(item));
      }
    }
    case_.expect.order = std::move(order);
  }

  TestFront& front_;
  Case& case_;
};

void read_cases(TestFront& front, Entry entry, std::vector<Case>& cases) {
  const Tree& tree = front.dsl.tree;
  if (tree.kind(entry.value) != NodeKind::list) {
    return dsl::report_type(front.dsl, entry, "a list of cases", "write '- name: what it shows'");
  }
  std::set<std::string> names;
  for (const NodeId item : tree.items(entry.value)) {
    Case& one = cases.emplace_back();
    if (tree.kind(item) != NodeKind::map) {
      front.dsl.error(item, "wrong-type", "a case is a map of keys",
                      "write '- name: what it shows'");
      continue;
    }
    CaseReader(front, one).read(item);
    if (!one.name.empty() && !names.insert(one.name).second) {
      front.dsl.error(item, "duplicate-id",
                      "there is a case named " + pawl::quoted(one.name) + " already",
                      "say what is different in this one");
    }
  }
}

void read_root(TestFront& front, std::vector<Case>& cases) {
  const Tree& tree = front.dsl.tree;
  if (tree.kind(Tree::root()) != NodeKind::map) {
    return front.dsl.error(Tree::root(), "wrong-type", "a test file is a map of keys",
                           "begin with 'cases:' and below it '  - name: what it shows'");
  }
  bool has_cases = false;
  for (const Entry& entry : known_entries(front, Tree::root(), root_keys)) {
    if (tree.text(entry.key) == "workflow") (void)dsl::read_text(front.dsl, entry);
    if (tree.text(entry.key) != "cases") continue;
    has_cases = true;
    read_cases(front, entry, cases);
  }
  if (!has_cases) {
    front.dsl.error(dsl::Span{1, 1, 1}, "no-steps", "the test file has no 'cases'",
                    "write 'cases:' and below it '  - name: what it shows'");
  }
}

}  // namespace

std::optional<std::string> workflow_named_in(std::string_view source) {
  const dsl::ParsedYaml parsed = dsl::parse_yaml(source, {});
  if (!parsed.tree || parsed.tree->kind(Tree::root()) != NodeKind::map) return std::nullopt;
  const auto entry = parsed.tree->find(Tree::root(), "workflow");
  if (!entry || parsed.tree->kind(entry->value) != NodeKind::scalar) return std::nullopt;
  return std::string(parsed.tree->text(entry->value));
}

TestFile read_tests(std::string_view source, const dsl::Plan& plan) {
  TestFile file;
  const dsl::Limits limits;
  const dsl::ParsedYaml parsed = dsl::parse_yaml(source, limits);
  file.diagnostics = parsed.diagnostics;
  if (parsed.tree) {
    dsl::Plan nothing;  // The front end of the language reports to this list, and makes no plan.
    dsl::Front reader{*parsed.tree, limits, file.diagnostics, nothing};
    TestFront front{reader, plan, {}};
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      front.paths.push_back(dsl::path_of(plan, StepId{static_cast<std::int32_t>(i)}));
    }
    read_root(front, file.cases);
  }
  if (dsl::has_errors(file.diagnostics)) file.cases.clear();
  dsl::sort_unique(file.diagnostics);
  return file;
}

}  // namespace pawl::trial

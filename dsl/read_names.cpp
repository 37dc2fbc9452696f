#include "dsl/read_names.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "dsl/inputs.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/read_bundle.hpp"
#include "dsl/read_foreach.hpp"
#include "dsl/read_values.hpp"
#include "scripting/syntax.hpp"

namespace pawl::dsl {
namespace {

using namespace std::string_view_literals;

constexpr std::array step_fields = {"output"sv, "state"sv, "error"sv};
// Of other engines.
constexpr std::array state_fields = {"outcome"sv, "conclusion"sv, "status"sv, "result"sv};
// In which a step can be while another one reads it, see core::StepState.
constexpr std::array states = {"pending"sv,   "ready"sv,     "running"sv, "waiting"sv,
                               "retrying"sv,  "succeeded"sv, "failed"sv,  "skipped"sv,
                               "cancelled"sv, "not_run"sv,   "unknown"sv, "interrupted"sv};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> foreign_states = {{
    {"success", "succeeded"},
    {"ok", "succeeded"},
    {"completed", "succeeded"},
    {"done", "succeeded"},
    {"failure", "failed"},
    {"error", "failed"},
    {"canceled", "cancelled"},
}};
// In scope in every expression, besides what Lua brings.
constexpr std::array global_names = {"inputs"sv,   "env"sv,      "run"sv,     "workflow"sv,
                                     "steps"sv,    "output"sv,   "error"sv,   "json"sv,
                                     "coalesce"sv, "contains"sv, "format"sv,  "semver"sv,
                                     "regex"sv,    "null"sv,     "outputs"sv, "checkpoint"sv};
// Parts of the language that this version has not.
constexpr std::array later_names = {"secrets"sv};

/// Names that differ from copy to copy of a step.
struct CopyName {
  std::string_view name, where, fix;
};
constexpr std::array names_of_copies = {
    CopyName{"item", "foreach", "write 'foreach:' on this step or on a block around it"},
    CopyName{"index", "foreach", "write 'foreach:' on this step or on a block around it"},
    CopyName{"matrix", "matrix", "write 'matrix:' on this step or on a block around it"},
    CopyName{"previous", "loop", "it is what the round before gave"}};

struct FactFields {
  std::string_view name;
  std::span<const std::string_view> fields;
};
// What an expression sees of its run, as the runner fills it in.
constexpr std::array run_fields = {"id"sv,         "number"sv,   "name"sv,        "workflow"sv,
                                   "started_at"sv, "duration"sv, "resume_value"sv};
constexpr std::array workflow_fields = {"name"sv};
constexpr std::array fact_fields = {FactFields{"run", run_fields},
                                    FactFields{"workflow", workflow_fields}};

/// Reads one piece of code for what it names.
class NameReader {
 public:
  NameReader(Front& front, const ScalarPlaces& places, const CodeScope& scope, std::size_t offset)
      : front_(front), places_(places), scope_(scope), offset_(offset) {}

  void read(const LuaUses& uses) {
    const auto is = [](std::string_view name) {
      return [name](const Use& use) { return use.name == name; };
    };
    front_.reads_all_inputs |= std::ranges::any_of(uses.globals, is("inputs")) ||
                               std::ranges::any_of(uses.globals, is("_G")) ||
                               std::ranges::any_of(uses.globals, is("_ENV"));
    for (const Use& use : uses.steps) read_step(use);
    for (const Use& use : uses.steps) check_null(use, uses.steps);
    for (const Use& use : uses.globals) check_null_previous(use);
    for (const Use& use : uses.inputs) read_input(use);
    if (uses.dynamic_steps) read_dynamic(*uses.dynamic_steps);
    for (const Use& use : uses.env) {
      front_.variables.push_back({scope_.reader, use.name, span(use)});
    }
    for (const Word& name : uses.modules) read_module(name);
    if (uses.dynamic_require) read_dynamic_require(*uses.dynamic_require);
    for (const Use& use : uses.globals) read_global(use);
    for (const FactFields& facts : fact_fields) read_facts(facts, uses.globals);
    for (const Use& use : uses.globals) read_library(use);
  }

 private:
  Span span(const Use& use) const { return places_.span(offset_ + use.offset, use.length); }

  Span field_span(const Use& use) const {
    return places_.span(offset_ + use.fields.front().offset, use.fields.front().length);
  }

  void report_forbidden(const Use& use) {
    front_.error(span(use), "no-steps-here",
                 std::string(scope_.place) +
                     " is made before any step runs, so it cannot read "
                     "'steps'",
                 "read it in the 'env' of the step that needs it");
  }

  void read_step(const Use& use) {
    if (scope_.steps == ReadMeaning::forbidden) return report_forbidden(use);
    const bool reads_output = !use.fields.empty() && use.fields.front().name == "output";
    StepName name{scope_.reader, use.name, span(use), scope_.steps, false, reads_output, {}};
    for (std::size_t i = 1; reads_output && i < use.fields.size(); ++i) {
      const UseField& field = use.fields[i];
      name.fields.push_back(
          {field.name, field.is_position, places_.span(offset_ + field.offset, field.length)});
    }
    front_.names.push_back(std::move(name));
    if (use.fields.empty()) return;
    const std::string& field = use.fields.front().name;
    if (field == "state") read_state(use);
    if (std::ranges::find(step_fields, field) != step_fields.end()) return;
    const bool is_state = std::ranges::find(state_fields, field) != state_fields.end();
    const std::string_view near = is_state ? "state" : closest(field, step_fields);
    front_.error(
        field_span(use), "unknown-field",
        "a step has no field " + quoted(field) + "; it has output, state, error",
        "write steps." + use.name + "." + (near.empty() ? "output." + field : std::string(near)));
  }

  /// Compared with a word that is no state, it would be silently different, always.
  void read_state(const Use& use) {
    if (!use.compared || std::ranges::find(states, use.compared->name) != states.end()) return;
    const auto foreign = std::ranges::find(foreign_states, use.compared->name,
                                           &std::pair<std::string_view, std::string_view>::first);
    const std::string_view near =
        foreign != foreign_states.end() ? foreign->second : closest(use.compared->name, states);
    front_.error(places_.span(offset_ + use.compared->offset, use.compared->length),
                 "unknown-state", "a step is never in a state " + quoted(use.compared->name),
                 near.empty() ? "it ends as one of: succeeded, failed, skipped, cancelled, not_run"
                              : "write '" + std::string(near) + "'");
  }

  /// JSON's null counts as true in Lua: `steps.a.output and steps.a.output.x` fails all the same.
  void check_null(const Use& use, const std::vector<Use>& steps) {
    if (!use.is_condition || use.fields.size() != 1) return;
    const std::string& field = use.fields.front().name;
    const bool has_fields = std::ranges::any_of(steps, [&](const Use& other) {
      return other.name == use.name && other.fields.size() > 1 && other.fields[0].name == "output";
    });
    if (field == "error" || (field == "output" && has_fields)) {
      report_null(use, "steps." + use.name + "." + field);
    }
  }
  void check_null_previous(const Use& use) {
    const bool is_round = use.name == "previous" && is_of_item(use.name);
    if (is_round && use.is_condition && use.fields.empty()) report_null(use, use.name);
  }
  void report_null(const Use& use, const std::string& text) {
    front_.diagnostics.push_back({span(use), "null-is-true",
                                  "where there is none, " + text + " is null, which counts as true",
                                  "write '" + text + " ~= null'", Severity::warning});
  }

  void read_dynamic(const Use& use) {
    if (scope_.steps == ReadMeaning::forbidden) return report_forbidden(use);
    front_.dynamic.push_back({scope_.reader, span(use), scope_.steps});
  }

  void read_module(const Word& name) {
    const Span at = places_.span(offset_ + name.offset, name.length);
    if (!scope_.statements || front_.bundle == nullptr) return report_no_modules(front_, at);
    front_.bundle->require(name.name, at);
  }

  void read_dynamic_require(const Use& use) {
    if (!scope_.statements || front_.bundle == nullptr) {
      return report_no_modules(front_, span(use));
    }
    report_dynamic_require(front_.diagnostics, span(use), nullptr);
  }

  void read_input(const Use& use) {
    front_.read_inputs.insert(use.name);
    const auto known = front_.inputs.find(use.name);
    if (known != front_.inputs.end() && known->second < scope_.inputs) {
      return check_choice(use, front_.plan.inputs[known->second]);
    }
    if (known != front_.inputs.end()) {
      front_.error(span(use), "unknown-input",
                   "the default reads the input " + quoted(use.name) + ", which has no value yet",
                   "declare " + quoted(use.name) + " above this input");
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& [name, position] : front_.inputs) names.push_back(name);
    std::ranges::sort(names);
    const std::string_view near = closest(use.name, names);
    front_.error(span(use), "unknown-input", "there is no input " + quoted(use.name),
                 near.empty() ? "declare it under 'inputs:'"
                              : "did you mean inputs." + std::string(near) + "?");
  }

  /// Compared with a word that it can never be.
  void check_choice(const Use& use, const Input& input) {
    if (!use.compared || !use.fields.empty() || input.choices.empty()) return;
    const std::vector<std::string> words = choice_words(input);
    if (std::ranges::find(words, use.compared->name) != words.end()) return;
    const std::vector<std::string_view> known(words.begin(), words.end());
    const std::string_view near = closest(use.compared->name, known);
    front_.diagnostics.push_back(
        {places_.span(offset_ + use.compared->offset, use.compared->length), "never-equal",
         "the input " + quoted(use.name) + " is never " + quoted(use.compared->name),
         near.empty() ? "it is " + list_of(known, "or") : "did you mean " + quoted(near) + "?",
         Severity::warning});
  }

  /// `run.NAME` and `workflow.NAME`. Code that passes the whole table on, or has made a variable
  /// of that name, is left alone.
  void read_facts(const FactFields& facts, const std::vector<Use>& globals) {
    const auto is_of = [&](const Use& use) { return use.name == facts.name; };
    const auto is_whole = [&](const Use& use) { return is_of(use) && use.fields.empty(); };
    if (std::ranges::any_of(globals, is_whole)) return;
    for (const Use& use : globals) {
      if (!is_of(use)) continue;
      const std::string& field = use.fields.front().name;
      if (std::ranges::find(facts.fields, field) != facts.fields.end()) continue;
      std::string known;
      for (const std::string_view one : facts.fields) {
        known += (known.empty() ? "" : ", ") + std::string(one);
      }
      const std::string_view near = closest(field, facts.fields);
      front_.error(
          field_span(use), "unknown-field",
          quoted(use.name) + " has no field " + quoted(field) + "; it has " + known,
          near.empty() ? "write one of these" : "write " + use.name + "." + std::string(near));
    }
  }

  /// `str.find`: there is no such function, and nothing would say so before it is called.
  void read_library(const Use& use) {
    const std::span<const std::string> members = scripting::library_members(use.name);
    if (members.empty() || use.fields.empty()) return;
    const std::string& field = use.fields.front().name;
    if (std::ranges::find(members, field) != members.end()) return;
    const std::vector<std::string_view> known(members.begin(), members.end());
    const std::span<const std::string> texts = scripting::library_members("string");
    const bool is_of_string = use.name == "str" && std::ranges::find(texts, field) != texts.end();
    const std::string_view near = is_of_string ? "" : closest(field, known);
    front_.error(field_span(use), "unknown-field",
                 quoted(use.name) + " has no function " + quoted(field),
                 is_of_string    ? "write string." + field
                 : !near.empty() ? "did you mean " + use.name + "." + std::string(near) + "?"
                                 : "it has: " + list_of(known, "and"));
  }

  void read_global(const Use& use) {
    if (scope_.block && use.name != "secrets") return;
    if (std::ranges::find(later_names, use.name) != later_names.end()) {
      front_.error(span(use), "not-available",
                   quoted(use.name) + " is not available in this version",
                   "remove it, or use a version that has it");
    } else if (is_of_item(use.name)) {
      if (use.name == "matrix") check_axis(use);
    } else if (const auto* only = std::ranges::find(names_of_copies, use.name, &CopyName::name);
               only != names_of_copies.end()) {
      front_.error(
          span(use), "unknown-name",
          quoted(use.name) + " is known inside of a " + quoted(only->where) + " only",
          scope_.lists_items ? "the items are listed before there is one" : std::string(only->fix));
    } else if (use.name == "output" && !scope_.output) {
      front_.error(span(use), "unknown-name", "'output' is known in the hook 'after' only",
                   "write steps.NAME.output for the output of a step");
    } else if (use.name == "error" && !scope_.error && !use.fields.empty()) {
      front_.error(span(use), "unknown-name",
                   "'error' is known in 'on_error', 'on_retry' and 'retry.when' only",
                   "write steps.NAME.error for the error of a step");
    } else if (!is_global_name(use.name) && (!scope_.statements || is_slip(use))) {
      report_unknown(use);
    }
  }

  bool is_of_item(std::string_view name) const {
    // The hooks of the workflow are read before they are steps.
    const auto count = static_cast<std::int32_t>(front_.plan.steps.size());
    if (scope_.reader.value <= 0 || scope_.reader.value >= count) return false;
    if (!scope_.item_name.empty() && name == scope_.item_name) return true;
    const Plan& plan = front_.plan;
    const StepId from = scope_.lists_items ? plan.step(scope_.reader).parent : scope_.reader;
    const bool is_key = scope_.is_key && (name == "item" || name == "index");
    const bool is_round = scope_.ends_round && name == "index";
    return is_key || is_round || is_item_name(plan, from, name);
  }

  /// `matrix.os`: is there such a list?
  void check_axis(const Use& use) {
    if (use.fields.empty()) return;
    for (StepId at = scope_.reader; at.value > 0; at = front_.plan.step(at).parent) {
      const auto known = front_.axes.find(at);
      if (known == front_.axes.end()) continue;
      const std::vector<std::string>& axes = known->second;
      const std::string& field = use.fields.front().name;
      if (std::ranges::find(axes, field) != axes.end()) return;
      const std::vector<std::string_view> names(axes.begin(), axes.end());
      const std::string_view near = closest(field, names);
      front_.error(field_span(use), "unknown-field",
                   "'matrix' has no " + quoted(field) + "; it has " + list_of(names, "and"),
                   near.empty() ? "write one of these" : "write matrix." + std::string(near));
      return;
    }
  }

  /// What other engines have under a name, in our words.
  static std::string_view remedy_of(std::string_view name) {
    constexpr std::array slips = {
        std::pair{"input"sv, "did you mean 'inputs'?"sv},
        std::pair{"envs"sv, "did you mean 'env'?"sv},
        std::pair{"github"sv, "did you mean 'run'?"sv},
        std::pair{"params"sv, "did you mean 'inputs'?"sv},
        std::pair{"needs"sv, "did you mean 'steps'?"sv},
        std::pair{"vars"sv, "did you mean 'env'?"sv},
        std::pair{"workflows"sv, "did you mean 'workflow'?"sv},
        std::pair{"toJSON"sv, "write json.encode(value)"sv},
        std::pair{"toJson"sv, "write json.encode(value)"sv},
        std::pair{"fromJSON"sv, "write json.decode(text)"sv},
        std::pair{"fromJson"sv, "write json.decode(text)"sv},
        std::pair{"startsWith"sv, "write str.starts_with(text, part)"sv},
        std::pair{"endsWith"sv, "write str.ends_with(text, part)"sv},
        std::pair{"always"sv, "write 'join: always' beside 'needs:'"sv},
        std::pair{"failure"sv, "write 'join: failed' beside 'needs:'"sv},
        std::pair{"cancelled"sv, "write 'on_cancel:' under 'hooks:'"sv},
        std::pair{"success"sv, "leave it out: a step runs when what it needs has succeeded"sv}};
    for (const auto& [slip, remedy] : slips) {
      if (name == slip) return remedy;
    }
    return {};
  }

  /// `input.x`: no script names a variable so.
  static bool is_slip(const Use& use) {
    return !use.fields.empty() && !remedy_of(use.name).empty();
  }

  void report_unknown(const Use& use) {
    if (use.name == "raw" || use.name == "file") return;  // told where values are quoted
    std::string remedy(remedy_of(use.name));
    if (remedy.empty()) {
      std::vector<std::string_view> known(global_names.begin(), global_names.end());
      known.insert(known.end(), std::begin(scripting::library_names),
                   std::end(scripting::library_names));
      const std::string_view near = closest(use.name, known);
      remedy = near.empty() ? "an expression sees inputs, steps, env, run, workflow and functions"
                            : "did you mean " + quoted(near) + "?";
    }
    front_.error(span(use), "unknown-name", "nothing here has the name " + quoted(use.name),
                 std::move(remedy));
  }

  Front& front_;
  const ScalarPlaces& places_;
  const CodeScope& scope_;
  std::size_t offset_;
};

}  // namespace

bool is_global_name(std::string_view name) {
  return std::ranges::find(global_names, name) != global_names.end() ||
         std::ranges::find(scripting::library_names, name) != std::end(scripting::library_names);
}

void read_names(Front& front, const ScalarPlaces& places, const CodeScope& scope,
                std::string_view code, std::size_t offset) {
  NameReader(front, places, scope, offset).read(scan_uses(code));
}

}  // namespace pawl::dsl

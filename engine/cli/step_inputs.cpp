#include "cli/step_inputs.hpp"

#include <algorithm>

#include "cli/json_reading.hpp"
#include "cli/preview_values.hpp"
#include "dsl/lua_scan.hpp"

namespace pawl::cli {

struct StepInputs::Scope {
  std::unique_ptr<JsonText> env;  ///< Stays where it is: `view` points to it.
  core::View view;
};

namespace {

bool has_code(const dsl::Template& text) {
  return std::ranges::any_of(text.pieces, &dsl::Template::Piece::is_code);
}

bool is_word(std::string_view text) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  return !text.empty() && text.find_first_not_of(letters) == text.npos &&
         (text[0] < '0' || text[0] > '9');
}

/// A name or field as Lua writes it: ".day", "[\"two-words\"]".
std::string access(const std::string& name) {
  return is_word(name) ? "." + name : "[\"" + name + "\"]";
}

/// The step's script, arguments or Lua have been begun.
bool was_filled(const core::Instance& instance) {
  return instance.attempt > 0 || instance.state == core::StepState::skipped ||
         (instance.state == core::StepState::failed && instance.error != nullptr);
}

}  // namespace

StepInputs::StepInputs(const RunView& view, core::Expressions& expressions, TimePoint now)
    : view_(view),
      expressions_(expressions),
      now_(now),
      run_(view.state ? *view.state : state_of(view)) {}

StepInputs::~StepInputs() = default;

StepInput StepInputs::filled(const Scope& scope, std::string where,
                             const dsl::Template& text) const {
  const std::string expression = text.whole ? text.pieces[0].text : written(text);
  const Result<JsonText> value = expressions_.value(*view_.plan, text, scope.view);
  if (value) return {std::move(where), expression, value.value(), ""};
  return {std::move(where), expression, std::nullopt, value.error().message};
}

StepInput StepInputs::filled(const Scope& scope, std::string where, const dsl::Code& code) const {
  dsl::Template whole;
  whole.pieces = {{code.text, code.at, true}};
  whole.whole = true;
  return filled(scope, std::move(where), whole);
}

/// The env of the blocks around and of the step, as its attempts get it. The step's own variables
/// with expressions go to `variables`.
StepInputs::Scope StepInputs::scope_of(StepId step, std::vector<StepInput>* variables) const {
  Scope scope{std::make_unique<JsonText>(view_.facts.env),
              core::view_for(run_, InstId{step.value}, now_)};
  scope.view.env = scope.env.get();
  Members env = members_of(view_.facts.env);
  for (const StepId around : dsl::lineage_of(*view_.plan, step)) {
    for (const auto& [name, text] : view_.plan->step(around).env) {
      dsl::Template as_text = text;
      if (text.whole) as_text.pieces.insert(as_text.pieces.begin(), {"", {}, false});
      as_text.whole = false;
      const Result<JsonText> value = expressions_.value(*view_.plan, as_text, scope.view);
      if (variables != nullptr && around == step && has_code(text)) {
        variables->push_back(filled(scope, "env " + name, text));
      }
      if (!value) continue;
      std::erase_if(env, [&key = name](const auto& member) { return member.first == key; });
      env.emplace_back(name, value.value());
      *scope.env = object_of(env);
    }
  }
  return scope;
}

std::vector<StepInput> StepInputs::uses(const Scope& scope, std::string_view lua) const {
  const dsl::LuaUses uses = dsl::scan_uses(lua);
  std::vector<StepInput> found;
  const auto add = [&](const std::string& root, const std::vector<dsl::Use>& list) {
    for (const dsl::Use& use : list) {
      std::vector<std::string> parts = {root + access(use.name)};
      for (const dsl::UseField& field : use.fields) {
        parts.push_back(parts.back() +
                        (field.is_position ? "[" + field.name + "]" : access(field.name)));
      }
      StepInput input = filled(scope, "lua", dsl::Code{parts.back(), {}});
      while (!input.value && parts.size() > 1) {
        parts.pop_back();
        input = filled(scope, "lua", dsl::Code{parts.back(), {}});
      }
      const bool known =
          std::ranges::find(found, input.expression, &StepInput::expression) != found.end();
      if (!known && input.value) found.push_back(std::move(input));
    }
  };
  add("inputs", uses.inputs);
  add("env", uses.env);
  add("steps", uses.steps);
  return found;
}

std::vector<StepInput> StepInputs::read_by(StepId step, std::string_view lua) const {
  return uses(scope_of(step, nullptr), lua);
}

std::vector<StepInput> StepInputs::of(StepId id) const {
  const core::Instance& instance = view_.instances[static_cast<std::size_t>(id.value)];
  std::vector<StepInput> inputs;
  if (!was_filled(instance)) return inputs;
  const dsl::Step& step = view_.plan->step(id);
  const Scope scope = scope_of(id, &inputs);
  if (step.when) inputs.push_back(filled(scope, "when", *step.when));
  if (instance.state == core::StepState::skipped) return inputs;
  if (step.workdir && has_code(*step.workdir)) {
    inputs.push_back(filled(scope, "workdir", *step.workdir));
  }
  if (const auto* lua = std::get_if<dsl::LuaSpec>(&step.spec)) {
    const std::vector<StepInput> read = uses(scope, lua->code.text);
    inputs.insert(inputs.end(), read.begin(), read.end());
  } else if (const auto* action = std::get_if<dsl::UsesSpec>(&step.spec)) {
    for (const auto& [name, value] : action->with) {
      for (const dsl::WrittenValue::Piece& piece : value.pieces) {
        if (piece.value) inputs.push_back(filled(scope, "with " + name, *piece.value));
      }
    }
  } else if (const auto* run = std::get_if<dsl::RunSpec>(&step.spec)) {
    for (const dsl::ShellValue& value : run->values) {
      inputs.push_back(filled(scope, "run", value.code));
    }
    for (const dsl::Template::Piece& piece : run->script.pieces) {
      if (piece.is_code) inputs.push_back(filled(scope, "run", dsl::Code{piece.text, piece.at}));
    }
    for (const dsl::Template& argument : run->arguments) {
      if (has_code(argument)) inputs.push_back(filled(scope, "run", argument));
    }
  }
  return inputs;
}

}  // namespace pawl::cli

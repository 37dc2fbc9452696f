#include "steps/with_values.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "core/expressions.hpp"
#include "dsl/input_types.hpp"
#include "steps/input_check.hpp"
#include "steps/json_values.hpp"
#include "steps/scope.hpp"

namespace pawl::steps {
namespace {

using Members = std::vector<std::pair<std::string, JsonText>>;

Problem in_with(const dsl::UsesSpec& uses, const std::string& message, std::string fix) {
  return {"the action " + pawl::quoted(uses.action) + ": " + message, std::move(fix)};
}

std::optional<Problem> find_unknown(const dsl::UsesSpec& uses, const Members& given) {
  std::vector<std::string_view> names;
  for (const dsl::Input& input : uses.inputs) names.push_back(input.name);
  for (const auto& [name, value] : given) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string_view near = closest(name, names);
    return in_with(uses, "it has no input " + pawl::quoted(name),
                   near.empty() ? "" : "did you mean " + pawl::quoted(near) + "?");
  }
  return std::nullopt;
}

}  // namespace

Result<JsonText> evaluate_with(const dsl::Plan& plan, const dsl::UsesSpec& uses,
                               const scripting::Scope& scope) {
  Members members;
  for (const auto& [name, value] : uses.with) {
    JsonText json{""};
    for (const dsl::WrittenValue::Piece& piece : value.pieces) {
      json.text += piece.json;
      if (!piece.value) continue;
      const auto given = evaluate(plan, *piece.value, scope);
      if (!given) return given.error();
      json.text += given.value().text;
    }
    members.emplace_back(name, std::move(json));
  }
  return core::Expressions::object(members);
}

Result<JsonText> checked_with(const dsl::UsesSpec& uses, const JsonText& with) {
  // Of Lua, {} may be an empty list.
  const std::optional<Members> given = with.text == "[]" ? Members{} : members_of(with);
  if (!given) return in_with(uses, "'with' must be a table, but is " + shown(with), "");
  if (auto unknown = find_unknown(uses, *given)) return *std::move(unknown);
  Members complete;
  for (const dsl::Input& input : uses.inputs) {
    const auto own = std::ranges::find(*given, input.name, &Members::value_type::first);
    const bool is_given = own != given->end() && !own->second.is_null();
    if (!is_given && input.required) {
      return in_with(uses,
                     "it needs the input " + pawl::quoted(input.name) + ": " +
                         std::string(dsl::wanted_by(input.type)),
                     own == given->end() ? "" : "it was given null");
    }
    if (!is_given) {
      complete.emplace_back(input.name, input.constant.value_or(JsonText{}));
      continue;
    }
    auto checked = checked_input(input, own->second);
    if (!checked) return in_with(uses, checked.error().message, checked.error().fix);
    complete.emplace_back(input.name, std::move(checked).value());
  }
  return core::Expressions::object(complete);
}

}  // namespace pawl::steps

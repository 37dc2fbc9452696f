#include "steps/expressions.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "steps/foreach_items.hpp"
#include "steps/input_check.hpp"
#include "steps/json_values.hpp"
#include "steps/scope.hpp"

namespace pawl::steps {
namespace {

using Members = std::vector<std::pair<std::string, JsonText>>;

/// What is to be filled in, and what it is called.
struct Fields {
  const std::vector<dsl::Input>& declared;
  std::string_view all, one;  ///< "inputs", "input"
};

std::optional<Problem> find_unknown(const Fields& fields, const Members& given) {
  std::vector<std::string_view> names;
  for (const dsl::Input& input : fields.declared) names.push_back(input.name);
  for (const auto& [name, value] : given) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string_view near = closest(name, names);
    return Problem{(fields.one == "input" ? "the workflow has no input " : "there is no field ") +
                       pawl::quoted(name),
                   near.empty() ? "" : "did you mean " + pawl::quoted(near) + "?"};
  }
  return std::nullopt;
}

const JsonText* find(const Members& members, const std::string& name) {
  const auto it = std::ranges::find(members, name, &Members::value_type::first);
  return it == members.end() ? nullptr : &it->second;
}

Result<JsonText> completed(const dsl::Plan& plan, const Fields& fields, const JsonText& given,
                           const core::View& view) {
  const auto members = members_of(given);
  if (!members) {
    return Problem{std::string(fields.all) + " must be an object, but are " + shown(given), ""};
  }
  if (auto unknown = find_unknown(fields, *members)) return *std::move(unknown);

  scripting::Scope scope = scope_of(view);
  Members complete;
  for (const dsl::Input& input : fields.declared) {
    JsonText value;
    if (const JsonText* own = find(*members, input.name)) {
      value = *own;
    } else if (input.constant) {
      value = *input.constant;
    } else if (input.fallback) {
      // Defaults may read earlier inputs.
      if (fields.one == "input") scope.values["inputs"] = core::Expressions::object(complete);
      auto result = evaluate(plan, *input.fallback, scope);
      if (!result) return result.error();
      value = std::move(result).value();
    } else if (input.required) {
      return Problem{std::string(fields.one) + " " + pawl::quoted(input.name) + " is missing",
                     "give it with -i " + input.name + "=…"};
    } else {
      complete.emplace_back(input.name, JsonText{});
      continue;
    }
    auto checked = checked_input(input, value);
    if (!checked) return checked.error();
    complete.emplace_back(input.name, std::move(checked).value());
  }
  return core::Expressions::object(complete);
}

}  // namespace

Result<bool> LuaExpressions::condition(const dsl::Plan& plan, const dsl::Code& code,
                                       const core::View& view) {
  const auto value = evaluate(plan, code, scope_of(view));
  if (!value) return value.error();
  const std::string& text = value.value().text;
  if (text == "true") return true;
  if (text == "false" || value.value().is_null()) return false;
  return Problem{plan.file + ":" + std::to_string(code.at.line) +
                     ": a condition must give true or false, but this gives " +
                     shown(value.value()),
                 "compare it with something, for example `… == …` or `… ~= nil`"};
}

Result<JsonText> LuaExpressions::value(const dsl::Plan& plan, const dsl::Template& text,
                                       const core::View& view) {
  if (text.is_literal()) {
    return JsonText{json_quoted(text.pieces.empty() ? "" : text.pieces[0].text)};
  }
  return evaluate(plan, text, scope_of(view));
}

Result<std::vector<core::Item>> LuaExpressions::items(const dsl::Plan& plan,
                                                      const dsl::Foreach& each,
                                                      const core::View& view) {
  return list_items(plan, each, scope_of(view));
}

Result<JsonText> LuaExpressions::complete_inputs(const dsl::Plan& plan, const JsonText& given,
                                                 const core::View& view) {
  return completed(plan, {plan.inputs, "inputs", "input"}, given, view);
}

Result<JsonText> LuaExpressions::complete_form(const dsl::Plan& plan,
                                               const std::vector<dsl::Input>& form,
                                               const JsonText& given, const core::View& view) {
  return completed(plan, {form, "the form", "field"}, given, view);
}

}  // namespace pawl::steps

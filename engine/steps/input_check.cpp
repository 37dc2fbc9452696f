#include "steps/input_check.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/units.hpp"
#include "dsl/pattern.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

std::string_view article_and_name(dsl::InputType type) {
  switch (type) {
    case dsl::InputType::string:
      return "a string";
    case dsl::InputType::integer:
      return "an integer";
    case dsl::InputType::number:
      return "a number";
    case dsl::InputType::boolean:
      return "true or false";
    case dsl::InputType::list:
      return "a list";
    case dsl::InputType::object:
      return "an object";
  }
  return "";
}

bool is_integer(const JsonText& value) {
  return number_of(value) && value.text.find_first_of(".eE") == std::string::npos;
}

bool has_type(dsl::InputType type, const JsonText& value) {
  const char first = value.text.empty() ? ' ' : value.text.front();
  switch (type) {
    case dsl::InputType::string:
      return first == '"';
    case dsl::InputType::integer:
      return is_integer(value);
    case dsl::InputType::number:
      return number_of(value).has_value();
    case dsl::InputType::boolean:
      return value.text == "true" || value.text == "false";
    case dsl::InputType::list:
      return first == '[';
    case dsl::InputType::object:
      return first == '{';
  }
  return false;
}

/// The value in its declared type, if it has it or its text can be read as it.
std::optional<JsonText> in_type(dsl::InputType type, const JsonText& given) {
  if (has_type(type, given)) return given;
  if (type == dsl::InputType::integer && given.text.ends_with(".0") && number_of(given)) {
    return JsonText{given.text.substr(0, given.text.size() - 2)};
  }
  const auto text = string_of(given);
  if (!text) return std::nullopt;
  const auto read = compact_json(*text);
  if (!read || !has_type(type, read.value())) return std::nullopt;
  return read.value();
}

Problem wrong(const dsl::Input& input, const JsonText& given, const std::string& wanted) {
  return {"input " + pawl::quoted(input.name) + " must be " + wanted + ", but is " + shown(given),
          ""};
}

std::string choices_of(const dsl::Input& input) {
  std::string all;
  for (const JsonText& choice : input.choices) {
    all += (all.empty() ? "" : ", ") + text_of(choice);
  }
  return all;
}

std::optional<Problem> check_pattern(const dsl::Input& input, const JsonText& value) {
  const auto text = string_of(value);
  if (input.pattern.empty() || !text) return std::nullopt;
  const Result<bool> matches = dsl::pattern_matches(input.pattern, *text);
  if (!matches) {
    return Problem{"the pattern of input " + pawl::quoted(input.name) +
                       " cannot be used: " + matches.error().message,
                   matches.error().fix};
  }
  if (matches.value()) return std::nullopt;
  return wrong(input, value, "a match of " + input.pattern);
}

}  // namespace

Result<JsonText> checked_input(const dsl::Input& input, const JsonText& given) {
  const auto value = in_type(input.type, given);
  if (!value) return wrong(input, given, std::string(article_and_name(input.type)));
  if (!input.choices.empty() && std::ranges::find(input.choices, *value) == input.choices.end()) {
    return wrong(input, *value, "one of: " + choices_of(input));
  }
  const auto number = number_of(*value);
  if (number && input.minimum && *number < *input.minimum) {
    return wrong(input, *value, "at least " + json_number(input.minimum));
  }
  if (number && input.maximum && *number > *input.maximum) {
    return wrong(input, *value, "at most " + json_number(input.maximum));
  }
  if (auto problem = check_pattern(input, *value)) return *std::move(problem);
  return *value;
}

}  // namespace pawl::steps

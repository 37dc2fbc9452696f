#include "steps/input_check.hpp"

#include "dsl/input_types.hpp"
#include "dsl/inputs.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

bool is_integer(const JsonText& value) {
  return number_of(value) && value.text.find_first_of(".eE") == std::string::npos;
}

bool has_type(dsl::InputType type, const JsonText& value) {
  const char first = value.text.empty() ? ' ' : value.text.front();
  if (dsl::is_text_type(type)) return first == '"';
  switch (type) {
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
    default:
      return false;
  }
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

}  // namespace

Result<JsonText> checked_input(const dsl::Input& input, const JsonText& given) {
  JsonText value = in_type(input.type, given).value_or(given);
  if (auto problem = dsl::check_value(input, value)) return *std::move(problem);
  return value;
}

}  // namespace pawl::steps

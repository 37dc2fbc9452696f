#include "dsl/inputs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/pattern.hpp"
#include "base/text.hpp"
#include "dsl/compile.hpp"
#include "dsl/input_types.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {

namespace {

using nlohmann::json;

bool fits(InputType type, const json& value) {
  if (is_text_type(type)) return value.is_string() && fits_text(type, value.get<std::string>());
  switch (type) {
    case InputType::integer:
      return value.is_number_integer() &&
             (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    case InputType::number:
      return value.is_number();
    case InputType::boolean:
      return value.is_boolean();
    case InputType::list:
      return value.is_array();
    case InputType::object:
      return value.is_object();
    default:
      return false;
  }
}

/// The value as people write it, cut short.
std::string shown(const json& value) {
  constexpr std::size_t longest = 60;
  std::string text = value.is_string() ? value.get<std::string>()
                                       : value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > longest) text = to_valid_utf8(text.substr(0, longest)) + "…";
  return pawl::quoted(text);
}

/// What `minimum` and `maximum` compare.
std::optional<double> rank_of(InputType type, const json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  return rank_of(type, std::string_view(value.get_ref<const std::string&>()));
}

std::optional<Problem> check_parsed(const Input& input, const json& value) {
  const std::string name = "the input " + pawl::quoted(input.name);
  if (!fits(input.type, value)) {
    return Problem{name + " takes " + std::string(wanted_by(input.type)) + ", not " + shown(value),
                   ""};
  }
  if (const auto rank = rank_of(input.type, value)) {
    if (input.minimum && *rank < *input.minimum) {
      return Problem{name + " is " + shown(value) + ", less than its minimum of " +
                         text_of_rank(input.type, *input.minimum),
                     ""};
    }
    if (input.maximum && *rank > *input.maximum) {
      return Problem{name + " is " + shown(value) + ", more than its maximum of " +
                         text_of_rank(input.type, *input.maximum),
                     ""};
    }
  }
  if (!input.choices.empty()) {
    std::vector<std::string> words;
    for (const JsonText& choice : input.choices) {
      const json one = json::parse(choice.text);
      if (one == value) return std::nullopt;
      words.push_back(one.is_string() ? one.get<std::string>() : choice.text);
    }
    const std::vector<std::string_view> views(words.begin(), words.end());
    return Problem{name + " takes " + list_of(views) + ", not " + shown(value), ""};
  }
  if (!input.pattern.empty() && value.is_string()) {
    const Result<Pattern> pattern = Pattern::compile(input.pattern);
    if (!pattern.has_value()) return pattern.error();
    if (!pattern.value().matches(value.get_ref<const std::string&>())) {
      return Problem{name + " is " + shown(value) + ", which does not match the pattern " +
                         pawl::quoted(input.pattern),
                     ""};
    }
  }
  return std::nullopt;
}

/// What `-i name=text` means for an input of that type.
json from_text(InputType type, const std::string& text) {
  if (is_text_type(type)) return text;
  if (type == InputType::integer) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    return parsed.ec == std::errc() && parsed.ptr == end ? json(number) : json(text);
  }
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() || !fits(type, value) ? json(text) : value;
}

Problem unknown_input(const Plan& plan, const std::string& name) {
  std::vector<std::string_view> names;
  for (const Input& input : plan.inputs) names.push_back(input.name);
  const std::string_view near = closest(name, names);
  std::string fix;
  if (!near.empty()) {
    fix = "did you mean " + pawl::quoted(near) + "?";
  } else if (names.empty()) {
    fix = "the workflow takes no inputs";
  } else {
    fix = "it has: " + list_of(names, "and");
  }
  return {plan.name + " has no input " + pawl::quoted(name), fix};
}

Problem missing_input(const Plan& plan, const Input& input) {
  std::string what = plan.name + " needs the input " + pawl::quoted(input.name);
  std::string example = "VALUE";
  if (!input.choices.empty()) {
    std::vector<std::string> words;
    for (const JsonText& choice : input.choices) {
      const json one = json::parse(choice.text);
      words.push_back(one.is_string() ? one.get<std::string>() : choice.text);
    }
    const std::vector<std::string_view> views(words.begin(), words.end());
    what += " (" + list_of(views) + ")";
    example = words.front();
  }
  return {what, "give it with -i " + input.name + "=" + example};
}

}  // namespace

std::optional<Problem> check_value(const Input& input, const JsonText& value) {
  return check_parsed(input, json::parse(value.text));
}

std::vector<std::string> choice_words(const Input& input) {
  std::vector<std::string> words;
  for (const JsonText& choice : input.choices) {
    const json value = json::parse(choice.text);
    words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return words;
}

Result<JsonText> check_inputs(const Plan& plan, const JsonText& given, bool as_text) {
  const json values = json::parse(given.text, nullptr, false);
  if (!values.is_object()) {
    return Problem{"the inputs are no JSON object", "write {\"name\": value, …}"};
  }
  for (const auto& [name, value] : values.items()) {
    const bool known = std::ranges::any_of(
        plan.inputs, [&name = name](const Input& input) { return input.name == name; });
    if (!known) return unknown_input(plan, name);
  }
  nlohmann::ordered_json checked = nlohmann::ordered_json::object();
  for (const Input& input : plan.inputs) {
    const auto found = values.find(input.name);
    if (found == values.end()) {
      if (input.required) return missing_input(plan, input);
      continue;
    }
    json value = *found;
    if (as_text && value.is_string()) value = from_text(input.type, value.get<std::string>());
    if (const auto problem = check_parsed(input, value)) return *problem;
    checked[input.name] = value;
  }
  return JsonText{checked.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

}  // namespace pawl::dsl

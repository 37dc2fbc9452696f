#include "json_schema/values.hpp"

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/check.hpp"
#include "base/text.hpp"

namespace pawl::json_schema {
namespace {

using nlohmann::json;

/// Equal numbers get equal forms, so that values have one order: whole floats become integers, and
/// integers beyond 64 bits floats (nlohmann compares the largest unsigned one as if it were -1).
void normalise(json& value) {
  if (value.is_structured()) {
    for (json& part : value) normalise(part);
  } else if (value.is_number_unsigned() &&
             value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    value = value.get<double>();
  } else if (value.is_number_float()) {
    constexpr double bound = 9'223'372'036'854'775'808.0;  // 2^63
    const auto number = value.get<double>();
    if (std::trunc(number) == number && number >= -bound && number < bound) {
      value = static_cast<std::int64_t>(number);
    }
  }
}

/// Floats from 2^63 on have no fraction.
bool is_whole(const json& value) {
  return value.is_number_integer() || std::trunc(value.get<double>()) == value.get<double>();
}

}  // namespace

json parse_value(const JsonText& text) {
  json value = json::parse(text.text, nullptr, false);
  check(!value.is_discarded(), "a value is JSON");
  normalise(value);
  return value;
}

bool has_type(const json& value, std::string_view type) {
  switch (value.type()) {
    case json::value_t::null:
      return type == "null";
    case json::value_t::boolean:
      return type == "boolean";
    case json::value_t::string:
      return type == "string";
    case json::value_t::array:
      return type == "array";
    case json::value_t::object:
      return type == "object";
    default:
      return type == "number" || (type == "integer" && is_whole(value));
  }
}

std::partial_ordering compare(const json& a, const json& b) {
  if (a.is_number_integer() && b.is_number_integer()) {
    return a.get<std::int64_t>() <=> b.get<std::int64_t>();
  }
  return a.get<double>() <=> b.get<double>();
}

bool is_multiple(const json& value, const json& factor) {
  if (value.is_number_integer() && factor.is_number_integer()) {
    return value.get<std::int64_t>() % factor.get<std::int64_t>() == 0;
  }
  const double quotient = value.get<double>() / factor.get<double>();
  if (!std::isfinite(quotient)) {
    return std::fmod(value.get<double>(), factor.get<double>()) == 0;
  }
  // 0.0075 / 0.0001 is 74.99999999999999: each of the three numbers is rounded once.
  constexpr double roundings = 4 * DBL_EPSILON;
  return std::abs(quotient - std::round(quotient)) <= std::abs(quotient) * roundings;
}

std::string written(const json& value) {
  constexpr std::size_t longest = 40;
  std::string text = value.is_string() ? pawl::quoted(value.get_ref<const std::string&>())
                                       : value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > longest) text = to_valid_utf8(text.substr(0, longest)) + "…";
  return text;
}

std::string shown(const json& value) {
  constexpr std::size_t longest = 40;
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::array:
      return "an array of " + std::to_string(value.size());
    case json::value_t::object:
      return "an object";
    case json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      if (text.size() <= longest) return "the string " + pawl::quoted(text);
      return "a string of " + std::to_string(count_code_points(text)) + " characters";
    }
    default:
      return value.dump();
  }
}

std::string with_article(std::string_view type) {
  if (type == "null") return "null";
  const bool is_vowel = std::string_view("aeiou").find(type.front()) != std::string_view::npos;
  return (is_vowel ? "an " : "a ") + std::string(type);
}

}  // namespace pawl::json_schema

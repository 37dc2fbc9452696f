#pragma once

#include <compare>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/json_text.hpp"

/// Values as JSON Schema sees them: 1 and 1.0 are the same, and both are integers.
namespace pawl::json_schema {

/// Precondition: `text` is JSON. Numbers that are equal get the same form: 1.0 becomes 1. Integers
/// beyond 64 bits become floats, as everywhere in Pawl.
nlohmann::json parse_value(const JsonText& text);

bool has_type(const nlohmann::json& value, std::string_view type);

/// Of two numbers; exact between integers.
std::partial_ordering compare(const nlohmann::json& a, const nlohmann::json& b);

/// Precondition: `factor` is above 0. Between floats it forgives the rounding of the division.
bool is_multiple(const nlohmann::json& value, const nlohmann::json& factor);

/// "5", "null", "the string 'abc'", "a string of 300 characters", "an array of 3", "an object".
std::string shown(const nlohmann::json& value);
/// The value as one writes it, cut short.
std::string written(const nlohmann::json& value);

/// "an integer", "an object".
std::string with_article(std::string_view type);

}  // namespace pawl::json_schema

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"

/// JSON values as text, taken apart only as far as needed: numbers and strings stay byte-exact.
namespace pawl::steps {

/// Nesting that a value may have; deeper ones would be costly for whoever reads them recursively.
inline constexpr int json_depth_max = 200;

/// Checks foreign text and removes the space between its tokens. The Problem names line and column.
Result<JsonText> compact_json(std::string_view text);

/// A JSON string; ill-formed UTF-8 becomes U+FFFD.
std::string json_quoted(std::string_view text);

/// The shortest form that reads back as the same number; null for none, or what JSON cannot hold.
std::string json_number(std::optional<double> number);

// The rest takes values that are valid and compact.

/// How `${{ e }}` becomes text: strings bare, null empty, whole floats without ".0", tables as
/// JSON.
std::string text_of(const JsonText& value);
/// Nothing when it is not a string, a list, an object, a number.
std::optional<std::string> string_of(const JsonText& value);
std::optional<std::vector<JsonText>> items_of(const JsonText& value);
std::optional<std::vector<std::pair<std::string, JsonText>>> members_of(const JsonText& value);
std::optional<double> number_of(const JsonText& value);

/// A member of an object; null when there is none or it is no object.
JsonText member_of(const JsonText& object, std::string_view name);

/// The value for a message: at most some 60 characters of it.
std::string shown(const JsonText& value);

}  // namespace pawl::steps

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the compiler of workflows needs to know of Lua, without running anything.
namespace pawl::scripting {

struct SyntaxError {
  int line = 1;         ///< In the checked text, from 1.
  std::string message;  ///< Without the place: "'then' expected near 'return'".
};

/// Nothing when `text` is one Lua expression.
std::optional<SyntaxError> check_expression(std::string_view text);
/// Nothing when `text` is a Lua block.
std::optional<SyntaxError> check_block(std::string_view text);

/// The global names that every script has, besides what its scope gives: functions and libraries.
inline constexpr std::string_view library_names[] = {
    "assert",   "coalesce",     "contains", "error",  "format", "getmetatable", "hash",
    "ipairs",   "json",         "len",      "list",   "math",   "next",         "pairs",
    "pcall",    "rawequal",     "rawget",   "rawlen", "rawset", "regex",        "select",
    "semver",   "setmetatable", "str",      "string", "table",  "time",         "tonumber",
    "tostring", "type",         "utf8",     "xpcall"};

/// What the library of that global name has ("find" and others of "string"), sorted; empty when
/// there is no such library.
std::span<const std::string> library_members(std::string_view library);

}  // namespace pawl::scripting

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The words of a schema, in one table: what each holds, and what to write instead of those that
/// are not part of it.
namespace pawl::json_schema {

/// What stands behind a keyword.
enum class Holds : std::uint8_t {
  schema,       ///< Of a part of the value.
  same,         ///< A schema of the value itself.
  same_list,    ///< Several of these.
  same_map,     ///< The same, by name.
  schema_list,  ///< Schemas of parts of the value.
  schema_map,   ///< The same, by name.
  pattern_map,  ///< The same, by pattern.
  definitions,  ///< Schemas by name, used only where a `$ref` names them.
  reference,
  anchor,
  type,
  values,     ///< A list of any.
  any,        ///< Any value.
  number,     ///< Any number.
  positive,   ///< A number above 0.
  count,      ///< A whole number from 0 on.
  boolean,    ///< True or false.
  text,       ///< A text.
  pattern,    ///< A regular expression.
  names,      ///< A list of texts.
  name_map,   ///< Lists of texts by name.
  dialect,    ///< `$schema`
  identity,   ///< `$id`
  unchecked,  ///< A note that one may take for a rule.
  note        ///< A note of any kind.
};

struct Keyword {
  std::string_view name;
  Holds holds;
};

/// Null when it is none.
const Keyword* find_keyword(std::string_view name);

/// What to write instead of `name`, which is no keyword.
std::string instead_of(std::string_view name);

/// What to write instead of `name`, which is no type.
std::string type_instead_of(std::string_view name);

bool is_type(std::string_view name);

}  // namespace pawl::json_schema

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"

/// JSON Schema, draft 2020-12: the part of it that looks at one value with one schema in one text.
///
/// What is left out (`$dynamicRef`, `unevaluatedProperties`, schemas elsewhere, …) is refused by
/// name, and so is every word that is no keyword: a schema never means less than it says. Only
/// notes, like `title` or `format`, are read over, as the standard has it.
namespace pawl::json_schema {

/// What is wrong in a schema.
struct Mistake {
  /// Where: keys, and positions in lists from 0.
  std::vector<std::string> path;
  /// The last key itself, rather than what it holds.
  bool at_key = false;
  /// It can be used, but means less than one may think.
  bool is_warning = false;
  Problem problem;
};

/// How a value fails its schema: "a string, and the schema wants an integer" at ".files[3].rows".
struct Violation {
  std::string place;   ///< Behind the name of the value, as in Lua: lists from 1; may be empty.
  std::string found;   ///< "a string", "no field 'rows'"
  std::string wanted;  ///< "an integer"
};

/// One field behind a value, as an expression reads it: `.rows`, or `[3]`.
struct Field {
  std::string name;
  bool is_position = false;  ///< A position in a list; `name` are its digits.
};

/// A field that a value never has, if it fits.
struct Lack {
  std::size_t at = 0;              ///< Which of the fields that are read.
  std::string holder;              ///< What holds it is "an array"; empty: an object without it.
  std::vector<std::string> known;  ///< The fields that the object has.
};

struct Compiled;

/// A schema, ready for use. Immutable; may be used by several threads.
class Schema {
 public:
  static constexpr std::size_t bytes_max = std::size_t{64} << 10;
  /// Values and parts of schemas that one check may look at, characters in patterns included.
  static constexpr std::int64_t work_max = 5'000'000;

  explicit Schema(const JsonText& text);

  /// All that is wrong in it, in no order.
  const std::vector<Mistake>& mistakes() const;
  bool is_usable() const;

  /// The first thing in `value` (JSON) that does not fit; nothing when it fits. Precondition:
  /// is_usable().
  std::optional<Violation> violation_in(const JsonText& value) const;

  /// The first of the fields, read one behind the other, that a value cannot have. Where the schema
  /// leaves it open, there is none. Precondition: is_usable().
  std::optional<Lack> lack_in(std::span<const Field> fields) const;

 private:
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace pawl::json_schema

#pragma once

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <vector>

#include "base/pattern.hpp"
#include "json_schema/schema.hpp"

namespace pawl::json_schema {

using nlohmann::json;

/// A schema as its text says, and what its words stand for. Never moves: it is known by addresses.
struct Compiled {
  json root;
  std::vector<Mistake> mistakes;
  /// By the schema with the `$ref`: what it names.
  std::unordered_map<const json*, const json*> references;
  /// By the text of `pattern`, or by the schema behind a pattern of `patternProperties`.
  std::unordered_map<const json*, Pattern> patterns;
};

/// Fills in all but the root.
void check_schema(Compiled& compiled);

std::optional<Violation> violation_of(const Compiled& compiled, const json& value);
std::optional<Lack> lack_of(const Compiled& compiled, std::span<const Field> fields);

}  // namespace pawl::json_schema

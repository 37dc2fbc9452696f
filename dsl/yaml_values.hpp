#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "dsl/yaml_tree.hpp"

/// Values of scalars by the YAML 1.2 core schema: no `yes`, no `on`, no octal with a leading 0.
namespace pawl::dsl {

enum class ValueType : std::uint8_t { null, boolean, integer, number, text, list, map };

ValueType type_of(const Tree& tree, NodeId id);
/// "a text", "a number", …: for messages.
std::string_view name_of(ValueType type);

/// The value of a scalar of that type; nothing when it is of another, or does not fit.
std::optional<bool> as_boolean(const Tree& tree, NodeId id);
std::optional<std::int64_t> as_integer(const Tree& tree, NodeId id);
std::optional<double> as_number(const Tree& tree, NodeId id);

struct ValueProblem {
  NodeId at;
  Problem problem;
};
/// The node as JSON, or what JSON cannot hold: an integer beyond 64 bits, an infinity.
std::optional<ValueProblem> to_json(const Tree& tree, NodeId id, JsonText& out);

/// Appends `text` (valid UTF-8) as a JSON string.
void append_json_string(std::string& out, std::string_view text);

}  // namespace pawl::dsl

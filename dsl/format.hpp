#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "dsl/diagnostic.hpp"
#include "dsl/limits.hpp"

/// One look for workflow files: text in, text out.
///
/// Lines stay lines: what the author put on a line of its own stays there, and nothing is joined,
/// split, quoted or moved to another order. What changes is white space: indentation, blanks
/// between tokens, empty lines, line ends.
///
/// Invariants: 1. the result reads as the same tree, but for places, or there is none; 2. every
/// comment is in the result, in order; 3. formatting the result changes nothing.
/// No I/O; any thread.
namespace pawl::dsl {

/// The formatted text, or why the file is no YAML, or what cannot be laid out without changing what
/// the file means.
using Formatted = std::variant<std::string, Diagnostics, Problem>;

Formatted format(std::string_view source, const Limits& limits = {});

}  // namespace pawl::dsl

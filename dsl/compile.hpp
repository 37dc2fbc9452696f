#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "dsl/bundle.hpp"
#include "dsl/diagnostic.hpp"
#include "dsl/limits.hpp"
#include "dsl/plan.hpp"

/// From the text of a workflow file to a Plan, or to every mistake in it at once.
///
/// The main path: yaml_tree.hpp (text → tree with positions, limits) → lua_scan.hpp (expressions:
/// where they end, what they read) → shell_quote.hpp (interpolation by quoting context) →
/// compile.cpp (keys, scopes, needs, cycles) → Plan.
/// No clock, and no I/O but through a BundleFolder; any thread.
namespace pawl::dsl {

struct Compiled {
  std::optional<Plan> plan;  ///< Only without errors; warnings may stand beside it.
  Diagnostics diagnostics;   ///< Sorted, each once.
  /// What the workflow names of its folder: the other files of its bundle, by path.
  std::vector<BundleFile> files{};
};

/// `file` is the name for messages and tracebacks; `folder` is where it stands, null for a text
/// that stands nowhere: it can name no other file.
Compiled compile(std::string_view source, std::string_view file, const Limits& limits = {},
                 BundleFolder* folder = nullptr);

/// Checks what a user gave for the inputs of `plan`: `given` is a JSON object. The result is that
/// object with every value of the declared type ("3" for an integer becomes 3 when `from_text`,
/// as with `-i rows=3`); defaults are not filled in. A Problem names the input.
Result<JsonText> check_inputs(const Plan& plan, const JsonText& given, bool as_text);

}  // namespace pawl::dsl

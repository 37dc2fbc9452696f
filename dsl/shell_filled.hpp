#pragma once

#include <functional>
#include <optional>
#include <string>

#include "dsl/plan.hpp"

namespace pawl::dsl {

/// The script of a `run` step as a person would type it with its values: each stands in the quotes
/// of its place, so that a shell would read the same as it will from the variables.
/// `value_of` gives the text of an expression, or nothing while it is not known; then, and for
/// `file( … )`, the author's own `${{ … }}` stays.
std::string filled_script(const RunSpec& spec,
                          const std::function<std::optional<std::string>(const Code&)>& value_of);

}  // namespace pawl::dsl

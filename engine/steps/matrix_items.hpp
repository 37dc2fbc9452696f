#pragma once

#include <vector>

#include "base/result.hpp"
#include "core/copies.hpp"
#include "dsl/plan.hpp"
#include "scripting/script.hpp"

namespace pawl::steps {

/// The items of a `matrix`: objects with a member for each list, the last of which changes first,
/// and keys like "linux,3". As GitHub Actions does it: `exclude` takes away what has all its
/// values; an item of `include` adds its values to all combinations whose values it does not
/// change, and is one of its own when there is none. What an item has not is null.
Result<std::vector<core::Item>> product_items(const dsl::Plan& plan, const dsl::Matrix& matrix,
                                              const scripting::Scope& scope);

}  // namespace pawl::steps

#pragma once

#include <vector>

#include "core/copies.hpp"
#include "dsl/plan.hpp"
#include "scripting/script.hpp"

namespace pawl::steps {

/// The items of a `foreach` and their keys. A list gives its elements; a table gives
/// `{key = …, value = …}` in the order of its keys. Problems: what is neither, a key that is no
/// string or integer, two equal keys, more than core::items_max.
Result<std::vector<core::Item>> list_items(const dsl::Plan& plan, const dsl::Foreach& each,
                                           scripting::Scope scope);

/// What a list in the file gives, with the index, or a table's key, as the key of each.
Result<std::vector<core::Item>> listed_items(const dsl::Plan& plan, const dsl::Listing& listing,
                                             const scripting::Scope& scope);

}  // namespace pawl::steps

#pragma once

#include <memory>
#include <optional>

#include "dsl/read_bundle.hpp"

namespace pawl::dsl {

/// What an action has told of itself (BundleFolder::declaration), checked. Its mistakes are
/// reported in the action's `file`, as near as can be told; nothing when there are some.
std::optional<Declaration> declaration_from(const JsonText& told,
                                            const std::shared_ptr<const OtherFile>& file,
                                            const Limits& limits, Diagnostics& diagnostics);

}  // namespace pawl::dsl

#pragma once

#include <string>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "dsl/plan.hpp"

namespace pawl::steps {

/// Loads an action, whose module is among `modules`, with nothing but the pure library, within a
/// second of CPU time and 64 MiB, and tells what it declares, as BundleFolder::declaration wants
/// it.
Result<JsonText> declaration_of(const std::string& action, const std::vector<dsl::Module>& modules);

}  // namespace pawl::steps

#pragma once

#include <cstdint>
#include <string>

#include "dsl/plan.hpp"

namespace pawl::cli {

/// The step with this path. Throws Error (usage) that names the nearest one.
StepId find_step(const dsl::Plan& plan, const std::string& path, std::int64_t run_number);

}  // namespace pawl::cli

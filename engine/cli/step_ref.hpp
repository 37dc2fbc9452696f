#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dsl/plan.hpp"

namespace pawl::cli {

/// The step with this path, in any spelling of `plain_path`. Throws Error (usage) that names the
/// nearest one.
StepId find_step(const dsl::Plan& plan, const std::string& path, std::int64_t run_number);

/// What is equal of the ways to write a path: transform["eu-west"].clean, transform[eu-west].clean
/// and transform/eu-west/clean, which no shell touches, are "transform.eu-west.clean".
std::string plain_path(std::string_view path);

}  // namespace pawl::cli

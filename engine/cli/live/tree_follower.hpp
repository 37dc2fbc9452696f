#pragma once

#include <memory>

#include "cli/follow.hpp"
#include "dsl/plan.hpp"

namespace pawl::cli {

/// Follows `run` as a live tree on a terminal until it ends, or until who watches leaves at Ctrl-C.
/// Returns the exit code.
int follow_tree(const Database& database, std::unique_ptr<store::Reader> reader,
                const store::RunSummary& run, std::shared_ptr<const dsl::Plan> plan,
                const FollowSettings& settings);

}  // namespace pawl::cli

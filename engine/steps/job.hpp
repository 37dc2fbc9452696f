#pragma once

#include <string>

#include "core/run_state.hpp"
#include "steps/step_kind.hpp"

namespace pawl::steps {

/// What the attempt that the core has started may know of its run. Without checkpoint, memos and
/// scratch folder, which the core does not have.
Job job_of(const core::RunState& run, const std::string& folder, InstId inst, std::int32_t attempt,
           TimePoint now);

}  // namespace pawl::steps

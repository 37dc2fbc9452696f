#pragma once

#include "cli/json_record.hpp"
#include "cli/run_view.hpp"

namespace pawl::cli {

/// The members that every record of a step has, in the document of its run and on its own.
void add_step(JsonRecord& record, const RunView& view, StepId step, TimePoint now);

/// The object for a failure, null for none; what a failure does not have is null.
JsonText failure_json(const core::Failure* failure);

}  // namespace pawl::cli

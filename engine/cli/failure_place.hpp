#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_view.hpp"
#include "cli/step_inputs.hpp"
#include "cli/style.hpp"
#include "dsl/source_text.hpp"

namespace pawl::cli {

/// Where in the workflow a step failed.
struct FailurePlace {
  std::int32_t line = 0;
  std::string text;               ///< That line of the file.
  std::vector<StepInput> values;  ///< What the line reads.
};

/// The first place in the workflow's file that `failure` names: in its message, else in its
/// traceback. 0 for none.
std::int32_t failing_line(const core::Failure& failure, const std::string& file);

/// Nothing when the failure of `step` names no line of `source`, the workflow's file.
std::optional<FailurePlace> failure_place(const RunView& view, StepId step,
                                          const StepInputs& inputs, const dsl::SourceText& source);
/// Of each step that has one, by inst; the file is read from the store only when one names a line.
std::map<std::int32_t, FailurePlace> failure_places(store::Reader& reader, const RunView& view,
                                                    const std::vector<StepId>& steps,
                                                    TimePoint now);

/// The shape of every diagnostic, with the values that the line read.
std::string place_text(const RunView& view, StepId step, const FailurePlace& place,
                       const Style& style);

}  // namespace pawl::cli

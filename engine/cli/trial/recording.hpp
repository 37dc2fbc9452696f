#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/attempts.hpp"
#include "cli/run_view.hpp"
#include "trial/play.hpp"

/// A run that has happened as a case of a test file.
namespace pawl::cli {

struct Recording {
  std::string text;  ///< A whole test file with one case.
  /// In what the case differs from the run when it is played: what the database does not keep.
  std::vector<trial::Difference> differences;
};

/// Steps of the kind `run` end as they did. Scripts are left to run in the test when that gives
/// what the run gave, and end as they did otherwise. Throws Error (usage) for a run that has not
/// ended, or was repaired.
Recording record_run(const RunView& view, const std::vector<EventView>& events);

}  // namespace pawl::cli

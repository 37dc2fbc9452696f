#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/attempts.hpp"
#include "cli/failure_place.hpp"
#include "cli/log_lines.hpp"
#include "cli/run_view.hpp"
#include "cli/step_inputs.hpp"

/// `pawl show RUN STEP`: everything that is stored about one step.
namespace pawl::cli {

struct StepPage {
  StepId step;
  std::vector<Attempt> attempts;
  std::map<std::int64_t, std::string> workers;  ///< Names of the incarnations in `attempts`.
  std::vector<StepInput> inputs;
  std::optional<store::Progress> progress;  ///< The last one of the last attempt.
  std::optional<JsonText> checkpoint;
  std::vector<std::pair<std::string, JsonText>> memos;
  std::vector<LogLine> tail;  ///< The last lines of its last attempt's output.
  /// Lines of all attempts; nothing when an older build has stored some without counting.
  std::optional<std::int64_t> lines = 0;

  std::optional<FailurePlace> place;
};

/// Reads the pages of `steps`. `source`: the workflow's file.
std::vector<StepPage> read_step_pages(store::Reader& reader, const RunView& view,
                                      const std::vector<EventView>& events,
                                      const std::vector<StepId>& steps, std::string_view source,
                                      TimePoint now);

std::string page_text(const RunView& view, const StepPage& page, TimePoint now, const Style& style);
/// One line of `--json`, without its end.
std::string page_record(const RunView& view, const StepPage& page, TimePoint now);

}  // namespace pawl::cli

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/json_reading.hpp"
#include "cli/run_view.hpp"

namespace pawl::cli {

/// When an attempt ran.
struct AttemptSpan {
  TimePoint from{};
  std::optional<TimePoint> to;  ///< It still runs.
};
using AttemptSpans = std::map<std::int32_t, std::vector<AttemptSpan>>;

/// The attempts of each step, from all events of the run in order.
AttemptSpans attempt_spans(const std::vector<EventView>& events);

/// When the run was paused, from all its events in order.
std::vector<AttemptSpan> pause_spans(const std::vector<EventView>& events);

/// `pawl show RUN --gantt`: a row a step on one axis of time, and where the time went that no step
/// used. At most 200 rows; the longest are kept, and the rest is counted.
std::string gantt_text(const RunView& view, const AttemptSpans& spans,
                       const std::vector<AttemptSpan>& pauses, TimePoint now, const Style& style);

}  // namespace pawl::cli

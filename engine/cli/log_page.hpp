#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "cli/log_lines.hpp"
#include "cli/run_view.hpp"

/// The last lines of a run's output without reading what stands before them.
namespace pawl::cli {

struct LogPage {
  std::vector<LogLine> lines;
  /// Lines before these; nothing when an older build has stored some without counting.
  std::optional<std::int64_t> earlier;
  /// Where each step's reading stands behind the page, for who goes on from here.
  std::map<std::int32_t, LogResume> resume;
};

/// The last `count` lines that `wanted` accepts, merged by time, exactly as reading everything
/// would give them. Each chunk ends before the next one of its attempt begins, and the last one
/// before its step has ended; so chunks are fetched from the youngest end backwards until no line
/// that is missing can be as young as those that are there. `over`: a last line without an end
/// counts, too.
LogPage last_page(store::Reader& reader, const RunView& view,
                  const std::vector<store::LogMark>& marks, std::size_t count, bool over,
                  TimePoint now, const std::function<bool(const LogLine&)>& wanted);

}  // namespace pawl::cli

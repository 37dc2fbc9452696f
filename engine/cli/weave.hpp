#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace pawl::cli {

/// An attempt of a step: (inst, attempt).
using AttemptKey = std::pair<std::int32_t, std::int32_t>;

/// A line of a run's story, or of what its steps print.
struct ToldLine {
  TimePoint at{};
  std::string text;
  std::vector<AttemptKey> begins;  ///< Attempts that this line tells the start of.
  std::vector<AttemptKey> ends;
};

struct OutputLine {
  TimePoint at{};
  std::string text;
  AttemptKey attempt;
};

/// Puts `output` (by attempt in order) between the lines of `story` by time, but never before the
/// line that tells the start of its attempt nor behind the one that tells its end: the two come
/// from different clocks and different tables.
std::string weave(const std::vector<ToldLine>& story, std::vector<OutputLine> output);

}  // namespace pawl::cli

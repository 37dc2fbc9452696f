#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace pawl::cli {

/// Ends of a block's steps, as far as its pace is made from them.
struct Ends {
  std::int64_t all = 0;
  std::int64_t in_a_minute = 0, in_ten_minutes = 0;  ///< Until now.
  TimePoint last{};

  void add(TimePoint end, TimePoint now);
  void add(const Ends& others);
};

/// How fast the steps of a block end: over the last minute, of slow ones over the last ten, so that
/// the number does not jump.
struct Pace {
  double per_minute = 0;         ///< 0: too few have ended to tell.
  std::optional<Micros> silent;  ///< None has ended for three times as long as usual.
};

/// `started`: of the block.
Pace pace_of(const Ends& ends, std::optional<TimePoint> started, TimePoint now);

/// "310/min", "24/h", "no step ended for 4m", or nothing.
std::string pace_text(const Pace& pace);

}  // namespace pawl::cli

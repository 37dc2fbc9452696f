#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pawl {

using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;

/// An instant of the database's clock, UTC, microseconds: what PostgreSQL stores.
using TimePoint = std::chrono::time_point<std::chrono::system_clock, Micros>;

/// The only source of time outside SQL. Production reads it in runtime/clock.cpp; tests and the
/// simulator move it by hand.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The best estimate of the database's clock: never decreasing.
  virtual TimePoint now() const = 0;
  /// Time since some start that also counts while the machine is suspended (CLOCK_BOOTTIME).
  virtual Micros since_boot() const = 0;
};

/// "2026-11-21T01:57:06.123Z": RFC 3339, UTC, milliseconds.
std::string to_rfc3339(TimePoint at);
/// Reads RFC 3339 with any offset and up to microseconds; nothing when it is not.
std::optional<TimePoint> from_rfc3339(std::string_view text);

}  // namespace pawl

#pragma once

#include <atomic>

#include "base/time.hpp"

namespace pawl::runtime {

/// Estimates the database's clock: the time in its last reply plus CLOCK_BOOTTIME since. Any
/// thread. The only place outside SQL that reads a clock.
class DatabaseClock final : public Clock {
 public:
  TimePoint now() const override;
  Micros since_boot() const override;
  /// The database said `now` in a reply that came just now.
  void set(TimePoint now);

 private:
  std::atomic<std::int64_t> offset_{0};  ///< Microseconds from boot time to the database's time.
  mutable std::atomic<std::int64_t> last_{0};
};

}  // namespace pawl::runtime

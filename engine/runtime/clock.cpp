#include "runtime/clock.hpp"

#include <algorithm>
#include <ctime>

namespace pawl::runtime {

Micros DatabaseClock::since_boot() const {
  timespec at{};
  ::clock_gettime(CLOCK_BOOTTIME, &at);
  return std::chrono::seconds{at.tv_sec} +
         std::chrono::duration_cast<Micros>(std::chrono::nanoseconds{at.tv_nsec});
}

TimePoint DatabaseClock::now() const {
  const std::int64_t estimate = since_boot().count() + offset_.load(std::memory_order_relaxed);
  std::int64_t last = last_.load(std::memory_order_relaxed);
  while (last < estimate &&
         !last_.compare_exchange_weak(last, estimate, std::memory_order_relaxed)) {
  }
  return TimePoint{Micros{std::max(last, estimate)}};
}

void DatabaseClock::set(TimePoint now) {
  offset_.store(now.time_since_epoch().count() - since_boot().count(), std::memory_order_relaxed);
}

}  // namespace pawl::runtime

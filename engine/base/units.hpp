#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace pawl {

/// Reads "500ms", "30s", "10m", "2h", "7d", "1h30m" or ISO 8601 ("PT1H30M", "P7D",
/// "P2W"; a fraction in the last number only, weeks alone).
/// Refuses a bare number, negative values, units above days, and more than 100,000 days.
Result<Millis> parse_duration(std::string_view text);

/// Reads "64KiB", "10MB", "1GiB", "512B" into bytes. Refuses a bare number.
Result<std::int64_t> parse_size(std::string_view text);

/// "0.4s", "58s", "12m04s", "3h02m", "2d04h": for people.
std::string format_duration(Micros span);

/// "17 B", "64 KiB", "1.2 GiB": for people.
std::string format_size(std::int64_t bytes);

}  // namespace pawl

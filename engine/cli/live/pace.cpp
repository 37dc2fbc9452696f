#include "cli/live/pace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/units.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

/// Fewer say nothing about the next one.
constexpr std::int64_t ends_min = 10;
constexpr std::int64_t ends_of_a_fast_minute = 50;
/// What is silent for less is not worth a word.
constexpr Micros silence_min = 10s;
constexpr int usual_gaps = 3;

/// Two digits, so that it stands still while nothing changes: 1,234 → 1,200.
std::int64_t rounded(double value) {
  double unit = 1;
  constexpr double digits = 100;
  while (value / unit >= digits) unit *= 10;
  return static_cast<std::int64_t>(std::llround(value / unit) * std::llround(unit));
}

/// "40s", "4m": without seconds it moves once a minute.
std::string silence_text(Micros silent) {
  if (silent < 1min || silent >= 1h) return format_duration(silent);
  return fmt::format("{}m", std::chrono::floor<std::chrono::minutes>(silent).count());
}

}  // namespace

void Ends::add(TimePoint end, TimePoint now) {
  ++all;
  if (end > now - 1min) ++in_a_minute;
  if (end > now - 10min) ++in_ten_minutes;
  last = std::max(last, end);
}

void Ends::add(const Ends& others) {
  all += others.all;
  in_a_minute += others.in_a_minute;
  in_ten_minutes += others.in_ten_minutes;
  last = std::max(last, others.last);
}

Pace pace_of(const Ends& ends, std::optional<TimePoint> started, TimePoint now) {
  if (!started || ends.all < ends_min || ends.last <= *started) return {};
  Pace pace;
  const Micros gap = (ends.last - *started) / ends.all;
  const Micros quiet = now - ends.last;
  if (quiet > std::max(silence_min, gap * usual_gaps)) {
    pace.silent = quiet;
    return pace;
  }
  const bool is_fast = ends.in_a_minute >= ends_of_a_fast_minute;
  const Micros window = std::min<Micros>(is_fast ? Micros{1min} : Micros{10min}, now - *started);
  const std::int64_t count = is_fast ? ends.in_a_minute : ends.in_ten_minutes;
  const double minutes = std::chrono::duration<double, std::ratio<60>>(window).count();
  if (minutes > 0) pace.per_minute = static_cast<double>(count) / minutes;
  return pace;
}

std::string pace_text(const Pace& pace) {
  if (pace.silent) return "no step ended for " + silence_text(*pace.silent);
  if (pace.per_minute <= 0) return "";
  constexpr double an_hour = 60;
  if (pace.per_minute < 1) return fmt::format("{}/h", rounded(pace.per_minute * an_hour));
  return fmt::format("{}/min", thousands(rounded(pace.per_minute)));
}

}  // namespace pawl::cli

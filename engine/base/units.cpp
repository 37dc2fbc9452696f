#include "base/units.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "base/text.hpp"

namespace pawl {

namespace {

constexpr Millis duration_max = std::chrono::days{100'000};

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// Longest names first where one is the beginning of another ("ms" before "m").
constexpr std::array duration_units = {Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000},
                                       Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array size_units = {Unit{"KiB", 1LL << 10},
                                   Unit{"MiB", 1LL << 20},
                                   Unit{"GiB", 1LL << 30},
                                   Unit{"TiB", 1LL << 40},
                                   Unit{"kB", 1'000},
                                   Unit{"KB", 1'000},
                                   Unit{"MB", 1'000'000},
                                   Unit{"GB", 1'000'000'000},
                                   Unit{"TB", 1'000'000'000'000},
                                   Unit{"B", 1}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes "12" or "1.5" off the front; nothing when there is no number or it is too long.
std::optional<double> take_number(std::string_view& text) {
  std::size_t length = 0;
  bool point = false;
  while (length < text.size() && (is_digit(text[length]) || (text[length] == '.' && !point))) {
    point = point || text[length] == '.';
    ++length;
  }
  if (length == 0 || length > 15 || !is_digit(text.front()) || !is_digit(text[length - 1])) {
    return std::nullopt;
  }
  const double value = std::stod(std::string(text.substr(0, length)));
  text.remove_prefix(length);
  return value;
}

Problem no_duration(std::string_view text) {
  return {quoted(text) + " is not a duration",
          "write for example 500ms, 30s, 10m, 2h, 7d or 1h30m"};
}

Result<Millis> checked(double millis, std::string_view text) {
  if (millis > static_cast<double>(duration_max.count())) {
    return Problem{quoted(text) + " is longer than 100,000 days", "write a shorter duration"};
  }
  return Millis{std::llround(millis)};
}

/// ISO 8601 without years and months, whose length is not fixed: "P7D", "PT1H30M", "P1DT2.5S".
Result<Millis> parse_iso(std::string_view text) {
  std::string_view rest = text.substr(1);
  double millis = 0;
  bool in_time = false;
  bool any = false;
  std::string_view order = "WDHMS";
  while (!rest.empty()) {
    if (rest.front() == 'T') {
      if (in_time) return no_duration(text);
      in_time = true;
      rest.remove_prefix(1);
      if (rest.empty()) return no_duration(text);
      continue;
    }
    const std::string_view digits = rest;
    const auto number = take_number(rest);
    if (!number || rest.empty()) return no_duration(text);
    const char unit = rest.front();
    const bool is_fraction = digits.substr(0, digits.size() - rest.size()).find('.') != digits.npos;
    rest.remove_prefix(1);
    // Only the last number has a fraction, and weeks stand alone.
    if ((is_fraction || unit == 'W') && !rest.empty()) return no_duration(text);
    if (!in_time && (unit == 'Y' || unit == 'M')) {
      return Problem{quoted(text) + " has years or months, whose length is not fixed",
                     "write it in days, for example P30D"};
    }
    const auto position = order.find(unit);
    const bool is_time_unit = unit == 'H' || unit == 'M' || unit == 'S';
    if (position == std::string_view::npos || is_time_unit != in_time) return no_duration(text);
    order.remove_prefix(position + 1);
    constexpr double day = 86'400'000;
    millis += *number * (unit == 'W'   ? 7 * day
                         : unit == 'D' ? day
                         : unit == 'H' ? 3'600'000
                         : unit == 'M' ? 60'000
                                       : 1'000);
    any = true;
  }
  if (!any) return no_duration(text);
  return checked(millis, text);
}

template <std::size_t N>
const Unit* take_unit(std::string_view& text, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (text.substr(0, unit.name.size()) == unit.name) {
      text.remove_prefix(unit.name.size());
      return &unit;
    }
  }
  return nullptr;
}

bool is_bare_number(std::string_view text) { return take_number(text).has_value() && text.empty(); }

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  if (!text.empty() && text.front() == 'P') return parse_iso(text);
  if (is_bare_number(text)) {
    const std::string number(text);
    return Problem{quoted(text) + " has no unit",
                   "write " + number + "s, " + number + "m or " + number + "h"};
  }
  if (!text.empty() && text.front() == '-') {
    return Problem{quoted(text) + " is negative", "a duration is zero or more"};
  }
  std::string_view rest = text;
  double millis = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  while (!rest.empty()) {
    const auto number = take_number(rest);
    if (!number) return no_duration(text);
    const Unit* unit = take_unit(rest, duration_units);
    if (unit == nullptr || unit->factor >= last) return no_duration(text);
    last = unit->factor;
    millis += *number * static_cast<double>(unit->factor);
  }
  if (text.empty()) return no_duration(text);
  return checked(millis, text);
}

Result<std::int64_t> parse_size(std::string_view text) {
  if (is_bare_number(text)) {
    const std::string number(text);
    return Problem{quoted(text) + " has no unit",
                   "write " + number + "B, " + number + "KiB or " + number + "MB"};
  }
  std::string_view rest = text;
  const auto number = take_number(rest);
  const Unit* unit = number ? take_unit(rest, size_units) : nullptr;
  if (unit == nullptr || !rest.empty()) {
    return Problem{quoted(text) + " is not a size", "write for example 64KiB, 10MB or 1GiB"};
  }
  const double bytes = *number * static_cast<double>(unit->factor);
  if (bytes > 9e18) return Problem{quoted(text) + " is too large", "write a smaller size"};
  return std::llround(bytes);
}

std::string format_duration(Micros span) {
  using namespace std::chrono;
  char text[48];
  const double seconds_exact = duration<double>(span).count();
  const auto total = span < Micros{0} ? 0 : duration_cast<seconds>(span).count();
  if (total < 10) {
    std::snprintf(text, sizeof text, "%.1fs", seconds_exact < 0 ? 0.0 : seconds_exact);
  } else if (total < 60) {
    std::snprintf(text, sizeof text, "%lds", static_cast<long>(total));
  } else if (total < 3'600) {
    std::snprintf(text, sizeof text, "%ldm%02lds", static_cast<long>(total / 60),
                  static_cast<long>(total % 60));
  } else if (total < 86'400) {
    std::snprintf(text, sizeof text, "%ldh%02ldm", static_cast<long>(total / 3'600),
                  static_cast<long>(total / 60 % 60));
  } else {
    std::snprintf(text, sizeof text, "%ldd%02ldh", static_cast<long>(total / 86'400),
                  static_cast<long>(total / 3'600 % 24));
  }
  return text;
}

std::string format_size(std::int64_t bytes) {
  constexpr std::array names = {"KiB", "MiB", "GiB", "TiB"};
  char text[48];
  if (bytes < 1024) {
    std::snprintf(text, sizeof text, "%ld B", static_cast<long>(bytes));
    return text;
  }
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < names.size()) {
    value /= 1024;
    ++unit;
  }
  std::snprintf(text, sizeof text, value < 10 ? "%.1f %s" : "%.0f %s", value, names[unit]);
  return text;
}

}  // namespace pawl

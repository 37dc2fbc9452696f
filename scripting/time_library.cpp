#include <cmath>
#include <string>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "scripting/guest.hpp"
#include "scripting/library.hpp"

/// time: instants are texts of RFC 3339 in UTC ("2026-11-21T01:57:06.123Z"); where one is expected,
/// a date ("2026-11-21") and seconds since 1970 serve too.
namespace pawl::scripting {
namespace {

using std::chrono::floor;

/// Years 0 to 9999: what RFC 3339 can write.
constexpr std::int64_t seconds_min = -62'167'219'200, seconds_max = 253'402'300'799;

TimePoint from_seconds(lua_State* lua, double seconds) {
  if (!(seconds >= static_cast<double>(seconds_min) &&
        seconds <= static_cast<double>(seconds_max))) {
    raise(lua, "time: outside of the years 0 to 9999");
  }
  return TimePoint(Micros(std::llround(seconds * 1e6)));
}

double to_seconds(TimePoint at) { return static_cast<double>(at.time_since_epoch().count()) / 1e6; }

/// Seconds as an integer where they are whole.
void push_seconds(lua_State* lua, Micros span) {
  if (span.count() % 1'000'000 == 0) {
    lua_pushinteger(lua, span.count() / 1'000'000);
  } else {
    lua_pushnumber(lua, static_cast<double>(span.count()) / 1e6);
  }
}

TimePoint check_time(lua_State* lua, int index) {
  if (lua_type(lua, index) == LUA_TNUMBER) return from_seconds(lua, lua_tonumber(lua, index));
  const std::string_view text = check_view(lua, index);
  const bool date = text.size() == 10;
  const auto at = from_rfc3339(date ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (!at) {
    raise(lua, "time: " + quoted(text.substr(0, 60)) +
                   " is not a time; one looks like 2026-11-21T01:57:06Z or 2026-11-21");
  }
  return *at;
}

/// A duration of the language ("1h30m", with a sign if need be) or a number of seconds.
Micros check_duration(lua_State* lua, int index) {
  if (lua_type(lua, index) == LUA_TNUMBER) {
    const double seconds = lua_tonumber(lua, index);
    if (!(std::fabs(seconds) <= static_cast<double>(seconds_max))) {
      raise(lua, "time: the duration is too long");
    }
    return Micros(std::llround(seconds * 1e6));
  }
  std::string_view text = check_view(lua, index);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const Result<Millis> span = parse_duration(text);
  if (!span.has_value()) {
    raise(lua, "time: " + span.error().message +
                   (span.error().fix.empty() ? "" : "; " + span.error().fix));
  }
  return negative ? -span.value() : span.value();
}

void push_time(lua_State* lua, TimePoint at) { push(lua, to_rfc3339(at)); }

int now(lua_State* lua) {
  push_time(lua, guest_of(lua).scope->now);
  return 1;
}

int today(lua_State* lua) {
  push(lua, to_rfc3339(guest_of(lua).scope->now).substr(0, 10));
  return 1;
}

/// parse(text): seconds since 1970.
int parse(lua_State* lua) {
  push_seconds(lua, check_time(lua, 1).time_since_epoch());
  return 1;
}

/// add(time, duration)
int add(lua_State* lua) {
  const TimePoint at = check_time(lua, 1);
  const Micros span = check_duration(lua, 2);
  push_time(lua, from_seconds(lua, to_seconds(at) + static_cast<double>(span.count()) / 1e6));
  return 1;
}

/// diff(later, earlier): seconds.
int diff(lua_State* lua) {
  push_seconds(lua, check_time(lua, 1) - check_time(lua, 2));
  return 1;
}

/// duration("1h30m"): seconds.
int duration(lua_State* lua) {
  push_seconds(lua, check_duration(lua, 1));
  return 1;
}

std::string padded(int value, std::size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

/// What one letter behind '%' stands for; empty for an unknown one.
std::string field(TimePoint at, char letter) {
  using namespace std::chrono;
  static constexpr std::string_view days_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
  static constexpr std::string_view month_names[] = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(at - day)};
  const int year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const unsigned week_day = weekday{day}.c_encoding();
  const auto two = [](auto value) { return padded(static_cast<int>(value), 2); };
  switch (letter) {
    case 'Y':
      return padded(year, 4);
    case 'm':
      return two(month);
    case 'd':
      return two(static_cast<unsigned>(date.day()));
    case 'H':
      return two(clock.hours().count());
    case 'M':
      return two(clock.minutes().count());
    case 'S':
      return two(clock.seconds().count());
    case 'f':
      return padded(static_cast<int>(clock.subseconds().count()), 3);
    case 'F':
      return to_rfc3339(at).substr(0, 10);
    case 'T':
      return to_rfc3339(at).substr(11, 8);
    case 'j':
      return padded(static_cast<int>((day - sys_days{date.year() / January / 1}).count()) + 1, 3);
    case 'u':
      return std::to_string(week_day == 0 ? 7 : week_day);
    case 'a':
      return std::string(days_names[week_day].substr(0, 3));
    case 'A':
      return std::string(days_names[week_day]);
    case 'b':
      return std::string(month_names[month - 1].substr(0, 3));
    case 'B':
      return std::string(month_names[month - 1]);
    case 's':
      return std::to_string(floor<seconds>(at).time_since_epoch().count());
    case 'Z':
      return "UTC";
    case 'z':
      return "+0000";
    case '%':
      return "%";
    default:
      return {};
  }
}

/// format(time [, words]): the letters of strftime, in UTC and English; %f is milliseconds.
int format(lua_State* lua) {
  const TimePoint at = check_time(lua, 1);
  const std::string_view words = lua_isnoneornil(lua, 2) ? "%FT%T.%fZ" : check_view(lua, 2);
  charge(lua, 1 + 8 * words.size());
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != '%') {
      text += words[i];
      continue;
    }
    const std::string part = ++i < words.size() ? field(at, words[i]) : std::string();
    if (part.empty()) {
      raise(lua, "time.format: unknown letter behind '%'; known are YmdHMSfFTjuaAbBsZz");
    }
    check_memory(lua, text.size() + part.size());
    text += part;
  }
  push(lua, text);
  return 1;
}

}  // namespace

void push_time_library(lua_State* lua) {
  static constexpr Function functions[] = {
      {"add", bound<add>},       {"diff", bound<diff>}, {"duration", bound<duration>},
      {"format", bound<format>}, {"now", bound<now>},   {"parse", bound<parse>},
      {"today", bound<today>},
  };
  push_table(lua, functions);
}

}  // namespace pawl::scripting

#include "base/time.hpp"

#include <cstdio>
#include <ctime>

namespace pawl {

std::string to_rfc3339(TimePoint at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(at - day)};
  char text[48];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

namespace {

/// Takes exactly `count` digits off the front of `text`; -1 when they are not there.
int take_digits(std::string_view& text, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return -1;
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Micros> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return Micros{0};
  int micros = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (int i = digits; i < 6; ++i) micros *= 10;
  return Micros{micros};
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  using std::chrono::minutes;
  if (take(text, "Zz")) return minutes{0};
  if (text.empty()) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, "+-")) return std::nullopt;
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ":")) return std::nullopt;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  return minutes{sign * (hour * 60 + minute)};
}

}  // namespace

std::optional<TimePoint> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const int y = take_digits(text, 4);
  if (y < 0 || !take(text, "-")) return std::nullopt;
  const int m = take_digits(text, 2);
  if (m < 0 || !take(text, "-")) return std::nullopt;
  const int d = take_digits(text, 2);
  if (d < 0 || !take(text, "Tt ")) return std::nullopt;
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  const int hh = take_digits(text, 2);
  if (hh < 0 || hh > 23 || !take(text, ":")) return std::nullopt;
  const int mm = take_digits(text, 2);
  if (mm < 0 || mm > 59 || !take(text, ":")) return std::nullopt;
  const int ss = take_digits(text, 2);
  if (ss < 0 || ss > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return TimePoint{sys_days{date}} + hours{hh} + minutes{mm} + seconds{ss} + *fraction - *offset;
}

}  // namespace pawl

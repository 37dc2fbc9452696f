#include "dsl/input_types.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "base/units.hpp"

namespace pawl::dsl {
namespace {

/// "2026-11-20": the year has four digits, month and day two.
std::optional<std::chrono::sys_days> date_of(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-dd";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !is_digit : text[i] != shape[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    std::from_chars(text.data() + from, text.data() + from + count, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                        std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                        std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days{day};
}

}  // namespace

std::string_view wanted_by(InputType type) {
  switch (type) {
    case InputType::string:
      return "a text";
    case InputType::integer:
      return "a whole number of 64 bits";
    case InputType::number:
      return "a number";
    case InputType::boolean:
      return "true or false";
    case InputType::list:
      return "a list";
    case InputType::object:
      return "an object";
    case InputType::date:
      return "a date like 2026-11-20";
    case InputType::datetime:
      return "a time like 2026-11-20T09:00:00Z";
    case InputType::duration:
      return "a duration like 30s, 10m or 1h30m";
    case InputType::file:
      return "the path of a file";
  }
  return "a value";
}

bool is_text_type(InputType type) {
  switch (type) {
    case InputType::string:
    case InputType::date:
    case InputType::datetime:
    case InputType::duration:
    case InputType::file:
      return true;
    case InputType::integer:
    case InputType::number:
    case InputType::boolean:
    case InputType::list:
    case InputType::object:
      break;
  }
  return false;
}

bool fits_text(InputType type, std::string_view text) {
  if (type == InputType::file) return !text.empty();
  return type == InputType::string || rank_of(type, text).has_value();
}

std::optional<double> rank_of(InputType type, std::string_view text) {
  if (type == InputType::date) {
    const auto day = date_of(text);
    if (day) return static_cast<double>(day->time_since_epoch().count());
  } else if (type == InputType::datetime) {
    const auto at = from_rfc3339(text);
    if (at) return static_cast<double>(at->time_since_epoch().count()) / 1e6;
  } else if (type == InputType::duration) {
    const Result<Millis> span = parse_duration(text);
    if (span) return static_cast<double>(span.value().count());
  }
  return std::nullopt;
}

std::string text_of_rank(InputType type, double rank) {
  if (type == InputType::date) {
    const TimePoint at{std::chrono::days{static_cast<std::int64_t>(rank)}};
    return to_rfc3339(at).substr(0, 10);
  }
  if (type == InputType::datetime) {
    return to_rfc3339(TimePoint{std::chrono::microseconds{static_cast<std::int64_t>(rank * 1e6)}});
  }
  if (type == InputType::duration) {
    return format_duration(Millis{static_cast<std::int64_t>(rank)});
  }
  std::string text = nlohmann::json(rank).dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace pawl::dsl

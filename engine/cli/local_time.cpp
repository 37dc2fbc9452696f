#include "cli/local_time.hpp"

#include <array>
#include <ctime>

namespace pawl::cli {

std::optional<TimePoint> local_time(const std::string& text, TimePoint now) {
  constexpr std::array forms = {
      "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d",
      "%H:%M:%S",          "%H:%M"};
  for (const char* form : forms) {
    std::tm parts{};
    if (form[1] == 'H') {
      const std::time_t today = std::chrono::system_clock::to_time_t(now);
      ::localtime_r(&today, &parts);
      parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    }
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    parts.tm_isdst = -1;
    return TimePoint{std::chrono::seconds{::mktime(&parts)}};
  }
  return std::nullopt;
}

}  // namespace pawl::cli

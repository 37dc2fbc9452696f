#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"

namespace pawl::cli {

/// A local time in one of the forms that people type: "13:30", "2026-11-20", "2026-11-20 13:30:05";
/// of today when there is no day. Nothing when it is none.
std::optional<TimePoint> local_time(const std::string& text, TimePoint now);

}  // namespace pawl::cli

#include "cli/clock.hpp"

#include <chrono>

namespace pawl::cli {

TimePoint now_here() { return std::chrono::floor<Micros>(std::chrono::system_clock::now()); }

}  // namespace pawl::cli

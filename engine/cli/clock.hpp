#pragma once

#include "base/time.hpp"

namespace pawl::cli {

/// The time of this machine, to say how long ago something was. Decides nothing.
TimePoint now_here();

}  // namespace pawl::cli

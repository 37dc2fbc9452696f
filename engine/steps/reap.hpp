#pragma once

#include <sys/types.h>

#include <string>

#include "base/time.hpp"

namespace pawl::steps {

/// Kills all that descends from `self`, which must be the calling process and should be a
/// subreaper, so that nothing can escape by becoming an orphan; reaps its own children. Goes on
/// until none is left, at most `patience`. True when none is left.
bool kill_descendants(pid_t self, Millis patience);

/// Kills every process whose environment holds `marker` ("NAME=value"), wherever it went.
void kill_marked(const std::string& marker);

}  // namespace pawl::steps

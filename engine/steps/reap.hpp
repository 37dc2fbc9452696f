#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "base/time.hpp"

namespace pawl::steps {

/// Kills all that descends from `self`, which must be the calling process and should be a
/// subreaper, so that nothing can escape by becoming an orphan; reaps its own children. Goes on
/// until none is left, at most `patience`. True when none is left. `spared`, when given, tells what
/// belongs to others and lives on.
bool kill_descendants(pid_t self, Millis patience, const std::function<bool(pid_t)>& spared = {});

/// Kills every process whose environment holds `marker` ("NAME=value"), wherever it went.
void kill_marked(const std::string& marker);

/// Kills every process whose environment holds `marker` ("NAME=", "NAME=value", or "NAME=folder/"
/// for all that begins so), until none is left, at most `patience`. True when none is left.
bool kill_all_marked(const std::string& marker, Millis patience);

}  // namespace pawl::steps

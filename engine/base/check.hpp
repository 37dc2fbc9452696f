#pragma once

namespace pawl {

/// Prints where and why to stderr and aborts.
[[noreturn]] void check_failed(const char* why, const char* file, int line);

/// Stops the process when an invariant of ours is broken: a bug of Pawl, never a mistake of a user
/// or of the world. On in every build; the recovery is the one after a crash.
inline void check(bool holds, const char* why, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  if (!holds) check_failed(why, file, line);
}

}  // namespace pawl

#pragma once

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace pawl::bench {

/// Seconds that `commands` × `true` take in a plain posix_spawn loop, `at_once` children at a time:
/// the least that a process can cost.
inline double bare_spawn_loop(int commands, int at_once) {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  int running = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < commands; ++i) {
    if (running == at_once && ::wait(nullptr) > 0) --running;
    pid_t pid = 0;
    if (::posix_spawnp(&pid, name, nullptr, nullptr, arguments, environ) != 0) std::abort();
    ++running;
  }
  while (running > 0 && ::wait(nullptr) > 0) --running;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace pawl::bench

#pragma once

#include <sys/types.h>

#include <functional>

#include "base/time.hpp"

namespace pawl::runtime {

/// A moment that a worker shares with its guard: until then, by CLOCK_BOOTTIME, its steps may run.
class StepsDeadline {
 public:
  /// Not set: no limit.
  StepsDeadline();
  ~StepsDeadline();
  StepsDeadline(const StepsDeadline&) = delete;
  StepsDeadline& operator=(const StepsDeadline&) = delete;
  void set(Micros since_boot);
  Micros get() const;

 private:
  struct Page;
  Page* page_;
};

struct Guarding {
  /// Tells what is not a step's and lives on: a database that the child has started again.
  std::function<bool(pid_t)> spared;
  /// When it has passed, the child did not see to it itself: it is frozen, or starved of time.
  const StepsDeadline* deadline = nullptr;
  std::function<void()> end_steps;  ///< Called then, again and again until it is set anew.
};

/// Runs `work` in a child process under a guard: a small parent that adopts everything the child's
/// steps leave behind (PR_SET_CHILD_SUBREAPER) and kills it when the child has ended, however it
/// ended. So a worker that is killed leaves no process of its steps, not even one that called
/// setsid. SIGTERM, SIGINT and SIGHUP to the guard go to the child; if the guard is killed, the
/// child dies with it. Returns the child's exit code (128 + signal when a signal ended it).
/// Call it before any thread is started.
int run_guarded(const std::function<int()>& work, const Guarding& guarding);

}  // namespace pawl::runtime

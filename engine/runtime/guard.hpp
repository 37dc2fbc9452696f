#pragma once

#include <sys/types.h>

#include <functional>

namespace pawl::runtime {

/// Runs `work` in a child process under a guard: a small parent that adopts everything the child's
/// steps leave behind (PR_SET_CHILD_SUBREAPER) and kills it when the child has ended, however it
/// ended. So a worker that is killed leaves no process of its steps, not even one that called
/// setsid. SIGTERM, SIGINT and SIGHUP to the guard go to the child; if the guard is killed, the
/// child dies with it. Returns the child's exit code (128 + signal when a signal ended it).
/// `spared` tells what is not a step's and lives on: a database that the child has started again.
/// Call it before any thread is started.
int run_guarded(const std::function<int()>& work, const std::function<bool(pid_t)>& spared = {});

}  // namespace pawl::runtime

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "runtime/guard.hpp"
#include "runtime/owner.hpp"
#include "runtime/store_thread.hpp"
#include "runtime/worker_folder.hpp"

namespace pawl::runtime {

struct WorkerSettings {
  OpenStore open_store;      ///< Opens a session; called from several threads.
  std::string database_url;  ///< For the listener.
  std::string home;
  std::vector<std::string> queues = {"default"};
  OwnerLimits limits;
  std::string exec_helper;                  ///< Path of pawl-exec.
  Micros idle_exit{0};                      ///< Leave when idle for that long; 0: stay.
  StepsDeadline* steps_deadline = nullptr;  ///< Shared with the guard, when there is one.
};

/// Runs one worker until it is told to stop (SIGTERM, SIGINT: it lets its runs go first; a second
/// one ends it at once) or has been idle long enough. A worker that lost its lane ends its steps
/// and starts as a new incarnation. `folder` is held by the caller, so that its lock outlives us.
/// Returns the exit code. Throws Error for what waiting does not mend.
int run_worker(const WorkerSettings& settings, WorkerFolder& folder);

}  // namespace pawl::runtime

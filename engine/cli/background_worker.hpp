#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cli/database.hpp"
#include "store/reader.hpp"

namespace pawl::cli {

/// Starts `pawl serve` apart from this terminal: a session of its own, its talk in a log file, gone
/// when it has been idle. The run that needs it belongs to no terminal.
/// `slots` 0: as many as the worker thinks fit. Returns the path of its log.
std::string start_background_worker(const Database& database, int slots);

/// Sees to it that some worker serves the queue, for who waits for a run.
class WorkerKeeper {
 public:
  WorkerKeeper(const Database& database, int slots);

  /// Cheap to call often. Starts a worker when none is alive; gives a started one time to come up.
  /// Throws Error when several have not.
  void look(store::Reader& reader);

 private:
  using Steady = std::chrono::steady_clock;
  Database database_;
  int slots_;
  int starts_ = 0;
  std::optional<Steady::time_point> looked_;
  std::optional<Steady::time_point> started_;
};

}  // namespace pawl::cli

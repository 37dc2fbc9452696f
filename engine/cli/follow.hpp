#pragma once

#include <cstdint>
#include <memory>

#include "cli/background_worker.hpp"
#include "cli/database.hpp"
#include "cli/flags.hpp"
#include "store/reader.hpp"

/// Watching a run: the client reads events and output and prints them. It owns nothing, so it can
/// be killed at any moment without the run noticing.
namespace pawl::cli {

struct FollowSettings {
  CommonFlags flags;
  std::int32_t after = 0;          ///< Events up to this one are known and not told again.
  WorkerKeeper* keeper = nullptr;  ///< Reading commands start nothing, and have none.
  bool no_tree = false;            ///< Plain lines, also on a terminal.
  int tail = 3;                    ///< Lines of output under a running step.
};

/// Follows `run` until it ends; prints the story and its end. Returns the exit code of the end.
/// SIGINT ends this process, not the run.
int follow(Database database, std::unique_ptr<store::Reader> reader, const store::RunSummary& run,
           const FollowSettings& settings);

/// A new reader for who watches run number `run` and has lost the connection: says so on stderr and
/// tries for a while; with a keeper it starts the private PostgreSQL again, and `database` is where
/// that is then. Throws Error when nothing helps.
std::unique_ptr<store::Reader> reconnect(Database& database, std::int64_t run,
                                         const FollowSettings& settings,
                                         const store::Unavailable& gone);

}  // namespace pawl::cli

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
};

/// Follows `run` until it ends; prints the story and its end. Returns the exit code of the end.
/// SIGINT ends this process, not the run.
int follow(const Database& database, std::unique_ptr<store::Reader> reader,
           const store::RunSummary& run, const FollowSettings& settings);

}  // namespace pawl::cli

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/background_worker.hpp"
#include "cli/database.hpp"
#include "cli/flags.hpp"
#include "cli/run_view.hpp"
#include "store/reader.hpp"

/// Watching a run: the client reads events and output and prints them. It owns nothing, so it can
/// be killed at any moment without the run noticing.
namespace pawl::cli {

/// Flags of every command that follows a run.
struct FollowFlags {
  bool no_tree = false;  ///< Plain lines, also on a terminal.
  int tail = -1;         ///< Lines of output under a running step; -1: as the settings say.
  std::string timeout;   ///< Then we stop waiting; empty: never.
  std::string result;    ///< Output to print, "*" for all as JSON; empty: the story was asked for.
};
void add_follow_flags(FlagParser& parser, FollowFlags& flags);

struct FollowSettings {
  CommonFlags flags;
  std::int32_t after = 0;          ///< Events up to this one are known and not told again.
  WorkerKeeper* keeper = nullptr;  ///< Reading commands start nothing, and have none.
  FollowFlags look{};
  /// What --timeout counts from.
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

/// Follows `run` until it ends; prints the story and its end. Returns the exit code of the end.
/// SIGINT ends this process, not the run.
int follow(Database database, std::unique_ptr<store::Reader> reader, const store::RunSummary& run,
           const FollowSettings& settings);

/// Where the story goes: standard error when outputs were asked for.
int story_descriptor(const FollowSettings& settings);
/// When to stop waiting; nothing without --timeout. Throws Error for what is no duration.
std::optional<std::chrono::steady_clock::time_point> waits_until(const FollowSettings& settings);
/// Says that the run goes on without us; returns the exit code for that.
int tell_timeout(std::int64_t run, core::RunPhase phase, const FollowSettings& settings);
/// Prints the outputs that were asked for, if any. Throws Error when there is none of that name.
void print_result(const RunView& view, const FollowSettings& settings);

/// A new reader for who watches run number `run` and has lost the connection: says so on stderr and
/// tries for a while; with a keeper it starts the private PostgreSQL again, and `database` is where
/// that is then. Throws Error when nothing helps.
std::unique_ptr<store::Reader> reconnect(Database& database, std::int64_t run,
                                         const FollowSettings& settings,
                                         const store::Unavailable& gone);

}  // namespace pawl::cli

#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

/// Places where a test kills or freezes the process: PAWL_CRASH_POINT("journal.before_commit").
///
/// PAWL_CRASH_AT=NAME[:N[:stop]] makes the N-th passage (the first without N) of that place raise
/// SIGKILL, with `stop` SIGSTOP, on the own process. Otherwise a passage is a relaxed load and a
/// branch. Every build has the places, so that what is tested is what runs; only builds with the
/// CMake option PAWL_CRASH_POINTS obey the variable.
namespace pawl {

/// All of them. tests/torture reads this table and kills at each.
inline constexpr std::string_view crash_points[] = {
    "worker.enlisted",            // A new incarnation has its lane, and nothing yet.
    "claim.made",                 // Runs are ours by the rows; nobody holds them in memory.
    "journal.before_commit",      // Decided, not sent.
    "journal.before_release",     // The same, of a batch that lets a run go.
    "journal.sent",               // The server has the statement, nobody reads its reply.
    "journal.committed",          // Durable; its effects have not been released.
    "journal.released",           // The same, of a batch that has let a run go.
    "journal.settled",            // The fate of a lost reply is known.
    "attempt.before_start",       // Its start is durable, it has not begun.
    "attempt.started",            // It runs.
    "attempt.checkpoint_stored",  // It runs, and would go on from there.
    "attempt.ended",              // Its effects have happened, nobody knows.
    "attempt.logs_stored",        // Its output is durable, its end is not.
    "takeover.fenced",            // A dead worker is fenced and still owns its runs.
    "takeover.adopted",           // Its runs have a new owner, who does not hold them.
    "worker.drained",             // All runs were let go; the lane still looks alive.
    "run.stored",                 // pawl run: the run exists, nobody was told.
    "request.stored",             // pawl pause and its like: stored, nobody was told.
};

inline constexpr int no_crash_point = -1;

/// The place of `name` in the table; a name that is not there does not compile.
consteval int crash_point_number(std::string_view name) {
  int number = 0;
  for (const std::string_view point : crash_points) {
    if (point == name) return number;
    ++number;
  }
  throw "no such crash point: add it to the table";
}

/// Reads PAWL_CRASH_AT; to be called once, before the first thread. Throws Error (usage) when it
/// names no place or this build cannot obey.
void arm_crash_point();

namespace detail {
extern std::atomic<int> armed_crash_point;
void pass_armed_crash_point();
}  // namespace detail

inline void pass_crash_point(int number) {
  if (detail::armed_crash_point.load(std::memory_order_relaxed) == number) [[unlikely]] {
    detail::pass_armed_crash_point();
  }
}

}  // namespace pawl

#define PAWL_CRASH_POINT(name) ::pawl::pass_crash_point(::pawl::crash_point_number(name))

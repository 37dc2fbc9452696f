#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What /proc tells of processes.
namespace pawl::steps {

struct ProcStat {
  pid_t pid = 0, parent = 0, group = 0;
  char state = '?';              ///< 'Z' and 'X': it has ended and waits for its parent.
  std::int64_t start_ticks = 0;  ///< Since the host's start, in 1/sysconf(_SC_CLK_TCK) seconds.

  bool has_ended() const { return state == 'Z' || state == 'X'; }
};

/// Nothing when there is no such process.
std::optional<ProcStat> read_proc_stat(pid_t pid);
/// All processes that can be seen.
std::vector<ProcStat> all_processes();
/// Does the environment that the process was started with hold `start`: "NAME=",
/// "NAME=value", or "NAME=folder/" for all that begins so?
bool has_environment(pid_t pid, const std::string& start);
/// Members of the group which have not ended.
std::vector<pid_t> live_members(pid_t group);

}  // namespace pawl::steps

#include "steps/proc_files.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/handle.hpp"

namespace pawl::steps {
namespace {

using Folder = Handle<DIR, closedir>;

/// The file's first bytes; empty when it cannot be read. Memory grows with what there is: a look at
/// all processes of a busy host reads thousands of files, and most hold a few hundred bytes.
std::string read_start(const std::string& path, std::size_t limit) {
  constexpr std::size_t first = 4096;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return "";
  std::string text(std::min(first, limit), '\0');
  std::size_t used = 0;
  while (true) {
    const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
    if (got <= 0) break;
    used += static_cast<std::size_t>(got);
    if (used == limit) break;
    if (used == text.size()) text.resize(std::min(limit, 4 * text.size()));
  }
  text.resize(used);
  return text;
}

}  // namespace

std::optional<ProcStat> read_proc_stat(pid_t pid) {
  const std::string text = read_start("/proc/" + std::to_string(pid) + "/stat", 1024);
  // "pid (name) state parent group …": the name may hold anything, also brackets.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  ProcStat stat;
  stat.pid = pid;
  long long start = 0;
  const int fields = std::sscanf(text.c_str() + end + 1,
                                 " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                                 "%*d %*d %*d %lld",
                                 &stat.state, &stat.parent, &stat.group, &start);
  if (fields != 4) return std::nullopt;
  stat.start_ticks = start;
  return stat;
}

std::vector<ProcStat> all_processes() {
  std::vector<ProcStat> found;
  const Folder proc(::opendir("/proc"));
  if (!proc) return found;
  while (const dirent* entry = ::readdir(proc.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    if (const auto stat = read_proc_stat(std::atoi(entry->d_name))) found.push_back(*stat);
  }
  return found;
}

bool has_environment(pid_t pid, const std::string& start) {
  const std::string text =
      '\0' + read_start("/proc/" + std::to_string(pid) + "/environ", std::size_t{2} << 20) + '\0';
  const std::string ending =
      start.ends_with('=') || start.ends_with('/') ? "" : std::string(1, '\0');
  return text.find('\0' + start + ending) != std::string::npos;
}

std::vector<pid_t> live_members(pid_t group) {
  std::vector<pid_t> members;
  for (const ProcStat& process : all_processes()) {
    if (process.group == group && !process.has_ended()) members.push_back(process.pid);
  }
  return members;
}

}  // namespace pawl::steps

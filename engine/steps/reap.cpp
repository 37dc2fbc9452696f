#include "steps/reap.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <set>
#include <unordered_map>
#include <vector>

#include "steps/proc_files.hpp"

namespace pawl::steps {
namespace {

std::vector<pid_t> live_descendants(pid_t self) {
  const std::vector<ProcStat> processes = all_processes();
  std::unordered_multimap<pid_t, const ProcStat*> children;
  for (const ProcStat& process : processes) children.emplace(process.parent, &process);
  std::vector<pid_t> found;
  std::set<pid_t> seen{self};
  std::vector<pid_t> open{self};
  while (!open.empty()) {
    const auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (auto it = first; it != last; ++it) {
      const ProcStat& child = *it->second;
      if (!seen.insert(child.pid).second) continue;
      open.push_back(child.pid);
      if (!child.has_ended()) found.push_back(child.pid);
    }
  }
  return found;
}

}  // namespace

bool kill_descendants(pid_t self, Millis patience, const std::function<bool(pid_t)>& spared) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  for (;;) {
    std::vector<pid_t> alive = live_descendants(self);
    if (spared) std::erase_if(alive, spared);
    for (const pid_t pid : alive) ::kill(pid, SIGKILL);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (alive.empty()) return true;
    if (std::chrono::steady_clock::now() >= give_up) return false;
    timespec rest{0, 2'000'000};
    ::nanosleep(&rest, nullptr);
  }
}

void kill_marked(const std::string& marker) {
  for (const ProcStat& process : all_processes()) {
    if (!process.has_ended() && has_environment(process.pid, marker)) {
      ::kill(process.pid, SIGKILL);
    }
  }
}

bool kill_all_marked(const std::string& marker, Millis patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  for (;;) {
    bool any = false;
    for (const ProcStat& process : all_processes()) {
      if (process.has_ended() || !has_environment(process.pid, marker)) continue;
      ::kill(process.pid, SIGKILL);
      any = true;
    }
    if (!any) return true;
    if (std::chrono::steady_clock::now() >= give_up) return false;
    timespec rest{0, 2'000'000};
    ::nanosleep(&rest, nullptr);
  }
}

}  // namespace pawl::steps

#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

/// What a process and its descendants have used, from /proc.
namespace pawl::bench {

/// A process and all that descend from it now.
inline std::vector<int> tree_of(int root) {
  std::map<int, int> parents;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t end = line.rfind(')');
    if (end == std::string::npos) continue;
    std::istringstream rest(line.substr(end + 1));
    std::string state;
    int parent = 0;
    rest >> state >> parent;
    parents[std::stoi(name)] = parent;
  }
  std::set<int> members{root};
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [pid, parent] : parents) {
      if (members.contains(parent)) grew = members.insert(pid).second || grew;
    }
  }
  return {members.begin(), members.end()};
}

/// CPU seconds of the tree, children that were waited for included.
inline double cpu_of(int root) {
  double ticks = 0;
  for (const int pid : tree_of(root)) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t end = line.rfind(')');
    if (end == std::string::npos) continue;
    std::istringstream rest(line.substr(end + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) rest >> skipped;
    for (int i = 0; i < 4; ++i) {  // utime stime cutime cstime
      double value = 0;
      rest >> value;
      ticks += value;
    }
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// CPU seconds that all cores of the machine have worked since it was started.
inline double cpu_of_machine() {
  std::ifstream file("/proc/stat");
  std::string skipped;
  file >> skipped;
  double ticks = 0;
  for (int i = 0; i < 7; ++i) {  // user nice system idle iowait irq softirq
    double value = 0;
    file >> value;
    if (i != 3 && i != 4) ticks += value;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// The largest resident set that any process of the tree has had, in MiB.
inline double peak_memory_of(int root) {
  double peak = 0;
  for (const int pid : tree_of(root)) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; file >> word;) {
      if (word != "VmHWM:") continue;
      double kib = 0;
      file >> kib;
      peak = std::max(peak, kib / 1024);
    }
  }
  return peak;
}

}  // namespace pawl::bench

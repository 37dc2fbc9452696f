#pragma once

#include <string>

#include "base/handle.hpp"
#include "base/ids.hpp"

namespace pawl::runtime {

/// What a worker leaves on its host: a folder with a lock that it (and its guard) hold while they
/// live, and the table of process groups it has started. Who gets the lock of another worker knows
/// that it is dead, and ends what it left behind.
class WorkerFolder {
 public:
  /// A new folder below `home`/workers; the name is unique among all hosts.
  static WorkerFolder make(const std::string& home);

  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }
  std::string group_table() const { return path_ + "/groups"; }
  std::string scratch() const { return path_ + "/tmp"; }
  /// Removes the folder; for a worker that leaves in order.
  void remove();

 private:
  std::string name_;
  std::string path_;
  Fd lock_;
};

/// Whether the worker `name` of this host is dead and nothing of it runs any more: takes its lock
/// and kills the groups it has recorded. False when it lives, or is not of this home.
bool bury_worker(const std::string& home, const std::string& name);

/// Whether a worker of that name has, or had, its folder on this host.
bool is_worker_of(const std::string& home, const std::string& name);

/// Where the steps of one incarnation of a worker have their scratch folders.
std::string scratch_of(const std::string& home, const std::string& name, Incarnation inc);

/// Ends the steps whose scratch folders are below `scratch`, though their worker may live: it is
/// frozen, and somebody else starts them again.
void end_steps_in(const std::string& scratch);

/// Removes the folder of a buried worker.
void remove_worker_folder(const std::string& home, const std::string& name);

/// This host's name, and a number that changes with each start of it.
std::string host_name();
std::int64_t host_boot();

}  // namespace pawl::runtime

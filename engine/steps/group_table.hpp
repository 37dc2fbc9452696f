#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/handle.hpp"
#include "base/time.hpp"
#include "steps/group_slot.h"

/// Which process groups run for a worker, in a file, so that whoever takes over from a killed
/// worker on the same host can end them first. The child writes its slot before it becomes the
/// step's program (exec_helper.c); the worker frees it after the group is gone.
namespace pawl::steps {

/// One thread uses it.
class GroupTable {
 public:
  static constexpr int slots_default = 4096;

  /// Makes the file anew. Throws Error when the folder cannot be written.
  explicit GroupTable(const std::string& path, int slots = slots_default);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  /// A free slot, or -1 when all are taken.
  int acquire();
  void release(int slot);
  PawlGroupSlot read(int slot) const;
  /// Where the slot stands in the file.
  static std::int64_t offset_of(int slot);
  int fd() const { return file_.get(); }

 private:
  Fd file_;
  void* map_ = nullptr;
  std::size_t bytes_ = 0;
  std::vector<int> free_;
};

/// Kills the groups recorded in the file of a worker that is gone and waits until none of their
/// processes is left, at most `patience`. A number that another process has got since is left
/// alone. True when all are gone, also when there is no such file or the host was started anew.
bool kill_recorded_groups(const std::string& path, Millis patience);

}  // namespace pawl::steps

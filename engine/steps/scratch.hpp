#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace pawl::steps {

/// Scratch folders of attempts. What an attempt left empty is renamed for the next one: to make and
/// remove a folder costs more on ext4 than to start a process (it looks for an inode that was not
/// freed lately, and discards the block). Loop thread.
class ScratchFolders {
 public:
  ScratchFolders() = default;
  ~ScratchFolders();
  ScratchFolders(const ScratchFolders&) = delete;
  ScratchFolders& operator=(const ScratchFolders&) = delete;

  /// An empty folder at `path`, for us alone. A folder that is there already is kept.
  std::optional<Problem> make(const std::string& path);
  /// Takes the folder back, with all that is in it.
  void remove(const std::string& path);

 private:
  std::vector<std::string> empty_;
};

}  // namespace pawl::steps

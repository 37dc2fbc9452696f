#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace pawl::steps {

/// Scratch folders of attempts. What an attempt left empty is renamed for the next one: to make and
/// remove a folder costs more on ext4 than to start a process (it looks for an inode that was not
/// freed lately, and discards the block). That nothing was ever put into a folder is seen by its
/// time, which we have set to one of long ago. Loop thread.
class ScratchFolders {
 public:
  ScratchFolders();
  ~ScratchFolders();
  ScratchFolders(const ScratchFolders&) = delete;
  ScratchFolders& operator=(const ScratchFolders&) = delete;

  /// An empty folder at `path`, for us alone. A folder that is there already is kept.
  std::optional<Problem> make(const std::string& path);
  /// Takes the folder back, with all that is in it.
  void remove(const std::string& path);

 private:
  struct Look {
    bool is_ours;       ///< A folder that nobody else may enter.
    bool is_untouched;  ///< And it has the time that we gave it.
  };

  Look look_at(const std::string& path) const;
  void set_time(const std::string& path) const;
  bool shows_changes(const std::string& path) const;

  std::vector<std::string> empty_;
  std::int64_t nanoseconds_;  ///< Of the time that our folders have.
  /// Whether the file system changes the time of a folder with what is in it; tried out once.
  std::optional<bool> shows_changes_;
};

}  // namespace pawl::steps

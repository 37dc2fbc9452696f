#pragma once

#include <map>
#include <set>
#include <string>

#include "base/handle.hpp"

namespace pawl::cli {

/// Tells which files of some folders change, by inotify: no polling, nothing is missed from the
/// moment on when `add` has returned. One thread.
class FolderWatch {
 public:
  /// Throws Error (environment) when this system can watch nothing more.
  FolderWatch();

  /// Watches the entries of `folder`, not those of the folders in it. Again is no mistake; a folder
  /// that is gone by now is none either.
  void add(const std::string& folder);

  struct Changes {
    std::set<std::string> files;  ///< Written, moved here, moved away, removed.
    bool folders = false;         ///< Folders came or went, or too much happened: look at all.
  };
  /// Blocks until something changes. When the reader of our standard output leaves, ends this
  /// process as a write to it would (SIGPIPE).
  Changes wait();

 private:
  void take(Changes& changes);

  Fd inotify_;
  std::map<int, std::string> folders_;
};

}  // namespace pawl::cli

#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "store/store.hpp"

namespace pawl::runtime {

/// Read-only copies of bundles, for runs whose own folder is not on this host. Each is made as a
/// whole or not at all, is named by the hash of its definition, and is removed once no run has been
/// in it for an hour. One thread; what it gives away may be released on another.
class BundleCopies {
 public:
  /// `folder`: where the copies are, below the worker's own; it need not be there yet.
  explicit BundleCopies(std::string folder) : folder_(std::move(folder)) {}

  /// The copy, made if it is not there. It stays while anybody holds the result. Throws Error when
  /// it cannot be made.
  std::shared_ptr<const std::string> copy_of(const store::Definition& definition,
                                             Micros since_boot);
  /// Whether the folder in which a run was started is on this host: it holds the workflow's file,
  /// or is there at all, for a workflow that is one file.
  static bool is_here(const std::string& written, const std::string& file, bool has_others);

 private:
  struct Copy {
    std::weak_ptr<const std::string> users;
    Micros seen{};  ///< When it had users the last time that somebody looked.
  };
  void remove_old(Micros since_boot);

  std::string folder_;
  std::map<std::string, Copy> copies_;  ///< By path.
};

/// Removes a folder of copies, the read-only ones, too.
void remove_copies(const std::string& folder);

}  // namespace pawl::runtime

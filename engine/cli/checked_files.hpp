#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "dsl/diagnostic.hpp"

/// The workflow files that `pawl check` was asked for, and what is wrong with each.
namespace pawl::cli {

/// One file, read and compiled.
struct CheckedFile {
  std::string source;
  dsl::Diagnostics diagnostics;
  std::set<std::string> others{};     ///< Paths of the other files that it loads.
  std::optional<Error> unreadable{};  ///< Then there is no source.
};

/// Has a root key `steps`, as far as can be told of a file that may be broken. YAML files of other
/// purposes stand in the same folders.
bool is_workflow(const std::string& source);

class CheckedFiles {
 public:
  /// Files and folders as the user names them; none: the folder we are in.
  explicit CheckedFiles(const std::vector<std::string>& paths);

  /// Reads everything again. `on_folder` is called for each folder before it is listed, so that
  /// who watches it misses nothing.
  void read_all(const std::function<void(const std::string&)>& on_folder);
  /// Reads one path again that may have changed, appeared or gone; false when nothing that we
  /// report is different. Paths that nobody asked for are ignored.
  bool read_again(const std::string& path);

  /// By path. Files that were named are here in any case, those of folders if they are workflows.
  const std::map<std::string, CheckedFile>& files() const { return files_; }
  /// YAML files of the folders that are no workflows.
  std::size_t skipped() const { return skipped_.size(); }
  /// "nightly.yaml, flows": what was asked for.
  std::string subject() const;

 private:
  bool check_users_of(const std::string& path);
  bool is_asked_for(const std::string& path) const;
  void read_folder(const std::string& folder,
                   const std::function<void(const std::string&)>& on_folder);

  std::set<std::string> named_;
  std::vector<std::string> folders_;
  std::map<std::string, CheckedFile> files_;
  std::set<std::string> skipped_;
};

/// What people read: every mistake, then the counts, then where to read on. The errors of files
/// that cannot be read are not in it: they go to stderr.
std::string report_text(const CheckedFiles& checked);
/// One record a mistake, then one with the counts.
std::string report_records(const CheckedFiles& checked);
/// The paths of files with errors, one a line.
std::string report_paths(const CheckedFiles& checked);
bool has_errors(const CheckedFiles& checked);

}  // namespace pawl::cli

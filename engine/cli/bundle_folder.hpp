#pragma once

#include <string>

#include "dsl/compile.hpp"

namespace pawl::cli {

/// The folder of a workflow on this disk.
class DiskFolder final : public dsl::BundleFolder {
 public:
  /// `workflow`: the path of the workflow's file.
  explicit DiskFolder(const std::string& workflow);

  std::string name() const override;
  std::optional<Result<dsl::BundleFile>> read(const std::string& path,
                                              std::size_t bytes_max) override;
  std::vector<std::string> paths(const std::string& folder, std::size_t most) override;
  Result<JsonText> declaration(const std::string& action,
                               const std::vector<dsl::Module>& modules) override;

 private:
  std::string folder_;  ///< As the user named it; "." for where we are.
};

/// Compiles the workflow that stands at `path`, with the other files of its bundle. Every command
/// that compiles a file does it by this.
dsl::Compiled compile_workflow(const std::string& source, const std::string& path);

}  // namespace pawl::cli

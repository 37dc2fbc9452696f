#include "cli/yaml_files.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/text.hpp"

namespace pawl::cli {

namespace fs = std::filesystem;

std::variant<std::vector<std::string>, Error> yaml_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  // Of the folder itself a missing right is told.
  const fs::directory_iterator readable(folder, failed);
  fs::recursive_directory_iterator entry;
  if (!failed) entry = {folder, fs::directory_options::skip_permission_denied, failed};
  for (; !failed && entry != fs::end(entry); entry.increment(failed)) {
    const fs::path& path = entry->path();
    std::error_code unknown;  // A link that leads nowhere is no file.
    if (path.filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if ((path.extension() == ".yaml" || path.extension() == ".yml") &&
               entry->is_regular_file(unknown)) {
      files.push_back(path.lexically_normal().string());
    }
  }
  if (failed) {
    return Error(ErrorKind::usage, "cannot read the folder " + pawl::quoted(folder),
                 failed.message(), "name a folder or a file that you can read");
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace pawl::cli

#include "cli/bundle_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/handle.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "steps/action_declaration.hpp"

namespace pawl::cli {
namespace {

namespace fs = std::filesystem;

/// `path`, links followed, stands below `folder`.
bool is_below(const fs::path& path, const fs::path& folder) {
  std::error_code failed;
  const fs::path real = fs::canonical(path, failed);
  if (failed) return true;  // Opening it says what is wrong.
  const fs::path base = fs::canonical(folder, failed);
  if (failed) return true;
  return std::mismatch(base.begin(), base.end(), real.begin(), real.end()).first == base.end();
}

Problem cannot_read(const std::string& path, std::string why, std::string fix = "") {
  return {"cannot read " + pawl::quoted(path) + ": " + std::move(why), std::move(fix)};
}

}  // namespace

DiskFolder::DiskFolder(const std::string& workflow)
    : folder_(fs::path(workflow).parent_path().string()) {
  if (folder_.empty()) folder_ = ".";
}

std::string DiskFolder::name() const { return folder_; }

std::optional<Result<dsl::BundleFile>> DiskFolder::read(const std::string& path,
                                                        std::size_t bytes_max) {
  const fs::path full = fs::path(folder_) / path;
  // Without waiting: a fifo would hang.
  const Fd file(::open(full.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file) return cannot_read(path, std::strerror(errno));
  if (!is_below(full, folder_)) {
    return cannot_read(path, "it is a link that leads out of the workflow's folder",
                       "copy the file into the folder");
  }
  struct stat about {};
  ::fstat(file.get(), &about);
  if (S_ISDIR(about.st_mode)) return std::nullopt;
  if (!S_ISREG(about.st_mode)) return cannot_read(path, "it is not a regular file");
  dsl::BundleFile read{path, "", (about.st_mode & S_IXUSR) != 0};
  while (read.bytes.size() <= bytes_max) {
    char part[std::size_t{64} << 10];
    const ssize_t got = ::read(file.get(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, std::strerror(errno));
    if (got == 0) return read;
    read.bytes.append(part, static_cast<std::size_t>(got));
  }
  return cannot_read(path, "it has more than " + format_size(static_cast<std::int64_t>(bytes_max)),
                     "split it, or keep data elsewhere and read it in a step");
}

std::vector<std::string> DiskFolder::paths(const std::string& folder, std::size_t most) {
  std::vector<std::string> found;
  std::error_code failed;
  fs::recursive_directory_iterator entry(fs::path(folder_) / folder,
                                         fs::directory_options::skip_permission_denied, failed);
  for (; !failed && entry != fs::end(entry) && found.size() < most; entry.increment(failed)) {
    std::error_code unknown;
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(unknown)) {
      found.push_back(entry->path().lexically_relative(folder_).generic_string());
    }
  }
  std::ranges::sort(found);
  return found;
}

Result<JsonText> DiskFolder::declaration(const std::string& action,
                                         const std::vector<dsl::Module>& modules) {
  return steps::declaration_of(action, modules);
}

dsl::Compiled compile_workflow(const std::string& source, const std::string& path) {
  DiskFolder folder(path);
  return dsl::compile(source, path, {}, &folder);
}

}  // namespace pawl::cli

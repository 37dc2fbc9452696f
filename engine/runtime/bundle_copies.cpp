#include "runtime/bundle_copies.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/hex.hpp"
#include "dsl/bundle.hpp"

namespace pawl::runtime {
namespace {

namespace fs = std::filesystem;

constexpr Micros kept_unused{std::chrono::hours{1}};
constexpr mode_t folder_mode = 0555, file_mode = 0444, program_mode = 0555;

Error cannot_copy(const std::string& path, const std::string& why) {
  return {ErrorKind::environment, "cannot unpack the bundle to " + path, why,
          "make room or mend the folder; PAWL_HOME names another one"};
}

void write_file(const std::string& path, std::string_view bytes, mode_t mode) {
  std::error_code failed;
  fs::create_directories(fs::path(path).parent_path(), failed);
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  bool good = static_cast<bool>(file);
  while (good && !bytes.empty()) {
    const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
    good = put > 0;
    if (good) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  if (!good || ::fchmod(file.get(), mode) != 0) throw cannot_copy(path, std::strerror(errno));
}

/// From the inside out: a folder that is read-only takes nothing more.
void make_read_only(const std::string& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.is_directory()) make_read_only(entry.path().string());
  }
  ::chmod(folder.c_str(), folder_mode);
}

/// The files appear under their name all at once.
void unpack(const store::Definition& definition, const std::string& path) {
  const dsl::Bundle bundle = dsl::decode_bundle(definition.bundle);
  const std::string beside = path + ".new";
  remove_copies(beside);
  write_file(beside + "/" + fs::path(definition.file).filename().string(), bundle.workflow,
             file_mode);
  for (const dsl::BundleFile& file : bundle.others) {
    write_file(beside + "/" + file.path, file.bytes, file.is_program ? program_mode : file_mode);
  }
  make_read_only(beside);
  // A folder that may not be written cannot be renamed by who is not root: its `..` would change.
  ::chmod(beside.c_str(), 0755);
  if (::rename(beside.c_str(), path.c_str()) != 0) throw cannot_copy(path, std::strerror(errno));
  ::chmod(path.c_str(), folder_mode);
}

}  // namespace

bool BundleCopies::is_here(const std::string& written, const std::string& file, bool has_others) {
  std::error_code unknown;
  if (!has_others) return fs::is_directory(written, unknown);
  return fs::exists(fs::path(written) / fs::path(file).filename(), unknown);
}

std::shared_ptr<const std::string> BundleCopies::copy_of(const store::Definition& definition,
                                                         Micros since_boot) {
  remove_old(since_boot);
  const std::string path = folder_ + "/" + to_hex(definition.hash);
  Copy& copy = copies_[path];
  copy.seen = since_boot;
  if (auto users = copy.users.lock()) return users;
  std::error_code unknown;
  if (!fs::is_directory(path, unknown)) unpack(definition, path);
  auto users = std::make_shared<const std::string>(path);
  copy.users = users;
  return users;
}

void BundleCopies::remove_old(Micros since_boot) {
  for (auto one = copies_.begin(); one != copies_.end();) {
    if (!one->second.users.expired()) one->second.seen = since_boot;
    if (since_boot - one->second.seen < kept_unused) {
      ++one;
      continue;
    }
    remove_copies(one->first);
    one = copies_.erase(one);
  }
}

void remove_copies(const std::string& folder) {
  std::error_code ignored;
  ::chmod(folder.c_str(), 0700);
  for (fs::recursive_directory_iterator entry(folder, ignored); !ignored && entry != fs::end(entry);
       entry.increment(ignored)) {
    std::error_code unknown;
    if (entry->symlink_status(unknown).type() != fs::file_type::directory) continue;
    ::chmod(entry->path().c_str(), 0700);
  }
  fs::remove_all(folder, ignored);
}

}  // namespace pawl::runtime

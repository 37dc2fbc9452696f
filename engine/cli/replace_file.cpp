#include "cli/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"

namespace pawl::cli {
namespace {

using CString = Handle<char, std::free>;

Error cannot_write(const std::string& path, int why) {
  const std::string fix = why == EACCES || why == EROFS || why == EPERM
                              ? "let yourself write the file and its folder, then try again"
                              : "";
  return {ErrorKind::environment, "cannot write " + pawl::quoted(path), std::strerror(why), fix};
}

/// A file beside the one to replace; removed unless it took its place.
class Draft {
 public:
  explicit Draft(const std::string& target)
      : name_(std::filesystem::path(target).parent_path() / ".pawl-XXXXXX") {
    file_.reset(::mkostemp(name_.data(), O_CLOEXEC));
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (file_ && !placed_) ::unlink(name_.c_str());
  }

  /// Each of these is false when it failed, and errno says why.
  bool is_open() const { return static_cast<bool>(file_); }
  bool fill(std::string_view contents) {
    while (!contents.empty()) {
      const ssize_t written = ::write(file_.get(), contents.data(), contents.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) contents.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool take_rights(const struct stat& of) {
    // Only root may give a file away; whoever else formats it owns it from now on.
    if (::fchown(file_.get(), of.st_uid, of.st_gid) != 0 && errno != EPERM) return false;
    return ::fchmod(file_.get(), of.st_mode & 07777) == 0;
  }
  bool place(const std::string& target) {
    placed_ = ::fsync(file_.get()) == 0 && ::rename(name_.c_str(), target.c_str()) == 0;
    return placed_;
  }

 private:
  std::string name_;
  Fd file_;
  bool placed_ = false;
};

}  // namespace

std::optional<Error> replace_file(const std::string& path, std::string_view contents) {
  const CString target(::realpath(path.c_str(), nullptr));
  if (!target) return cannot_write(path, errno);
  struct stat found {};
  if (::stat(target.get(), &found) != 0) return cannot_write(path, errno);
  // rename() needs no right to the file itself, and root is asked for none: so we ask.
  constexpr mode_t any_write = S_IWUSR | S_IWGRP | S_IWOTH;
  if ((found.st_mode & any_write) == 0) return cannot_write(path, EACCES);
  if (::access(target.get(), W_OK) != 0) return cannot_write(path, errno);

  Draft draft(target.get());
  if (!draft.is_open() || !draft.fill(contents) || !draft.take_rights(found) ||
      !draft.place(target.get())) {
    return cannot_write(path, errno);
  }
  const std::string folder = std::filesystem::path(target.get()).parent_path();
  const Fd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // The file is whole either way; that a crash may bring the old one back is no error to report.
  if (opened) ::fsync(opened.get());
  return std::nullopt;
}

}  // namespace pawl::cli

#include "cli/folder_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"

namespace pawl::cli {
namespace {

/// An editor writes in place (CLOSE_WRITE), or writes another file and moves it over ours
/// (MOVED_TO).
constexpr std::uint32_t wanted = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                 IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

Error cannot_watch(const std::string& what, int why) {
  const bool is_limit = why == ENOSPC || why == EMFILE;
  return {ErrorKind::environment, "cannot watch " + what, std::strerror(why),
          is_limit ? "raise the limit: sysctl fs.inotify.max_user_watches=524288" : ""};
}

}  // namespace

FolderWatch::FolderWatch() : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_) throw cannot_watch("files", errno);
}

void FolderWatch::add(const std::string& folder) {
  const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), wanted);
  if (watch >= 0) {
    folders_[watch] = folder == "." ? "" : folder + "/";
  } else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
    throw cannot_watch(quoted(folder), errno);
  }
}

FolderWatch::Changes FolderWatch::wait() {
  Changes changes;
  while (changes.files.empty() && !changes.folders) {
    std::array<pollfd, 2> ends{{{inotify_.get(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) {
      throw cannot_watch("files", errno);
    }
    if ((ends[1].revents & (POLLERR | POLLHUP)) != 0) ::raise(SIGPIPE);
    take(changes);
  }
  return changes;
}

void FolderWatch::take(Changes& changes) {
  alignas(inotify_event) std::array<char, 64 << 10> buffer;
  while (true) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) throw cannot_watch("files", errno);
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      if ((event.mask & IN_IGNORED) != 0) {
        folders_.erase(event.wd);
      } else if ((event.mask & (IN_ISDIR | IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        changes.folders = true;
      } else if (event.len > 0 && (event.mask & IN_CREATE) == 0) {
        changes.files.insert(folders_[event.wd] + name);
      }
    }
  }
}

}  // namespace pawl::cli

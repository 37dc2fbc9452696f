#pragma once

#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "base/handle.hpp"
#include "steps/process.hpp"

/// What the tests of steps stand on: a folder, a loop and the real exec helper.
namespace pawl::steps {

/// Waits for it, a minute at most.
inline bool is_readable(const Fd& descriptor) {
  constexpr int minute_ms = 60'000;
  pollfd watched{descriptor.get(), POLLIN, 0};
  return ::poll(&watched, 1, minute_ms) == 1;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pawl-steps-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) const { return path + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(file(name), std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }

  /// Waits until another process has written something into the file; false after a minute.
  bool await(const std::string& name) const {
    const Fd changes(::inotify_init1(IN_CLOEXEC));
    // Watched before the look, so that nothing falls between the two.
    ::inotify_add_watch(changes.get(), path.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO);
    while (read(name).empty()) {
      if (!is_readable(changes)) return false;
      std::array<char, 4096> events{};
      if (::read(changes.get(), events.data(), events.size()) <= 0) return false;
    }
    return true;
  }

  std::string path;
};

class LoopBase {
 public:
  LoopBase() : base_(event_base_new()) {}
  event_base* get() const { return base_.get(); }
  /// Turns the loop until `done`; a minute without is a failure.
  void run_until(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    const timeval short_turn{0, 20'000};
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < give_up);
      event_base_loopexit(base_.get(), &short_turn);
      event_base_loop(base_.get(), EVLOOP_ONCE);
    }
  }

 private:
  Handle<event_base, event_base_free> base_;
};

/// Waits until the process, anybody's child, has ended; false after a minute.
inline bool await_end(pid_t pid) {
  // The header of glibc 2.36 declares pidfd_open for C only.
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return errno == ESRCH;  // Ended and reaped.
  return is_readable(process);
}

inline std::string helper_path() { return PAWL_BINARY_DIR "/pawl-exec"; }

struct World {
  explicit World(ProcessLimits limits = {})
      : groups(folder.file("groups")), host(loop.get(), helper_path(), groups, limits) {}

  TemporaryFolder folder;
  LoopBase loop;
  GroupTable groups;
  ProcessHost host;
};

}  // namespace pawl::steps

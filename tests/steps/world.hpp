#pragma once

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "base/handle.hpp"
#include "steps/process.hpp"

/// What the tests of steps stand on: a folder, a loop and the real exec helper.
namespace pawl::steps {

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

/// Waits for what another process does, a minute at most.
inline void wait_until(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!done()) {
    REQUIRE(std::chrono::steady_clock::now() < give_up);
    ::usleep(2'000);
  }
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

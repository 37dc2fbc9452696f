#include "runtime/worker_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/error.hpp"
#include "runtime/bundle_copies.hpp"
#include "steps/group_table.hpp"
#include "steps/reap.hpp"

namespace pawl::runtime {

namespace {

constexpr Millis bury_patience{5'000};

std::string folder_of(const std::string& home, const std::string& name) {
  return home + "/workers/" + name;
}

/// Names come from the database: only what `make` makes is looked for on disk.
bool is_worker_name(const std::string& name) {
  return !name.empty() && name.size() < 128 && name.find('/') == std::string::npos &&
         name.front() != '.';
}

}  // namespace

std::string host_name() {
  std::array<char, 256> text{};
  ::gethostname(text.data(), text.size() - 1);
  return text.data();
}

std::int64_t host_boot() {
  // The kernel's boot id, folded: equal ids mean the same boot of the same host.
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  file >> id;
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return static_cast<std::int64_t>(hash >> 1);
}

WorkerFolder WorkerFolder::make(const std::string& home) {
  std::random_device random;
  std::array<char, 64> unique{};
  std::snprintf(unique.data(), unique.size(), "-%d-%08x%08x", ::getpid(), random(), random());
  WorkerFolder folder;
  folder.name_ = host_name() + unique.data();
  folder.path_ = folder_of(home, folder.name_);
  std::error_code error;
  std::filesystem::create_directories(folder.scratch(), error);
  if (!error) {
    folder.lock_.reset(
        ::open((folder.path_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }
  if (!folder.lock_ || ::flock(folder.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw Error(ErrorKind::environment, "cannot make the worker's folder " + folder.path_,
                error ? error.message() : std::strerror(errno),
                "make the folder writable, or set PAWL_HOME to another one");
  }
  return folder;
}

void WorkerFolder::remove() {
  remove_copies(path_ + "/bundles");
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string scratch_of(const std::string& home, const std::string& name, Incarnation inc) {
  return folder_of(home, name) + "/tmp/" + std::to_string(inc.value);
}

void end_steps_in(const std::string& scratch) {
  steps::kill_all_marked("PAWL_TMP=" + scratch + "/", bury_patience);
}

bool is_worker_of(const std::string& home, const std::string& name) {
  return is_worker_name(name) && std::filesystem::exists(folder_of(home, name));
}

bool bury_worker(const std::string& home, const std::string& name) {
  if (!is_worker_name(name)) return false;
  const std::string path = folder_of(home, name);
  const Fd lock(::open((path + "/lock").c_str(), O_RDWR | O_CLOEXEC));
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return false;
  return steps::kill_recorded_groups(path + "/groups", bury_patience);
}

void remove_worker_folder(const std::string& home, const std::string& name) {
  if (!is_worker_name(name)) return;
  remove_copies(folder_of(home, name) + "/bundles");
  std::error_code ignored;
  std::filesystem::remove_all(folder_of(home, name), ignored);
}

}  // namespace pawl::runtime

#include "steps/group_table.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>

#include "base/error.hpp"
#include "steps/proc_files.hpp"

namespace pawl::steps {
namespace {

constexpr Millis poll_every{5};

std::uint64_t boot_hash() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a: the same in every build.
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

std::uint64_t pid_namespace() {
  struct stat about {};
  return ::stat("/proc/self/ns/pid", &about) == 0 ? about.st_ino : 0;
}

/// Is the process with the slot's number the one that the helper recorded?
bool is_recorded(const ProcStat& process, const PawlGroupSlot& slot) {
  static const std::int64_t tick_ns = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  return process.start_ticks * tick_ns <= slot.started_ns;
}

/// Members of the slot's group that still run and are ours.
std::vector<pid_t> remaining(const PawlGroupSlot& slot, const std::vector<ProcStat>& processes) {
  std::vector<pid_t> members;
  for (const ProcStat& process : processes) {
    if (process.group != slot.pid || process.has_ended()) continue;
    // The leader itself, or what it left: then the number cannot have been given again while the
    // group existed, and a group of strangers does not carry our marker.
    const bool ours = process.pid == slot.pid ? is_recorded(process, slot)
                                              : has_environment(process.pid, "PAWL_RUN=");
    if (ours) members.push_back(process.pid);
  }
  return members;
}

void pause_for(Millis span) {
  timespec rest{0, static_cast<long>(span.count()) * 1'000'000};
  ::nanosleep(&rest, nullptr);
}

}  // namespace

GroupTable::GroupTable(const std::string& path, int slots)
    : bytes_(static_cast<std::size_t>(offset_of(slots))), free_(static_cast<std::size_t>(slots)) {
  file_ = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_ || ::ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0) {
    throw Error(ErrorKind::environment, "cannot make " + path, std::strerror(errno),
                "free some space, or give the worker a folder it may write");
  }
  map_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (map_ == MAP_FAILED) {
    throw Error(ErrorKind::environment, "cannot map " + path, std::strerror(errno));
  }
  PawlGroupHeader header{};
  header.magic = PAWL_GROUP_MAGIC;
  header.boot = boot_hash();
  header.pid_namespace = pid_namespace();
  header.slots = static_cast<std::uint64_t>(slots);
  std::memcpy(map_, &header, sizeof header);
  std::iota(free_.rbegin(), free_.rend(), 0);  // So that slot 0 is given first.
}

GroupTable::~GroupTable() { ::munmap(map_, bytes_); }

std::int64_t GroupTable::offset_of(int slot) {
  return static_cast<std::int64_t>(sizeof(PawlGroupHeader) +
                                   sizeof(PawlGroupSlot) * static_cast<std::size_t>(slot));
}

int GroupTable::acquire() {
  if (free_.empty()) return -1;
  const int slot = free_.back();
  free_.pop_back();
  return slot;
}

void GroupTable::release(int slot) {
  std::memset(static_cast<char*>(map_) + offset_of(slot), 0, sizeof(PawlGroupSlot));
  free_.push_back(slot);
}

PawlGroupSlot GroupTable::read(int slot) const {
  PawlGroupSlot copy{};
  std::memcpy(&copy, static_cast<const char*>(map_) + offset_of(slot), sizeof copy);
  return copy;
}

bool kill_recorded_groups(const std::string& path, Millis patience) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return true;
  PawlGroupHeader header{};
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!file) return true;  // The worker died before it had started anything.
  if (header.magic != PAWL_GROUP_MAGIC || header.pid_namespace != pid_namespace()) return false;
  if (header.boot != boot_hash()) return true;

  std::vector<PawlGroupSlot> slots;
  PawlGroupSlot slot{};
  for (std::uint64_t i = 0; i < header.slots; ++i) {
    if (!file.read(reinterpret_cast<char*>(&slot), sizeof slot)) break;
    if (slot.pid > 1) slots.push_back(slot);
  }
  const auto give_up = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const std::vector<ProcStat> processes = all_processes();
    std::erase_if(slots, [&](const PawlGroupSlot& group) {
      const std::vector<pid_t> members = remaining(group, processes);
      for (const pid_t member : members) ::kill(member, SIGKILL);
      return members.empty();
    });
    if (slots.empty()) return true;
    if (std::chrono::steady_clock::now() >= give_up) return false;
    pause_for(poll_every);
  }
}

}  // namespace pawl::steps

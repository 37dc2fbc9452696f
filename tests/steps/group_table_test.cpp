#include "steps/group_table.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "steps/proc_files.hpp"
#include "steps/reap.hpp"
#include "world.hpp"

using namespace pawl;
using namespace pawl::steps;
using namespace std::chrono_literals;

namespace {

pid_t start_sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    ::execl("/bin/sleep", "sleep", "1000", nullptr);
    ::_exit(1);
  }
  ::setpgid(pid, pid);
  return pid;
}

bool is_alive(pid_t pid) {
  const auto stat = read_proc_stat(pid);
  return stat && !stat->has_ended();
}

void end(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

void record(const GroupTable& table, int slot, PawlGroupSlot what) {
  REQUIRE(::pwrite(table.fd(), &what, sizeof what, GroupTable::offset_of(slot)) ==
          static_cast<ssize_t>(sizeof what));
}

std::int64_t boottime_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

struct Ignore : ProcessObserver {
  void on_output(Stream, std::string_view) override {}
  void on_exit(const Exit&) override {}
};

}  // namespace

TEST_CASE("a mark is found behind an environment of any size", "[process]") {
  // Its size is not known beforehand, and most are small: memory for it grows while it is read.
  const std::string large = "LARGE=" + std::string(100'000, 'x'), again = "AGAIN=" + large;
  const char* environment[] = {large.c_str(), again.c_str(), "MARK=here", nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execle("/bin/sleep", "sleep", "1000", nullptr, environment);
    ::_exit(1);
  }
  while (!has_environment(pid, "MARK=here") && is_alive(pid)) {
  }
  CHECK(has_environment(pid, "MARK=here"));
  CHECK_FALSE(has_environment(pid, "MARK=her"));
  CHECK_FALSE(has_environment(pid, "xMARK=here"));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

TEST_CASE("slots are given, freed and given again", "[groups]") {
  TemporaryFolder folder;
  GroupTable table(folder.file("groups"), 2);
  CHECK(table.acquire() == 0);
  CHECK(table.acquire() == 1);
  CHECK(table.acquire() == -1);
  record(table, 0, {5, 0, 0, 1});
  CHECK(table.read(0).pid == 5);
  table.release(0);
  CHECK(table.read(0).pid == 0);
  CHECK(table.acquire() == 0);
}

TEST_CASE("a taker kills what a dead worker had recorded", "[groups]") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  TemporaryFolder folder;
  const std::string path = folder.file("recorded");
  const pid_t worker = ::fork();
  if (worker == 0) {
    LoopBase loop;
    GroupTable table(path);
    ProcessHost host(loop.get(), helper_path(), table);
    Ignore ignore;
    // The leader dies with the worker; what it started does not.
    const Command what{{"/bin/sh", "-c", "sleep 1000 & echo $! > pid.new; mv pid.new pid; wait"},
                       {"PATH=/usr/bin:/bin", "PAWL_RUN=1"},
                       folder.path,
                       ""};
    const auto started = Process::start(host, what, ignore);
    loop.run_until([] { return false; });
    ::_exit(1);
  }
  REQUIRE(folder.await("pid"));
  const pid_t grandchild = std::stoi(folder.read("pid"));
  end(worker);
  REQUIRE(is_alive(grandchild));
  CHECK(kill_recorded_groups(path, 1min));
  CHECK_FALSE(is_alive(grandchild));
  CHECK(kill_descendants(::getpid(), 1min));
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("a taker spares strangers", "[groups]") {
  TemporaryFolder folder;
  const std::string path = folder.file("groups");
  const pid_t stranger = start_sleeper();
  SECTION("who got the number later") {
    GroupTable table(path);
    record(table, 0, {stranger, 0, 0, 1});
    CHECK(kill_recorded_groups(path, 1min));
    CHECK(is_alive(stranger));
  }
  SECTION("but not the recorded process itself") {
    GroupTable table(path);
    record(table, 0, {stranger, 0, 0, boottime_ns()});
    CHECK(kill_recorded_groups(path, 1min));
    CHECK_FALSE(is_alive(stranger));
  }
  SECTION("after the host was started anew") {
    GroupTable table(path);
    record(table, 0, {stranger, 0, 0, boottime_ns()});
    PawlGroupHeader header{};
    REQUIRE(::pread(table.fd(), &header, sizeof header, 0) == sizeof header);
    header.boot ^= 1;
    REQUIRE(::pwrite(table.fd(), &header, sizeof header, 0) == sizeof header);
    CHECK(kill_recorded_groups(path, 1min));
    CHECK(is_alive(stranger));
  }
  end(stranger);
}

TEST_CASE("a table that is not there, or short, has nothing to kill", "[groups]") {
  TemporaryFolder folder;
  CHECK(kill_recorded_groups(folder.file("none"), 1min));
  CHECK(kill_recorded_groups(folder.write("short", "x"), 1min));
}

TEST_CASE("a table of an unknown form is not trusted", "[groups]") {
  TemporaryFolder folder;
  CHECK_FALSE(kill_recorded_groups(folder.write("odd", std::string(200, 'x')), 1min));
}

TEST_CASE("descendants are killed wherever they went", "[reap]") {
  TemporaryFolder folder;
  const pid_t guard = ::fork();
  if (guard == 0) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (::fork() == 0) {
      ::execl("/bin/sh", "sh", "-c",
              ("cd " + folder.path +
               "; setsid -f sh -c 'echo $$ > a; exec sleep 1000'; (setsid sh -c 'trap \"\" TERM;"
               " echo $$ > b; exec sleep 1000' &) ; exec sleep 1000")
                  .c_str(),
              nullptr);
      ::_exit(1);
    }
    if (!folder.await("a") || !folder.await("b")) ::_exit(2);
    ::_exit(kill_descendants(::getpid(), 1min) && ::waitpid(-1, nullptr, WNOHANG) < 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(guard, &status, 0);
  CHECK(status == 0);
  CHECK_FALSE(is_alive(std::stoi(folder.read("a"))));
  CHECK_FALSE(is_alive(std::stoi(folder.read("b"))));
}

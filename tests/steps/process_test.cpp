#include "steps/process.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "steps/exec_order.h"
#include "steps/proc_files.hpp"
#include "world.hpp"

using namespace pawl;
using namespace pawl::steps;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> plain_environment{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C"};

Command command(std::vector<std::string> arguments) {
  return {std::move(arguments), plain_environment, "/", ""};
}
Command shell(const std::string& script) { return command({"/bin/sh", "-euc", script}); }

struct Recorder : ProcessObserver {
  std::string out, err;
  std::size_t bytes = 0;
  std::optional<Exit> exit;
  bool keep = true;

  void on_output(Stream stream, std::string_view slice) override {
    bytes += slice.size();
    if (keep) (stream == Stream::out ? out : err) += slice;
  }
  void on_exit(const Exit& ended) override { exit = ended; }
};

struct Ran : Recorder {
  Ran(World& world, const Command& what) {
    auto started = Process::start(world.host, what, *this);
    REQUIRE(started.has_value());
    process = std::move(started).value();
  }
  void finish(World& world) {
    world.loop.run_until([&] { return exit.has_value(); });
    group = process->group();
    process.reset();
  }
  std::unique_ptr<Process> process;
  pid_t group = 0;
};

/// libevent's own words when it is asked to forget a descriptor that is closed already. By then
/// another thread may have opened a file of that number.
class ForgottenTooLate {
 public:
  ForgottenTooLate() {
    count_ = 0;
    ::event_set_log_callback([](int, const char* text) {
      if (std::string_view(text).find("DEL was unnecessary") != std::string_view::npos) ++count_;
    });
    ::event_enable_debug_logging(EVENT_DBG_ALL);
  }
  ~ForgottenTooLate() {
    ::event_enable_debug_logging(EVENT_DBG_NONE);
    ::event_set_log_callback(nullptr);
  }
  int count() const { return count_; }

 private:
  static inline int count_ = 0;
};

int open_files() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

std::vector<pid_t> children_of_us() {
  std::vector<pid_t> children;
  for (const ProcStat& process : all_processes()) {
    if (process.parent == ::getpid()) children.push_back(process.pid);
  }
  return children;
}

bool is_alive(pid_t pid) {
  const auto stat = read_proc_stat(pid);
  return stat && !stat->has_ended();
}

}  // namespace

TEST_CASE("a process gives its output by stream and its exit code", "[process]") {
  World world;
  Ran ran(world, shell("echo result; echo talk >&2; exit 3"));
  ran.finish(world);
  CHECK(ran.out == "result\n");
  CHECK(ran.err == "talk\n");
  CHECK(ran.exit->how == Exit::How::exited);
  CHECK(ran.exit->number == 3);
}

TEST_CASE("output passes byte for byte, also NUL and invalid UTF-8", "[process]") {
  World world;
  Ran ran(world, command({"printf", R"(a\000b\377c)"}));
  ran.finish(world);
  CHECK(ran.out == std::string("a\0b\xff"
                               "c",
                               5));
}

TEST_CASE("a program that cannot run is explained", "[process]") {
  World world;
  SECTION("one that is nowhere in PATH") {
    Ran ran(world, command({"no-such-program"}));
    ran.finish(world);
    CHECK(ran.exit->how == Exit::How::not_started);
    CHECK(ran.exit->number == ENOENT);
    CHECK(ran.exit->why == "no such program: no-such-program (PATH=/usr/local/bin:/usr/bin:/bin)");
  }
  SECTION("one that is nowhere in a PATH that would hide its name") {
    Command looked_for = command({"no-such-program"});
    looked_for.environment[0] = "PATH=" + std::string(100, 'x') + ":/usr/bin:/bin";
    Ran ran(world, looked_for);
    ran.finish(world);
    CHECK(ran.exit->why == "no such program: no-such-program (in none of the 3 folders of PATH)");
  }
  SECTION("one whose path leads nowhere") {
    Ran ran(world, command({"./no-such-program"}));
    ran.finish(world);
    CHECK(ran.exit->why == "no such program: ./no-such-program");
  }
  SECTION("one that may not be executed") {
    const std::string path = world.folder.write("script", "#!/bin/sh\n");
    Ran ran(world, command({path}));
    ran.finish(world);
    CHECK(ran.exit->why == "cannot run '" + path + "': Permission denied");
  }
  SECTION("a script without an interpreter line") {
    const std::string path = world.folder.write("script", "echo hi\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    Ran ran(world, command({path}));
    ran.finish(world);
    CHECK(ran.exit->why == "cannot run '" + path +
                               "': Exec format error (a script needs a first line like #!/bin/sh)");
  }
  SECTION("a workdir that is not there") {
    Command what = shell("true");
    what.workdir = "/no/such/folder";
    Ran ran(world, what);
    ran.finish(world);
    CHECK(ran.exit->why == "cannot enter the workdir /no/such/folder: No such file or directory");
  }
}

TEST_CASE("a process begins with a clean slate", "[process]") {
  World world;
  SECTION("its environment is what was declared and nothing else") {
    ::setenv("PAWL_DATABASE_URL", "postgres://secret", 1);
    Ran ran(world, command({"/usr/bin/env"}));
    ran.finish(world);
    ::unsetenv("PAWL_DATABASE_URL");
    CHECK(ran.out == "PATH=/usr/local/bin:/usr/bin:/bin\nLANG=C\n");
  }
  SECTION("it stands in its workdir") {
    Command what = command({"/bin/pwd"});
    what.workdir = world.folder.path;
    Ran ran(world, what);
    ran.finish(world);
    CHECK(ran.out == world.folder.path + "\n");
  }
  SECTION("it has three open files and reads nothing") {
    const Fd inherited(::dup(0));
    Ran ran(world, shell("ls /proc/$$/fd; cat; umask"));
    ran.finish(world);
    CHECK(ran.out.starts_with("0\n1\n2\n"));
    CHECK(ran.exit->number == 0);
  }
  SECTION("signals that we ignore or block end it as they should") {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t blocked, before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    Ran pipe(world, shell("kill -PIPE $$; echo survived"));
    pipe.finish(world);
    Ran term(world, shell("kill -TERM $$; echo survived"));
    term.finish(world);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    CHECK(pipe.exit->how == Exit::How::signalled);
    CHECK(pipe.exit->number == SIGPIPE);
    CHECK(term.exit->number == SIGTERM);
  }
}

TEST_CASE("stop gives the group a grace time, then kills it", "[process]") {
  World world;
  SECTION("what heeds TERM ends by it") {
    Ran ran(world, shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"));
    world.loop.run_until([&] { return ran.out == "ready\n"; });
    ran.process->stop(1min);
    ran.finish(world);
    CHECK(ran.out == "ready\nbye\n");
    CHECK(ran.exit->number == 7);
  }
  SECTION("what ignores TERM is killed") {
    Ran ran(world, shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
    world.loop.run_until([&] { return ran.out == "ready\n"; });
    ran.process->stop(50ms);
    ran.finish(world);
    CHECK(ran.exit->how == Exit::How::signalled);
    CHECK(ran.exit->number == SIGKILL);
    CHECK(live_members(ran.group).empty());
  }
  SECTION("children of a leader that ended by TERM keep the rest of the grace time") {
    Ran ran(world, shell("(trap 'echo saved; exit' TERM; echo ready; while :; do sleep 0.05; done)"
                         " & wait"));
    world.loop.run_until([&] { return ran.out == "ready\n"; });
    ran.process->stop(1min);
    ran.finish(world);
    CHECK(ran.out == "ready\nsaved\n");
  }
}

TEST_CASE("nothing of a group outlives its leader for long", "[process]") {
  World world({20ms, 50ms});
  SECTION("a grandchild that holds the pipe is ended by TERM") {
    Ran ran(world, shell("sleep 1000 & echo done"));
    ran.finish(world);
    CHECK(ran.out == "done\n");
    CHECK(ran.exit->number == 0);
    CHECK(live_members(ran.group).empty());
  }
  SECTION("one that ignores TERM by KILL") {
    Ran ran(world, shell("trap '' TERM; sleep 1000 >/dev/null 2>&1 & echo done"));
    ran.finish(world);
    CHECK(ran.exit->number == 0);
    CHECK(live_members(ran.group).empty());
  }
  SECTION("a session of its own that holds the pipe is found by the marker") {
    Command what = shell("setsid -f sh -c 'echo $$; exec sleep 1000'; echo out");
    what.marker = "PAWL_TMP=" + world.folder.path;
    what.environment.push_back(what.marker);
    Ran ran(world, what);
    ran.finish(world);
    const pid_t daemon = std::stoi(ran.out.substr(ran.out.starts_with("out") ? 4 : 0));
    CHECK(await_end(daemon));
    CHECK(ran.exit->number == 0);
  }
  SECTION("so is one without the pipe when the command is stopped") {
    Command what = command({"/bin/sh", "-c",
                            "setsid -f sh -c 'echo $$ > daemon; exec sleep 1000 >/dev/null 2>&1';"
                            "until [ -s daemon ]; do sleep 0.01; done; echo ready; sleep 1000"});
    what.workdir = world.folder.path;
    what.marker = "PAWL_TMP=" + world.folder.path;
    what.environment.push_back(what.marker);
    Ran ran(world, what);
    world.loop.run_until([&] { return ran.out == "ready\n"; });
    ran.process->stop(1min);
    ran.finish(world);
    const pid_t daemon = std::stoi(world.folder.read("daemon"));
    CHECK(await_end(daemon));
  }
}

TEST_CASE("a gigabyte of output passes with flat memory while others go on", "[process]") {
  World world;
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  Ran flood(world, shell("yes | head -c 1G"));
  flood.keep = false;
  int others = 0;
  while (!flood.exit) {
    Ran other(world, command({"true"}));
    other.finish(world);
    ++others;
  }
  flood.finish(world);
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(flood.bytes == std::size_t{1} << 30);
  CHECK(others > 0);
  // In KiB; the sanitizers keep freed memory for a while.
  CHECK(after.ru_maxrss - before.ru_maxrss < 64 << 10);
}

TEST_CASE("processes leave no open files and no slots behind", "[process]") {
  World world;
  Ran(world, command({"true"})).finish(world);  // It makes the starter.
  const int before = open_files();
  for (int i = 0; i < 300; ++i) {
    Ran ran(world, command({i % 2 == 0 ? "true" : "no-such-program"}));
    ran.finish(world);
  }
  CHECK(open_files() == before);
  for (int slot = 0; slot < GroupTable::slots_default; ++slot) {
    REQUIRE(world.groups.acquire() >= 0);
  }
}

TEST_CASE("without a free slot a process is refused", "[process]") {
  TemporaryFolder folder;
  LoopBase loop;
  GroupTable groups(folder.file("groups"), 1);
  ProcessHost host(loop.get(), helper_path(), groups);
  groups.acquire();
  Recorder recorder;
  const auto refused = Process::start(host, command({"true"}), recorder);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.starts_with("cannot start a process: too many at once"));
}

TEST_CASE("a process that is not wanted any more before it runs leaves nothing", "[process]") {
  World world;
  for (int i = 0; i < 20; ++i) Ran(world, shell("sleep 1000")).process.reset();
  // Slots are given back when the children are dead and reaped.
  const auto all_are_free = [&] {
    std::vector<int> taken;
    for (int i = 0; i < GroupTable::slots_default; ++i) taken.push_back(world.groups.acquire());
    const auto none = std::ranges::count(taken, -1);
    std::erase(taken, -1);
    for (const int slot : taken) world.groups.release(slot);
    return none == 0;
  };
  world.loop.run_until(all_are_free);
  CHECK(children_of_us().size() == 1);  // The starter.
}

TEST_CASE("a process that is stopped before it runs is stopped", "[process]") {
  World world;
  Ran ran(world, shell("sleep 1000"));
  ran.process->stop(1min);
  ran.finish(world);
  CHECK(ran.exit->how == Exit::How::signalled);
  CHECK(ran.exit->number == SIGTERM);
}

TEST_CASE("without its starter a process is refused, and the next one has another", "[process]") {
  World world;
  Ran first(world, command({"true"}));
  first.finish(world);
  REQUIRE(children_of_us().size() == 1);
  const pid_t starter = children_of_us().front();
  ::kill(starter, SIGSTOP);
  Ran refused(world, command({"true"}));
  ::kill(starter, SIGKILL);
  refused.finish(world);
  CHECK(refused.exit->how == Exit::How::refused);
  CHECK(refused.exit->why.starts_with("cannot start a process: true: "));
  Ran again(world, command({"true"}));
  again.finish(world);
  CHECK(again.exit->how == Exit::How::exited);
}

TEST_CASE("a starter that was killed while idle is replaced unnoticed", "[process]") {
  World world;
  Ran(world, command({"true"})).finish(world);
  const pid_t starter = children_of_us().front();
  ::kill(starter, SIGKILL);
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(starter), &ended, WEXITED | WNOWAIT);
  Ran again(world, command({"true"}));
  again.finish(world);
  CHECK(again.exit->how == Exit::How::exited);
}

TEST_CASE("a starter that is killed at any moment leaves no process that nobody knows",
          "[process]") {
  for (int round = 0; round < 10; ++round) {
    World world;
    Ran(world, command({"true"})).finish(world);
    const pid_t starter = children_of_us().front();
    std::vector<std::unique_ptr<Ran>> all;
    for (int i = 0; i < 20; ++i) {
      Command what = command({"sleep", "1000"});
      what.marker = "PAWL_TEST=" + world.folder.path + "/" + std::to_string(i);
      what.environment.push_back(what.marker);
      all.push_back(std::make_unique<Ran>(world, what));
      if (i == 2 * round) ::kill(starter, SIGKILL);
    }
    world.loop.run_until([&] {
      return std::ranges::all_of(
          all, [](const auto& ran) { return ran->exit.has_value() || ran->process->group() > 0; });
    });
    for (int i = 0; i < 20; ++i) {
      const Ran& ran = *all[static_cast<std::size_t>(i)];
      if (!ran.exit) {
        CHECK(is_alive(ran.process->group()));
        continue;
      }
      CHECK(ran.exit->how == Exit::How::refused);
      const std::string marker = "PAWL_TEST=" + world.folder.path + "/" + std::to_string(i);
      for (const ProcStat& process : all_processes()) {
        const bool is_left = !process.has_ended() && has_environment(process.pid, marker);
        CHECK_FALSE(is_left);
      }
    }
  }
}

TEST_CASE("what is too large for a process is refused, and said so", "[process]") {
  World world;
  Command what = command({"true"});
  SECTION("by the system") {
    what.arguments.resize(60, std::string(100'000, 'x'));
    Ran ran(world, what);
    ran.finish(world);
    CHECK(ran.exit->how == Exit::How::not_started);
    CHECK(ran.exit->why == "cannot run 'true': Argument list too long");
  }
  SECTION("by us") {
    what.arguments.resize(70, std::string(100'000, 'x'));
    Ran ran(world, what);
    ran.finish(world);
    CHECK(ran.exit->how == Exit::How::refused);
    CHECK(ran.exit->why.starts_with("cannot start a process: true: Argument list too long"));
  }
  SECTION("by us, for the number of its words") {
    what.arguments.resize(800'000, "x");
    Ran ran(world, what);
    ran.finish(world);
    CHECK(ran.exit->how == Exit::How::refused);
  }
}

TEST_CASE("more programs than the starter works on at a time all run", "[process]") {
  World world;
  std::vector<std::unique_ptr<Ran>> all;
  for (int i = 0; i < 5 * PAWL_CLONES_MAX; ++i) {
    Command what = shell("echo $NUMBER $#");
    what.environment.push_back("NUMBER=" + std::to_string(i));
    // Of many sizes, so that no order may lie on another one.
    what.arguments.resize(what.arguments.size() + 1 + static_cast<std::size_t>(i) * 37 % 4'000,
                          "w");
    all.push_back(std::make_unique<Ran>(world, what));
  }
  for (int i = 0; i < 5 * PAWL_CLONES_MAX; ++i) {
    Ran& ran = *all[static_cast<std::size_t>(i)];
    ran.finish(world);
    CHECK(ran.out == std::to_string(i) + " " + std::to_string(i * 37 % 4'000) + "\n");
  }
}

TEST_CASE("children die with the worker", "[process]") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  TemporaryFolder folder;
  const pid_t worker = ::fork();
  if (worker == 0) {
    World world;
    Command what = shell("echo $$ > pid.new; mv pid.new pid; exec sleep 1000");
    what.workdir = folder.path;
    Ran ran(world, what);
    ran.finish(world);
    ::_exit(1);
  }
  REQUIRE(folder.await("pid"));
  const pid_t child = std::stoi(folder.read("pid"));
  REQUIRE(is_alive(child));
  ::kill(worker, SIGKILL);
  ::waitpid(worker, nullptr, 0);
  CHECK(await_end(child));
  ::waitpid(child, nullptr, WNOHANG);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("a pipe leaves the loop before it is closed", "[process]") {
  World world;
  const ForgottenTooLate forgotten;
  Ran ran(world, shell("echo out; echo err >&2"));
  ran.finish(world);
  CHECK(ran.out == "out\n");
  CHECK(forgotten.count() == 0);
}

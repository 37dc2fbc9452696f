#include "runtime/private_postgres.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "runtime/cluster_tools.hpp"
#include "runtime/home.hpp"
#include "steps/proc_files.hpp"
#include "store/postgres.hpp"

using namespace pawl;
using namespace pawl::runtime;
namespace fs = std::filesystem;

namespace {

/// A folder of its own; stops the server in it at the end, and leaves nothing.
class Home {
 public:
  explicit Home(const std::string& below = "") {
    std::string name = (fs::temp_directory_path() / "pawl-home-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    REQUIRE(::chmod(name.c_str(), 0755) == 0);
    root_ = name;
    path_ = below.empty() ? name : name + "/" + below;
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  ~Home() {
    try {
      PrivatePostgres(path_).stop();
    } catch (const Error&) {
    }
    std::error_code ignored;
    const PrivatePostgres::Status status = PrivatePostgres(path_).status();
    if (status.socket.rfind(path_, 0) != 0) fs::remove_all(status.socket, ignored);
    fs::remove_all(root_, ignored);
  }

  const std::string& path() const { return path_; }
  const std::string& root() const { return root_; }
  std::string cluster() const { return path_ + "/postgres/data"; }

 private:
  std::string root_;
  std::string path_;
};

/// What a query says, asked as the given user.
Ran ask(const PrivatePostgres& postgres, const std::string& sql, const ServerUser& user = {}) {
  return run_as(user, {"/usr/bin/psql", "-XAtq", "-d", postgres.url(), "-c", sql});
}

void wait_until(const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    REQUIRE(std::chrono::steady_clock::now() < give_up);
    std::this_thread::yield();
  }
}

bool is_gone(pid_t pid) {
  const auto stat = steps::read_proc_stat(pid);
  return !stat || stat->has_ended();
}

/// Runs `work` in a child and gives its exit code.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int code = 99;
    try {
      code = work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return std::string(error.what()) + "\n" + error.why() + "\n" + error.fix();
  }
  return "";
}

}  // namespace

TEST_CASE("the first start makes a cluster that is reached by a socket only") {
  const Home home;
  PrivatePostgres postgres(home.path());
  CHECK_FALSE(postgres.status().made);

  const std::string url = postgres.ensure_running();
  CHECK(url == postgres.url());
  CHECK(ask(postgres, "select current_user || ' ' || current_database()").output == "pawl pawl\n");
  CHECK(ask(postgres, "show listen_addresses").output == "\n");
  CHECK(ask(postgres, "show fsync").output == "on\n");
  CHECK(ask(postgres, "show data_checksums").output == "on\n");

  const PrivatePostgres::Status status = postgres.status();
  CHECK(status.running);
  CHECK(std::stoi(status.version) >= 15);
  CHECK(status.bytes > 1'000'000);
  CHECK(status.pid == *postgres.server());

  SECTION("the migrations of Pawl apply to it") {
    store::migrate({url});
    CHECK(store::schema_state({url}).applied == store::schema_state({url}).known);
  }
  SECTION("starting it again changes nothing") {
    postgres.ensure_running();
    CHECK(postgres.status().pid == status.pid);
  }
  SECTION("stop ends it, also with sessions open, and start brings back what it held") {
    REQUIRE(ask(postgres, "create table kept as select 42 as n").exit_code == 0);
    CHECK(postgres.stop());
    CHECK_FALSE(postgres.status().running);
    CHECK_FALSE(postgres.stop());
    postgres.ensure_running();
    CHECK(ask(postgres, "select n from kept").output == "42\n");
  }
}

TEST_CASE("nobody but its owner and root gets in") {
  if (::geteuid() != 0) return;  // Only root can be somebody else.
  const Home home;
  PrivatePostgres postgres(home.path());
  postgres.ensure_running();
  const ServerUser nobody{"nobody", 65534, 65534, true};
  const Ran refused = ask(postgres, "select 1", nobody);
  CHECK(refused.exit_code != 0);
  CHECK(refused.output.find("Permission denied") != std::string::npos);
  const ServerUser owner = server_user(home.path() + "/postgres");
  CHECK(owner.uid != 0);
  CHECK(ask(postgres, "select 1", owner).output == "1\n");
}

TEST_CASE("an ordinary user gets a server of their own") {
  if (::geteuid() != 0) return;  // Then all other tests show it.
  const Home home;
  const ServerUser nobody{"nobody", 65534, 65534, true};
  const std::string place = home.path() + "/of-nobody";
  REQUIRE(::mkdir(place.c_str(), 0700) == 0);
  REQUIRE(::chown(place.c_str(), nobody.uid, nobody.gid) == 0);
  CHECK(in_child([&] {
          if (::setgid(nobody.gid) != 0 || ::setuid(nobody.uid) != 0) return 1;
          PrivatePostgres mine(place + "/pawl");
          mine.ensure_running();
          const bool works = ask(mine, "select 1").output == "1\n";
          return works && mine.stop() ? 0 : 2;
        }) == 0);

  SECTION("and cannot start one that belongs to somebody else") {
    PrivatePostgres postgres(home.path());
    postgres.ensure_running();
    postgres.stop();
    CHECK(in_child([&] {
            if (::setgid(nobody.gid) != 0 || ::setuid(nobody.uid) != 0) return 1;
            return refusal([&] { PrivatePostgres(home.path()).ensure_running(); }).empty() ? 2 : 0;
          }) == 0);
  }
}

TEST_CASE("a server whose postmaster was killed comes back with all that was committed") {
  const Home home;
  PrivatePostgres postgres(home.path());
  postgres.ensure_running();
  REQUIRE(ask(postgres, "create table kept as select 42 as n").exit_code == 0);
  const pid_t pid = postgres.status().pid;

  SECTION("with nothing else going on") { REQUIRE(::kill(pid, SIGKILL) == 0); }
  SECTION("with a backend in a long query that keeps the shared memory") {
    std::thread asker(
        [&] { ask(postgres, "select pg_sleep(0.01) from generate_series(1, 1000000)"); });
    wait_until([&] {
      return ask(postgres,
                 "select count(*) from pg_stat_activity where query like '%series%' and "
                 "pid <> pg_backend_pid()")
                 .output == "1\n";
    });
    REQUIRE(::kill(pid, SIGKILL) == 0);
    wait_until([&] { return is_gone(pid); });
    postgres.ensure_running();
    asker.join();
  }
  SECTION("with all its processes") {
    for (const pid_t one : processes_in(home.cluster())) ::kill(one, SIGKILL);
  }
  wait_until([&] { return is_gone(pid); });
  postgres.ensure_running();
  CHECK(postgres.status().pid != pid);
  CHECK(ask(postgres, "select n from kept").output == "42\n");
}

TEST_CASE("a dead postmaster that nobody reaps does not keep the next one from starting") {
  // We adopt the server, and do not wait for it.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  {
    const Home home;
    PrivatePostgres postgres(home.path());
    postgres.ensure_running();
    const pid_t pid = postgres.status().pid;
    for (const pid_t one : processes_in(home.cluster())) ::kill(one, SIGKILL);
    wait_until([&] { return is_gone(pid); });
    REQUIRE(steps::read_proc_stat(pid));
    CHECK(steps::read_proc_stat(pid)->state == 'Z');

    CHECK_FALSE(postgres.status().running);
    postgres.ensure_running();
    CHECK(ask(postgres, "select 1").output == "1\n");
    CHECK(postgres.status().pid != pid);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

TEST_CASE("a pid file whose number has passed to a stranger does not keep it from starting") {
  const Home home;
  PrivatePostgres postgres(home.path());
  postgres.ensure_running();
  postgres.stop();
  std::ofstream(home.cluster() + "/postmaster.pid") << ::getppid() << '\n'
                                                    << home.cluster() << '\n';
  CHECK_FALSE(postgres.status().running);
  CHECK_FALSE(postgres.stop());
  postgres.ensure_running();
  CHECK(ask(postgres, "select 1").output == "1\n");
}

TEST_CASE("several first starts at once make one cluster and one server") {
  const Home home;
  std::vector<pid_t> starters;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        PrivatePostgres(home.path()).ensure_running();
        ::_exit(PrivatePostgres(home.path()).status().running ? 0 : 1);
      } catch (const Error&) {
        ::_exit(2);
      }
    }
    starters.push_back(child);
  }
  for (const pid_t starter : starters) {
    int status = 0;
    REQUIRE(::waitpid(starter, &status, 0) == starter);
    CHECK(status == 0);
  }
  CHECK(ask(PrivatePostgres(home.path()), "select 1").output == "1\n");
}

TEST_CASE("a start that was killed half way is begun anew") {
  const Home home;
  PrivatePostgres postgres(home.path());
  const ServerUser user = server_user(home.path() + "/postgres");
  fs::create_directories(home.cluster() + ".new/base");
  if (::geteuid() == 0) {
    REQUIRE(::chown((home.path() + "/postgres").c_str(), user.uid, user.gid) == 0);
  }
  postgres.ensure_running();
  CHECK(ask(postgres, "select 1").output == "1\n");
}

TEST_CASE("a home whose path is too long for a socket, or full of odd characters, works") {
  SECTION("long") {
    const Home home(std::string(120, 'l') + "/" + std::string(60, 'm'));
    PrivatePostgres postgres(home.path());
    postgres.ensure_running();
    CHECK(postgres.status().socket.size() < 100);
    CHECK(ask(postgres, "select 1").output == "1\n");
  }
  SECTION("odd") {
    const Home home("o'dd one, 100% café");
    PrivatePostgres postgres(home.path());
    postgres.ensure_running();
    CHECK(ask(postgres, "select 1").output == "1\n");
  }
}

TEST_CASE("what keeps it from starting is said, with what to do") {
  const Home home;
  PrivatePostgres postgres(home.path());
  SECTION("a home that is a file") {
    std::ofstream(home.path() + "/file") << "x";
    const std::string said =
        refusal([&] { PrivatePostgres(home.path() + "/file/pawl").ensure_running(); });
    CHECK(said.find("Not a directory") != std::string::npos);
    CHECK(said.find("PAWL_HOME") != std::string::npos);
  }
  SECTION("a folder on the way that is closed to the server's user") {
    if (::geteuid() != 0) return;
    REQUIRE(::mkdir((home.path() + "/closed").c_str(), 0700) == 0);
    const std::string said =
        refusal([&] { PrivatePostgres(home.path() + "/closed/pawl").ensure_running(); });
    CHECK(said.find("may not pass through " + home.path() + "/closed") != std::string::npos);
    CHECK(said.find("chmod o+x") != std::string::npos);
  }
  SECTION("a cluster of a version that is not installed") {
    postgres.ensure_running();
    postgres.stop();
    std::ofstream(home.cluster() + "/PG_VERSION") << "99\n";
    const std::string said = refusal([&] { postgres.ensure_running(); });
    CHECK(said.find("PostgreSQL 99 is not installed") != std::string::npos);
    CHECK(said.find("apt-get install postgresql-99") != std::string::npos);
  }
  SECTION("a damaged cluster") {
    postgres.ensure_running();
    postgres.stop();
    SECTION("without its version") {
      fs::remove(home.cluster() + "/PG_VERSION");
      CHECK(refusal([&] { postgres.ensure_running(); }).find("PG_VERSION") != std::string::npos);
    }
    SECTION("with a control file that is cut") {
      fs::resize_file(home.cluster() + "/global/pg_control", 100);
      const std::string said = refusal([&] { postgres.ensure_running(); });
      CHECK(said.find("pg_control") != std::string::npos);
      CHECK(said.find("/log") != std::string::npos);
    }
    SECTION("open to everybody") {
      REQUIRE(::chmod(home.cluster().c_str(), 0777) == 0);
      const std::string said = refusal([&] { postgres.ensure_running(); });
      CHECK(said.find("invalid permissions") != std::string::npos);
    }
  }
}

TEST_CASE("the home folder is named by PAWL_HOME, XDG, or the user") {
  // In a child: the environment of this process stays as it is.
  CHECK(in_child([] {
          ::setenv("PAWL_HOME", "/some/where/", 1);
          if (home_folder() != "/some/where") return 1;
          ::unsetenv("PAWL_HOME");
          // Root's own folders are closed to the user that the server runs as.
          const bool is_root = ::geteuid() == 0;
          ::setenv("XDG_DATA_HOME", "/xdg", 1);
          if (home_folder() != (is_root ? "/var/lib/pawl" : "/xdg/pawl")) return 2;
          ::unsetenv("XDG_DATA_HOME");
          ::setenv("HOME", "/home/ana", 1);
          return home_folder() == (is_root ? "/var/lib/pawl" : "/home/ana/.local/share/pawl") ? 0
                                                                                              : 3;
        }) == 0);
}

#include "support/postgres.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/handle.hpp"
#include "store/postgres.hpp"

namespace pawl::test {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{60};
constexpr const char* template_name = "pawl_migrated";

[[noreturn]] void give_up(const std::string& why) {
  throw std::runtime_error("the tests' PostgreSQL: " + why);
}

/// Where initdb and postgres are: the newest version that Debian's packages brought.
std::string find_programs() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql")) {
    if (fs::exists(entry.path() / "bin" / "initdb")) found.push_back(entry.path() / "bin");
  }
  if (found.empty()) give_up("no initdb below /usr/lib/postgresql; install postgresql");
  return *std::ranges::max_element(found);
}

/// PostgreSQL refuses to run as root.
std::vector<std::string> as_server_user(std::vector<std::string> words) {
  // The server ends with this program, however that ends.
  std::vector<std::string> prefix = {"setpriv", "--pdeathsig", "QUIT"};
  if (::geteuid() == 0) {
    prefix.insert(prefix.end(), {"--reuid", "postgres", "--regid", "postgres", "--init-groups"});
  }
  words.insert(words.begin(), prefix.begin(), prefix.end());
  return words;
}

pid_t spawn(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::posix_spawn_file_actions_adddup2(&files, 1, 2);
  // A group of its own: a terminal's Ctrl-C reaches the tests only.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0], &files, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) give_up("cannot start " + words[0]);
  return pid;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const pid_t pid = static_cast<pid_t>(std::atoi(entry.path().filename().c_str()));
    if (pid <= 0) continue;
    // pid (name) state parent: the name may hold anything but ends at the last parenthesis.
    const std::string stat = text_of(entry.path() / "stat");
    const std::size_t end = stat.rfind(") ");
    if (end == std::string::npos || stat.size() < end + 4) continue;
    if (std::atoi(stat.c_str() + end + 4) == parent) children.push_back(pid);
  }
  return children;
}

void wait_for_end(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Postgres::Postgres(ClusterSettings settings)
    : settings_(std::move(settings)), programs_(find_programs()) {
  std::string name = "/tmp/pawl-pg-XXXXXX";  // Short: a socket's path has 107 bytes at most.
  if (::mkdtemp(name.data()) == nullptr) give_up("cannot make a folder in /tmp");
  folder_ = name;
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr || ::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
      give_up("there is no user postgres");
    }
  }
  const std::string log = folder_ + "/initdb.log";
  const pid_t initdb =
      spawn(as_server_user({programs_ + "/initdb", "--no-sync", "-A", "trust", "-U", "postgres",
                            "-E", "UTF8", "--locale", "C.UTF-8", "-D", folder_ + "/data"}),
            log);
  int status = 0;
  if (::waitpid(initdb, &status, 0) != initdb || status != 0) {
    give_up("initdb failed:\n" + text_of(log));
  }
  start();
}

Postgres::~Postgres() {
  if (server_ > 0) {
    ::kill(server_, SIGQUIT);
    wait_for_end(server_);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Postgres& Postgres::shared() {
  static Postgres cluster;
  return cluster;
}

std::string Postgres::url_of(const std::string& database) const {
  return "postgresql:///" + database + "?host=" + folder_ + "&user=postgres";
}

void Postgres::run_sql(const std::string& database, const std::string& sql) {
  const Handle<PGconn, PQfinish> connection(PQconnectdb(url_of(database).c_str()));
  const Handle<PGresult, PQclear> result(PQexec(connection.get(), sql.c_str()));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) give_up(PQerrorMessage(connection.get()));
}

std::string Postgres::make_database() {
  const std::string name = "test" + std::to_string(++databases_);
  run_sql("postgres", "create database " + name);
  return url_of(name);
}

std::string Postgres::make_migrated_database() {
  if (!has_template_) {
    run_sql("postgres", std::string("create database ") + template_name);
    store::migrate({url_of(template_name)});
    has_template_ = true;
  }
  const std::string name = "test" + std::to_string(++databases_);
  run_sql("postgres", "create database " + name + " template " + template_name);
  return url_of(name);
}

void Postgres::start() {
  std::vector<std::string> words = {
      programs_ + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses="};
  std::vector<std::string> options = {"max_connections=200", "log_min_messages=fatal"};
  if (!settings_.fsync) options.insert(options.end(), {"fsync=off", "full_page_writes=off"});
  options.insert(options.end(), settings_.options.begin(), settings_.options.end());
  for (const std::string& option : options) words.insert(words.end(), {"-c", option});
  const std::string log = folder_ + "/server.log";
  server_ = spawn(as_server_user(words), log);
  const auto end = std::chrono::steady_clock::now() + patience;
  const std::string url = url_of("postgres");
  while (PQping(url.c_str()) != PQPING_OK) {
    if (::waitpid(server_, nullptr, WNOHANG) == server_ || std::chrono::steady_clock::now() > end) {
      server_ = -1;
      give_up("the server does not start:\n" + text_of(log));
    }
    ::poll(nullptr, 0, 5);  // There is nothing to wait on but the server's answer.
  }
}

void Postgres::crash() {
  const std::vector<pid_t> children = children_of(server_);
  ::kill(server_, SIGKILL);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  wait_for_end(server_);
  server_ = -1;
}

void Postgres::stop() {
  ::kill(server_, SIGINT);
  wait_for_end(server_);
  server_ = -1;
}

}  // namespace pawl::test

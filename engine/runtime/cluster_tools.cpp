#include "runtime/cluster_tools.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "base/handle.hpp"

namespace pawl::runtime {

namespace {

constexpr int server_version_min = 15;
constexpr std::size_t output_kept = 8'192;

bool lookup(const char* name, ServerUser& user) {
  const passwd* entry = ::getpwnam(name);
  if (entry == nullptr) return false;
  user = {entry->pw_name, entry->pw_uid, entry->pw_gid, true};
  return true;
}

int version_in(const std::filesystem::path& folder) {
  int version = 0;
  const std::string name = folder.filename();
  std::from_chars(name.data(), name.data() + name.size(), version);
  return version;
}

bool has_programs(const std::filesystem::path& folder) {
  return ::access((folder / "initdb").c_str(), X_OK) == 0 &&
         ::access((folder / "pg_ctl").c_str(), X_OK) == 0;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4'096> part{};
  while (true) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > 2 * output_kept) text.erase(0, text.size() - output_kept);
  }
}

}  // namespace

ServerUser server_user(const std::string& folder) {
  ServerUser user;
  struct stat seen {};
  // As root beside somebody's own home, the server stays theirs.
  if (::stat(folder.c_str(), &seen) == 0 && seen.st_uid != ::geteuid()) {
    const passwd* owner = ::getpwuid(seen.st_uid);
    const std::string name = owner != nullptr ? owner->pw_name : std::to_string(seen.st_uid);
    if (::geteuid() == 0) return {name, seen.st_uid, seen.st_gid, true};
    throw Error(ErrorKind::environment, "the private PostgreSQL belongs to the user '" + name + "'",
                folder, "run as that user, or set PAWL_HOME to a folder of your own");
  }
  if (::geteuid() != 0) {
    const passwd* entry = ::getpwuid(::geteuid());
    return {entry != nullptr ? entry->pw_name : std::to_string(::geteuid()), ::geteuid(),
            ::getegid(), false};
  }
  if (lookup("pawl", user)) return user;
  const ServerUser root{"root", 0, 0, false};
  run_as(root, {"/usr/sbin/useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent",
                "--shell", "/usr/sbin/nologin", "pawl"});
  if (lookup("pawl", user) || lookup("postgres", user)) return user;
  throw Error(ErrorKind::environment, "there is no user to run the private PostgreSQL as",
              "PostgreSQL refuses to run as root, and the user 'pawl' could not be made",
              "useradd --system pawl, or run Pawl as another user");
}

namespace {

/// "postgres (PostgreSQL) 15.14 (Debian …)" → 15.
int version_of(const std::string& folder) {
  const Ran told = run_as({}, {folder + "/postgres", "--version"});
  int version = 0;
  return std::sscanf(told.output.c_str(), "postgres (PostgreSQL) %d", &version) == 1 ? version : 0;
}

}  // namespace

std::string server_programs(const std::string& version) {
  int wanted = 0;
  std::from_chars(version.data(), version.data() + version.size(), wanted);
  std::filesystem::path best;
  int best_version = server_version_min - 1;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const int found = version_in(entry.path());
    const bool fits = wanted == 0 ? found > best_version : found == wanted;
    if (fits && has_programs(entry.path() / "bin")) {
      best = entry.path() / "bin";
      best_version = found;
    }
  }
  if (!best.empty()) return best;
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (!has_programs(folder)) continue;
    const int found = version_of(std::string(folder));
    if (wanted == 0 ? found >= server_version_min : found == wanted) return std::string(folder);
  }
  throw Error(
      ErrorKind::environment,
      wanted == 0 ? "PostgreSQL is not installed" : "PostgreSQL " + version + " is not installed",
      wanted == 0 ? "Pawl needs the server's programs (15 or newer)"
                  : "the private database was made by it",
      "apt-get install postgresql" + (wanted == 0 ? "" : "-" + version) +
          ", or set PAWL_DATABASE_URL");
}

Ran run_as(const ServerUser& user, const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  if (user.other) {
    words = {"/usr/bin/setpriv", "--reuid=" + std::to_string(user.uid),
             "--regid=" + std::to_string(user.gid), "--clear-groups", "--"};
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<std::string, 3> variables = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                                          "LC_ALL=C.UTF-8", "TZ=UTC"};
  std::array<char*, 4> environment = {variables[0].data(), variables[1].data(), variables[2].data(),
                                      nullptr};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(ErrorKind::environment, "cannot make a pipe", std::strerror(errno));
  }
  const Fd from(ends[0]);
  Fd to(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, to.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, to.get(), 2);
  // Where we stand may be closed to the other user.
  ::posix_spawn_file_actions_addchdir_np(&actions, "/");
  // A server that inherits somebody's pipe would keep it open for ever.
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  to.reset();
  if (failed != 0) return {127, std::string(argv[0]) + ": " + std::strerror(failed)};
  Ran ran;
  ran.output = read_all(from.get());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

bool is_postgres(pid_t pid) {
  std::error_code gone;
  const auto program = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone);
  return !gone && program.filename() == "postgres";
}

bool is_alive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && name_end + 2 < text.size() && text[name_end + 2] != 'Z' &&
         text[name_end + 2] != 'X';
}

std::vector<pid_t> processes_in(const std::string& folder) {
  std::vector<pid_t> pids;
  std::error_code ignored;
  const std::filesystem::path wanted = std::filesystem::weakly_canonical(folder, ignored);
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    pid_t pid = 0;
    const std::string name = entry.path().filename();
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
    std::error_code gone;
    const auto stands = std::filesystem::read_symlink(entry.path() / "cwd", gone);
    if (!gone && stands == wanted && is_postgres(pid) && is_alive(pid)) pids.push_back(pid);
  }
  return pids;
}

bool end_processes(const std::vector<pid_t>& pids, Millis patience) {
  constexpr Millis step{20};
  for (const pid_t pid : pids) ::kill(pid, SIGQUIT);
  for (Millis waited{0}; waited < patience; waited += step) {
    if (std::ranges::none_of(pids, is_alive)) return true;
    if (waited >= patience / 2) {
      for (const pid_t pid : pids) ::kill(pid, SIGKILL);
    }
    const timespec pause{0, step.count() * 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return std::ranges::none_of(pids, is_alive);
}

}  // namespace pawl::runtime

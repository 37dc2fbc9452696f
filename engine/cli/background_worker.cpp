#include "cli/background_worker.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "runtime/worker_folder.hpp"

namespace pawl::cli {
namespace {

constexpr const char* idle_exit = "60s";

/// Our environment, and what else the worker must know: where the database is (not among the
/// arguments, which everybody can read), and the settings of a folder that it does not stand in.
std::vector<std::string> environment_for(const Database& database) {
  std::vector<std::string> told = database.worker_variables;
  told.push_back("PAWL_HOME=" + database.home);
  if (database.source == Database::Source::flag || database.source == Database::Source::file) {
    told.push_back("PAWL_DATABASE_URL=" + database.address.url);
  }
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view name(*entry, std::string_view(*entry).find('=') + 1);
    if (std::ranges::none_of(told, [&](const auto& one) { return one.starts_with(name); })) {
      variables.emplace_back(*entry);
    }
  }
  variables.insert(variables.end(), told.begin(), told.end());
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// In the child: only calls that are safe after fork. The second fork gives the worker to init, so
/// that nobody waits for it and it can never get a terminal again.
[[noreturn]] void become_worker(int log, const char* program, char* const* arguments,
                                char* const* environment) {
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  for (const int signal : {SIGINT, SIGQUIT, SIGHUP, SIGPIPE, SIGTERM}) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir("/") == 0) ::execve(program, arguments, environment);
  ::_exit(127);
}

/// Workers of this home that are dead, though their lease may still hold: who comes after them need
/// not wait for it. What they have left running is ended.
int dead_workers(const std::string& home) {
  int dead = 0;
  std::error_code none_yet;
  for (const auto& folder : std::filesystem::directory_iterator(home + "/workers", none_yet)) {
    if (runtime::bury_worker(home, folder.path().filename())) ++dead;
  }
  return dead;
}

}  // namespace

std::string start_background_worker(const Database& database, int slots) {
  std::filesystem::create_directories(database.home);
  std::string log_path = database.home + "/worker.log";
  const Fd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) {
    throw Error(ErrorKind::environment, "cannot start a worker: no log file " + log_path,
                std::strerror(errno), "set PAWL_HOME to a folder that you can write");
  }
  std::vector<std::string> arguments = {"pawl",    "serve",       "--queue",
                                        "default", "--idle-exit", idle_exit};
  if (slots > 0) arguments.insert(arguments.end(), {"--slots", std::to_string(slots)});
  std::vector<std::string> environment = environment_for(database);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(environment);

  const pid_t child = ::fork();
  if (child < 0) {
    throw Error(ErrorKind::environment, "cannot start a worker", std::strerror(errno),
                "the limit of processes may be reached: ulimit -u");
  }
  if (child == 0) {
    become_worker(log.get(), program.c_str(), argument_list.data(), environment_list.data());
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return log_path;
}

WorkerKeeper::WorkerKeeper(const Database& database, int slots)
    : database_(database), slots_(slots) {}

void WorkerKeeper::look(store::Reader& reader) {
  using namespace std::chrono_literals;
  constexpr auto look_interval = 2s, start_patience = 6s;
  constexpr int starts_max = 6;
  const auto now = Steady::now();
  if (looked_ && now - *looked_ < look_interval) return;
  looked_ = now;
  const int live = reader.live_workers("default");
  if (live > 0 && live > dead_workers(database_.home)) {
    starts_ = 0;
    started_.reset();
    return;
  }
  if (started_ && now - *started_ < start_patience) return;
  if (starts_ == starts_max) {
    throw Error(ErrorKind::environment,
                "no worker could be started; its log is " + database_.home + "/worker.log", "",
                "pawl serve");
  }
  ++starts_;
  started_ = now;
  start_background_worker(database_, slots_);
}

}  // namespace pawl::cli

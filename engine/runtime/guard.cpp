#include "runtime/guard.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.hpp"
#include "steps/reap.hpp"

namespace pawl::runtime {

namespace {

constexpr Millis patience{10'000};

int watch_child(pid_t child, const sigset_t& signals, const std::function<bool(pid_t)>& spared) {
  while (true) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended != child) continue;  // An orphan of a step that has ended by itself.
      steps::kill_descendants(::getpid(), patience, spared);
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&signals, &info);
    if (signal > 0 && signal != SIGCHLD) ::kill(child, signal);
  }
}

}  // namespace

int run_guarded(const std::function<int()>& work, const std::function<bool(pid_t)>& spared) {
  sigset_t signals;
  sigset_t before;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&signals, signal);
  // Blocked before the fork, so that no signal falls between it and the wait.
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t guard = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    throw Error(ErrorKind::environment, "cannot start a process", "fork failed",
                "the limit of processes may be reached: ulimit -u");
  }
  if (child == 0) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // What the terminal sends reaches it once, through the guard.
    if (::getppid() != guard) ::_exit(1);  // The guard died before the line above.
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return work();
  }
  return watch_child(child, signals, spared);
}

}  // namespace pawl::runtime

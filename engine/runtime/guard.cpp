#include "runtime/guard.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <new>

#include "base/check.hpp"
#include "base/error.hpp"
#include "runtime/clock.hpp"
#include "steps/reap.hpp"

namespace pawl::runtime {

struct StepsDeadline::Page {
  std::atomic<std::int64_t> micros;
  static_assert(std::atomic<std::int64_t>::is_always_lock_free, "it is shared by processes");
};

StepsDeadline::StepsDeadline() {
  void* memory =
      ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  check(memory != MAP_FAILED, "no page to share with the guard");
  page_ = new (memory) Page{Micros::max().count()};
}

StepsDeadline::~StepsDeadline() { ::munmap(page_, sizeof(Page)); }

void StepsDeadline::set(Micros since_boot) { page_->micros = since_boot.count(); }

Micros StepsDeadline::get() const { return Micros{page_->micros}; }

namespace {

constexpr Millis patience{10'000};
/// How often to look while no deadline is set, or it has passed.
constexpr Micros look_every{std::chrono::milliseconds{250}};

/// Waits for a signal; ends the steps whenever their deadline has passed. 0: time passed.
int wait_for_signal(const sigset_t& signals, const Guarding& guarding) {
  if (guarding.deadline == nullptr) return std::max(::sigwaitinfo(&signals, nullptr), 0);
  const Micros deadline = guarding.deadline->get();
  const Micros now = DatabaseClock().since_boot();
  if (now >= deadline) guarding.end_steps();
  const bool far = deadline == Micros::max() || now >= deadline;
  const Micros wait = far ? look_every : deadline - now;
  const timespec span{wait.count() / 1'000'000, wait.count() % 1'000'000 * 1'000};
  return std::max(::sigtimedwait(&signals, nullptr, &span), 0);
}

int watch_child(pid_t child, const sigset_t& signals, const Guarding& guarding) {
  while (true) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended != child) continue;  // An orphan of a step that has ended by itself.
      steps::kill_descendants(::getpid(), patience, guarding.spared);
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    const int signal = wait_for_signal(signals, guarding);
    if (signal > 0 && signal != SIGCHLD) ::kill(child, signal);
  }
}

}  // namespace

int run_guarded(const std::function<int()>& work, const Guarding& guarding) {
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
  return watch_child(child, signals, guarding);
}

}  // namespace pawl::runtime

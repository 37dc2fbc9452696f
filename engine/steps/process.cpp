#include "steps/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"
#include "steps/proc_files.hpp"
#include "steps/reap.hpp"

namespace pawl::steps {
namespace {

constexpr Millis poll_every_max{100};

struct FileActions {
  FileActions() { ::posix_spawn_file_actions_init(&raw); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&raw); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t raw;
};

/// Moves a descriptor above those that the child gets, or a dup2 could overwrite another's source.
Fd above_standard(Fd fd) {
  if (fd.get() > PAWL_GROUP_FD) return fd;
  return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, PAWL_GROUP_FD + 1));
}

struct PipeEnds {
  Fd read, write;
};

std::optional<PipeEnds> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  PipeEnds made{above_standard(Fd(ends[0])), above_standard(Fd(ends[1]))};
  // Only our end: programs do not expect a stdout that does not block.
  ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return made;
}

Problem refused(const std::string& what, int error) {
  return {"cannot start a process: " + what + ": " + std::strerror(error),
          "fewer slots, or higher limits of processes and open files for the worker"};
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 6);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  return pointers;
}

/// What a child would go on ignoring: handlers end with exec by themselves. To name every signal
/// costs a system call for each, at each start. SIGPIPE is what a server comes to ignore later.
sigset_t ignored_signals() {
  sigset_t ignored;
  ::sigemptyset(&ignored);
  ::sigaddset(&ignored, SIGPIPE);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction known {};
    if (::sigaction(number, nullptr, &known) == 0 && known.sa_handler == SIG_IGN) {
      ::sigaddset(&ignored, number);
    }
  }
  return ignored;
}

std::string file_limits() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  // select() breaks above 1,024: what systemd gives services, and what programs expect.
  const rlim_t soft = std::min<rlim_t>(files.rlim_max, 1024);
  if (files.rlim_cur == soft) return "";
  return std::to_string(RLIMIT_NOFILE) + ":" + std::to_string(soft) + ":" +
         std::to_string(files.rlim_max) + ",";
}

}  // namespace

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

struct ProcessHost::Attributes {
  Attributes() {
    ::posix_spawnattr_init(&raw);
    const sigset_t ignored = ignored_signals();
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&raw, &ignored);
    ::posix_spawnattr_setsigmask(&raw, &none);
    ::posix_spawnattr_setpgroup(&raw, 0);
    ::posix_spawnattr_setflags(
        &raw, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&raw); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  posix_spawnattr_t raw;
};

ProcessHost::ProcessHost(event_base* base, std::string helper, GroupTable& groups,
                         ProcessLimits limits)
    : base_(base),
      helper_(std::move(helper)),
      parent_(std::to_string(::getpid())),
      file_limits_(file_limits()),
      groups_(groups),
      limits_(limits),
      null_(above_standard(Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)))),
      group_file_(::fcntl(groups.fd(), F_DUPFD_CLOEXEC, PAWL_GROUP_FD + 1)),
      attributes_(std::make_unique<Attributes>()) {
  if (::access(helper_.c_str(), X_OK) != 0) {
    throw Error(ErrorKind::environment, "cannot use " + helper_, std::strerror(errno),
                "pawl-exec belongs beside pawl; build or install again");
  }
  check(null_ && group_file_, "/dev/null and the group table can be opened");
}

ProcessHost::~ProcessHost() = default;

Result<std::unique_ptr<Process>> Process::start(ProcessHost& host, const Command& command,
                                                ProcessObserver& observer) {
  std::unique_ptr<Process> process(new Process(host, observer));
  if (auto problem = process->spawn(command)) return *std::move(problem);
  return process;
}

std::optional<Problem> Process::spawn(const Command& command) {
  slot_ = host_.groups_.acquire();
  if (slot_ < 0) return refused("too many at once", EAGAIN);
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out || !err) return refused("pipe", errno);

  program_ = command.arguments.empty() ? "" : command.arguments.front();
  workdir_ = command.workdir;
  marker_ = command.marker;
  for (const std::string& entry : command.environment) {
    if (entry.starts_with("PATH=")) path_ = entry;
  }
  const std::string offset = std::to_string(GroupTable::offset_of(slot_));
  const std::vector<std::string> words{host_.helper_, host_.parent_, offset, host_.file_limits_,
                                       command.workdir};
  std::vector<char*> arguments = pointers_to(words);
  for (char* word : pointers_to(command.arguments)) arguments.push_back(word);
  arguments.push_back(nullptr);
  std::vector<char*> environment = pointers_to(command.environment);
  environment.push_back(nullptr);

  FileActions actions;
  ::posix_spawn_file_actions_adddup2(&actions.raw, host_.null_.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.raw, out->write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.raw, err->write.get(), STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.raw, host_.group_file_.get(), PAWL_GROUP_FD);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, host_.helper_.c_str(), &actions.raw,
                                  &host_.attributes_->raw, arguments.data(), environment.data());
  if (error != 0) return refused(program_, error);
  group_ = pid;
  // We alone reap it, so the number cannot have been given again.
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd_) return refused("pidfd_open", errno);

  out_ = {std::move(out->read), nullptr};
  err_ = {std::move(err->read), nullptr};
  constexpr short while_readable = EV_READ | EV_PERSIST;
  out_.readable = new_event<&Process::on_out>(host_.base_, out_.fd.get(), while_readable, this);
  err_.readable = new_event<&Process::on_err>(host_.base_, err_.fd.get(), while_readable, this);
  leader_exited_ = new_event<&Process::on_leader_exit>(host_.base_, pidfd_.get(), EV_READ, this);
  tick_ = new_event<&Process::on_tick>(host_.base_, -1, 0, this);
  event_add(out_.readable.get(), nullptr);
  event_add(err_.readable.get(), nullptr);
  event_add(leader_exited_.get(), nullptr);
  return std::nullopt;
}

Process::~Process() {
  if (group_ > 0 && !group_gone_) ::kill(-group_, SIGKILL);
  if (group_ > 0 && !exit_) ::waitpid(group_, nullptr, 0);
  if (slot_ >= 0) host_.groups_.release(slot_);
}

/// One slice a turn, so that a flood of output starves nobody.
void Process::read_slice(Pipe& pipe, Stream stream) {
  const ssize_t got = ::read(pipe.fd.get(), host_.slice_.data(), host_.slice_.size());
  if (got > 0) {
    observer_.on_output(stream, {host_.slice_.data(), static_cast<std::size_t>(got)});
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  pipe = {};
  finish_if_over();
}

void Process::on_leader_exit() {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0) {
    event_add(leader_exited_.get(), nullptr);
    return;
  }
  const PawlGroupSlot slot = host_.groups_.read(slot_);
  if (slot.stage != PAWL_STAGE_NONE) {
    const std::string reason = std::strerror(slot.error);
    std::string why = "cannot run " + quoted(program_) + ": " + reason;
    if (slot.stage == PAWL_STAGE_CHDIR)
      why = "cannot enter the workdir " + workdir_ + ": " + reason;
    if (slot.stage == PAWL_STAGE_EXEC && slot.error == ENOENT) {
      why = "no such program: " + program_;
      if (program_.find('/') == std::string::npos) why += " (" + path_ + ")";
    }
    if (slot.stage == PAWL_STAGE_EXEC && slot.error == ENOEXEC) {
      why += " (a script needs a first line like #!/bin/sh)";
    }
    exit_ = Exit{Exit::How::not_started, slot.error, why};
  } else {
    const bool exited = info.si_code == CLD_EXITED;
    exit_ = Exit{exited ? Exit::How::exited : Exit::How::signalled, info.si_status, ""};
  }
  group_gone_ = group_is_gone();
  if (group_gone_ && !out_.fd && !err_.fd) return finish_if_over();
  if (phase_ == Phase::running) enter(Phase::lingering, host_.limits_.linger);
  on_tick();
}

void Process::stop(Millis grace) {
  const Instant kill_at = std::chrono::steady_clock::now() + grace;
  if (phase_ == Phase::killed || group_gone_) return;
  if (phase_ == Phase::stopping) {
    next_phase_ = std::min(next_phase_, kill_at);
  } else {
    ::kill(-group_, SIGTERM);
    enter(Phase::stopping, grace);
  }
  arm(tick_, poll_every_);
}

void Process::enter(Phase phase, Millis stay) {
  phase_ = phase;
  next_phase_ = std::chrono::steady_clock::now() + stay;
  poll_every_ = Millis{5};
}

/// While the leader runs, this only waits for the time of the KILL; afterwards it also looks
/// whether the rest has gone.
void Process::on_tick() {
  if (exit_ && !group_gone_) group_gone_ = group_is_gone();
  if (std::chrono::steady_clock::now() >= next_phase_) {
    switch (phase_) {
      case Phase::running:
        break;
      case Phase::lingering:
        if (!group_gone_) ::kill(-group_, SIGTERM);
        enter(Phase::ending, group_gone_ ? Millis{0} : host_.limits_.rest_grace);
        break;
      case Phase::stopping:
      case Phase::ending:
        kill_all();
        enter(Phase::killed, host_.limits_.rest_grace);
        break;
      case Phase::killed:
        // What still holds the pipes left our reach; its output does not count any more.
        if (exit_) {
          out_ = {};
          err_ = {};
        }
        kill_all();
        break;
    }
  }
  arm(tick_, poll_every_);
  poll_every_ = std::min(poll_every_ * 2, poll_every_max);
  finish_if_over();
}

void Process::kill_all() {
  if (!group_gone_) ::kill(-group_, SIGKILL);
  if (!marker_.empty()) kill_marked(marker_);
}

bool Process::group_is_gone() const {
  if (::kill(-group_, 0) != 0 && errno == ESRCH) return true;
  return live_members(group_).empty();
}

void Process::finish_if_over() {
  if (!exit_ || out_.fd || err_.fd) return;
  if (!group_gone_) group_gone_ = group_is_gone();
  if (!group_gone_) return;
  // A command that was stopped leaves nothing behind, not even what made itself a session.
  if (phase_ == Phase::stopping && !marker_.empty()) kill_marked(marker_);
  event_del(tick_.get());
  observer_.on_exit(*exit_);
}

}  // namespace pawl::steps

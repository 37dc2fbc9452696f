#include "steps/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
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

struct PipeEnds {
  Fd read, write;
};

std::optional<PipeEnds> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  PipeEnds made{Fd(ends[0]), Fd(ends[1])};
  // Only our end: programs do not expect a stdout that does not block.
  ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return made;
}

Problem refused(const std::string& what, int error) {
  return {"cannot start a process: " + what + ": " + std::strerror(error),
          "fewer slots, or higher limits of processes and open files for the worker"};
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

void kill_and_reap(pid_t leader) {
  ::kill(-leader, SIGKILL);
  ::waitpid(leader, nullptr, 0);
}

/// A child that may have been started, though the starter could not say so any more.
void end_unheard(const GroupTable& groups, int slot, const std::string& marker) {
  if (const pid_t leader = groups.read(slot).pid; leader > 0) kill_and_reap(leader);
  if (!marker.empty()) kill_marked(marker);
}

/// "PATH=/usr/bin:/bin", or of a long one how long it is: it would hide the name of the program.
std::string told_path(const std::string& path) {
  constexpr std::size_t told_whole = 80;
  if (path.size() <= told_whole) return path;
  return "in none of the " + std::to_string(1 + std::ranges::count(path, ':')) + " folders of PATH";
}

}  // namespace

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

ProcessHost::ProcessHost(event_base* base, std::string helper, GroupTable& groups,
                         ProcessLimits limits)
    : base_(base),
      file_limits_(file_limits()),
      groups_(groups),
      limits_(limits),
      starter_(base, std::move(helper), groups.fd()) {}

ProcessHost::~ProcessHost() = default;

Result<std::unique_ptr<Process>> Process::start(ProcessHost& host, const Command& command,
                                                ProcessObserver& observer) {
  std::unique_ptr<Process> process(new Process(host, observer));
  if (auto problem = process->order(command)) return *std::move(problem);
  return process;
}

std::optional<Problem> Process::order(const Command& command) {
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
  Starter::Order order;
  order.limits = host_.file_limits_;
  order.workdir = command.workdir;
  order.arguments = command.arguments;
  if (order.arguments.empty()) order.arguments.emplace_back();
  order.environment = command.environment;
  order.slot = GroupTable::offset_of(slot_);
  order.out = std::move(out->write);
  order.err = std::move(err->write);
  out_.fd = std::move(out->read);
  err_.fd = std::move(err->read);
  tick_ = new_event<&Process::on_tick>(host_.base_, -1, 0, this);
  starting_ = std::make_shared<Process*>(this);
  host_.starter_.start(order, [link = starting_, slot = slot_, marker = marker_,
                               &groups = host_.groups_](Starter::Child child) {
    if (child.error == ECHILD) end_unheard(groups, slot, marker);
    if (*link != nullptr) return (*link)->on_started(std::move(child));
    if (child.pid > 0) kill_and_reap(child.pid);  // Nobody wants it any more.
    groups.release(slot);
  });
  return std::nullopt;
}

void Process::on_started(Starter::Child child) {
  starting_.reset();
  if (child.error != 0) {
    const Problem why = refused(program_, child.error);
    exit_ = Exit{Exit::How::refused, child.error, why.message + "; " + why.fix};
    group_gone_ = true;
    out_.close();
    err_.close();
    return finish_if_over();
  }
  group_ = child.pid;
  pidfd_ = std::move(child.pidfd);
  constexpr short while_readable = EV_READ | EV_PERSIST;
  out_.readable = new_event<&Process::on_out>(host_.base_, out_.fd.get(), while_readable, this);
  err_.readable = new_event<&Process::on_err>(host_.base_, err_.fd.get(), while_readable, this);
  leader_exited_ = new_event<&Process::on_leader_exit>(host_.base_, pidfd_.get(), EV_READ, this);
  event_add(out_.readable.get(), nullptr);
  event_add(err_.readable.get(), nullptr);
  event_add(leader_exited_.get(), nullptr);
  if (phase_ == Phase::stopping) ::kill(-group_, SIGTERM);
}

Process::~Process() {
  if (starting_) {
    *starting_ = nullptr;
    return;
  }
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
  pipe.close();
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
      if (program_.find('/') == std::string::npos) why += " (" + told_path(path_) + ")";
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
    if (!starting_) ::kill(-group_, SIGTERM);
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
  if (starting_) return arm(tick_, poll_every_);
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

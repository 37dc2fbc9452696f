#include "steps/starter.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.hpp"
#include "steps/exec_order.h"
#include "steps/group_slot.h"
#include "steps/proc_files.hpp"

namespace pawl::steps {
namespace {

struct FileActions {
  FileActions() { ::posix_spawn_file_actions_init(&raw); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&raw); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t raw;
};

/// A group of its own, no signal ignored or blocked: so it is for the programs too.
struct Attributes {
  Attributes() {
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&raw);
    ::posix_spawnattr_setsigdefault(&raw, &all);
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

/// Moves a descriptor above those that the starter gets, or a dup2 could overwrite another's
/// source.
Fd above_standard(Fd fd) {
  if (fd.get() > PAWL_ORDER_FD) return fd;
  return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, PAWL_ORDER_FD + 1));
}

void add_text(std::string& bytes, const std::string& text) {
  bytes += text;
  bytes += '\0';
}

/// Sends all of it, the descriptors with the first byte; 0, or errno.
int send_all(int socket, const std::string& bytes, int out, int err) {
  struct alignas(cmsghdr) {
    char bytes[CMSG_SPACE(2 * sizeof(int))] = {};
  } control;
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    iovec part{const_cast<char*>(bytes.data()) + sent, bytes.size() - sent};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (sent == 0) {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(2 * sizeof(int));
      const int files[2] = {out, err};
      std::memcpy(CMSG_DATA(header), files, sizeof files);
    }
    const ssize_t put = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    sent += static_cast<std::size_t>(put);
  }
  return 0;
}

/// We alone reap a child, so its number cannot have been given again before its pidfd is open. It
/// makes itself a group, and so do we: whoever is first, we can signal the group from now on.
Starter::Child child_of(pid_t pid, int error) {
  if (pid <= 0) return {error, 0, Fd()};
  ::setpgid(pid, pid);
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (pidfd) return {0, pid, std::move(pidfd)};
  error = errno;
  ::kill(-pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  return {error, 0, Fd()};
}

}  // namespace

Starter::Starter(event_base* base, std::string program, int group_file)
    : base_(base),
      program_(std::move(program)),
      parent_(std::to_string(::getpid())),
      null_(above_standard(Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)))),
      group_file_(::fcntl(group_file, F_DUPFD_CLOEXEC, PAWL_ORDER_FD + 1)),
      on_refused_(new_event<&Starter::tell_refused>(base, -1, 0, this)) {
  if (::access(program_.c_str(), X_OK) != 0) {
    throw Error(ErrorKind::environment, "cannot use " + program_, std::strerror(errno),
                "pawl-exec belongs beside pawl; build or install again");
  }
  check(null_ && group_file_, "/dev/null and the group table can be opened");
}

Starter::~Starter() {
  close(ECANCELED);
  tell_refused();
}

/// Starts the starter; 0, or errno.
int Starter::open() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  Fd ours(ends[0]);
  const Fd theirs = above_standard(Fd(ends[1]));
  FileActions actions;
  for (const int standard : {0, 1, 2}) {
    ::posix_spawn_file_actions_adddup2(&actions.raw, null_.get(), standard);
  }
  ::posix_spawn_file_actions_adddup2(&actions.raw, group_file_.get(), PAWL_GROUP_FD);
  ::posix_spawn_file_actions_adddup2(&actions.raw, theirs.get(), PAWL_ORDER_FD);
  const Attributes attributes;
  char* arguments[] = {program_.data(), parent_.data(), nullptr};
  char* environment[] = {nullptr};
  const int error = ::posix_spawn(&process_, program_.c_str(), &actions.raw, &attributes.raw,
                                  arguments, environment);
  if (error != 0) return error;
  socket_ = std::move(ours);
  constexpr short while_readable = EV_READ | EV_PERSIST;
  on_answer_ = new_event<&Starter::read_answers>(base_, socket_.get(), while_readable, this);
  return 0;
}

int Starter::send(const Order& order) {
  std::string bytes(sizeof(PawlOrder), '\0');
  add_text(bytes, order.limits);
  add_text(bytes, order.workdir);
  for (const std::string& argument : order.arguments) add_text(bytes, argument);
  for (const std::string& variable : order.environment) add_text(bytes, variable);
  const std::size_t texts = bytes.size() - sizeof(PawlOrder);
  const std::size_t words = order.arguments.size() + order.environment.size() + 4;
  if (texts + words * sizeof(char*) > PAWL_ORDER_BYTES_MAX) return E2BIG;
  PawlOrder head{};
  head.bytes = static_cast<std::uint32_t>(texts);
  head.arguments = static_cast<std::uint32_t>(order.arguments.size());
  head.variables = static_cast<std::uint32_t>(order.environment.size());
  head.slot = static_cast<std::uint64_t>(order.slot);
  std::memcpy(bytes.data(), &head, sizeof head);
  return send_all(socket_.get(), bytes, order.out.get(), order.err.get());
}

void Starter::start(const Order& order, Done done) {
  int error = socket_ ? 0 : open();
  if (error == 0) error = send(order);
  if (error == EPIPE || error == ECONNRESET) {
    // It was killed, so it has started nothing of this order.
    close(ECHILD);
    error = open();
    if (error == 0) error = send(order);
  }
  if (error != 0) return answer_later(error, std::move(done));
  // Waits only while there is something to wait for, so that an idle loop may end.
  if (waiting_.empty()) event_add(on_answer_.get(), nullptr);
  waiting_.push_back(std::move(done));
}

void Starter::read_answers() {
  PawlStarted answers[32];
  const ssize_t got = ::recv(socket_.get(), answers, sizeof answers, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0 || got % static_cast<ssize_t>(sizeof(PawlStarted)) != 0) return close(ECHILD);
  const std::size_t count = static_cast<std::size_t>(got) / sizeof(PawlStarted);
  check(count <= waiting_.size(), "the starter answers orders");
  // Who is told may order more: not before we know what is still to come.
  std::vector<Done> told;
  for (std::size_t i = 0; i < count; ++i) {
    told.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (waiting_.empty()) event_del(on_answer_.get());
  for (std::size_t i = 0; i < count; ++i) {
    latest_[next_latest_++ % latest_.size()] = answers[i].pid;
    told[i](child_of(answers[i].pid, answers[i].error));
  }
}

/// The starter is gone, or shall go; the next order makes another one.
void Starter::close(int error) {
  if (!socket_) return;
  on_answer_.reset();
  socket_.reset();
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  kill_clones();
  for (Done& done : std::exchange(waiting_, {})) answer_later(error, std::move(done));
}

/// What the starter had made and not told when it was killed: children of ours that are no program
/// yet. Those that it told of lately go on.
void Starter::kill_clones() const {
  for (const ProcStat& process : all_processes()) {
    if (process.parent != ::getpid()) continue;
    if (std::ranges::find(latest_, process.pid) != latest_.end()) continue;
    std::error_code gone;
    const auto link = "/proc/" + std::to_string(process.pid) + "/exe";
    if (!std::filesystem::equivalent(link, program_, gone)) continue;
    ::kill(process.pid, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
  }
}

void Starter::answer_later(int error, Done done) {
  refused_.push_back({error, std::move(done)});
  arm(on_refused_, Millis{0});
}

void Starter::tell_refused() {
  for (const Refused& refused : std::exchange(refused_, {})) {
    refused.done({refused.error, 0, Fd()});
  }
}

}  // namespace pawl::steps

#include "cli/live/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "base/check.hpp"

namespace pawl::cli {
namespace {

constexpr std::size_t last_words_max = 128;

/// What handlers of signals touch. Only one Terminal lives at a time.
/// A signal may come on any thread; without locks, so that a handler may touch them.
std::atomic<int> interrupted{0}, resized{0}, stopping{0}, continued{0}, ending{0};
static_assert(std::atomic<int>::is_always_lock_free);
int wake_pipe[2] = {-1, -1};
termios modes_before{};
int terminal_in = -1, terminal_out = -1;
std::array<char, last_words_max> last_words{};
std::atomic<std::size_t> last_words_length{0};
std::atomic<bool> lives{false};

void note_signal(int signal) {
  const int error = errno;
  if (signal == SIGINT) interrupted = 1;
  if (signal == SIGWINCH) resized = 1;
  if (signal == SIGTSTP) stopping = 1;
  if (signal == SIGCONT) continued = 1;
  if (signal == SIGTERM || signal == SIGHUP) ending = signal;
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], &byte, 1);
  errno = error;
}

/// Only calls that are safe in a handler. Then the signal does what it would have done.
void die_in_order(int signal) {
  ::tcsetattr(terminal_in, TCSANOW, &modes_before);
  [[maybe_unused]] const ssize_t written =
      ::write(terminal_out, last_words.data(), last_words_length.load());
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

constexpr std::array noted = {SIGINT, SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP};
constexpr std::array fatal = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
std::array<struct sigaction, noted.size() + fatal.size()> actions_before{};

void handle(int signal, void (*handler)(int), struct sigaction* before) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, before);
}

}  // namespace

Terminal::Terminal(int in, int out) : in_(in), out_(out) {
  check(!lives.exchange(true), "one live terminal at a time");
  take_notices();
  if (::pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0) wake_pipe[0] = wake_pipe[1] = -1;
  terminal_in = in_;
  terminal_out = out_;
  last_words_length = 0;
  enter();
  std::size_t i = 0;
  for (const int signal : noted) handle(signal, note_signal, &actions_before[i++]);
  for (const int signal : fatal) handle(signal, die_in_order, &actions_before[i++]);
}

Terminal::~Terminal() {
  restore();
  std::size_t i = 0;
  for (const int signal : noted) ::sigaction(signal, &actions_before[i++], nullptr);
  for (const int signal : fatal) ::sigaction(signal, &actions_before[i++], nullptr);
  ::close(wake_pipe[0]);
  ::close(wake_pipe[1]);
  wake_pipe[0] = wake_pipe[1] = -1;
  lives = false;
}

void Terminal::enter() {
  if (::tcgetattr(in_, &modes_before) != 0) return;
  termios quiet = modes_before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
  quiet.c_cc[VMIN] = 1;
  quiet.c_cc[VTIME] = 0;
  ::tcsetattr(in_, TCSADRAIN, &quiet);
  entered_ = true;
}

void Terminal::restore() {
  if (entered_) ::tcsetattr(in_, TCSADRAIN, &modes_before);
  entered_ = false;
}

TerminalSize Terminal::size() const {
  winsize size{};
  if (::ioctl(out_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::string Terminal::wait(int timeout_ms) {
  std::array<pollfd, 2> watched = {pollfd{wake_pipe[0], POLLIN, 0}, pollfd{in_, POLLIN, 0}};
  if (::poll(watched.data(), watched.size(), timeout_ms) <= 0) return "";
  std::array<char, 256> bytes{};
  if ((watched[0].revents & POLLIN) != 0) {
    while (::read(wake_pipe[0], bytes.data(), bytes.size()) > 0) {
    }
  }
  if ((watched[1].revents & (POLLIN | POLLHUP)) == 0) return "";
  const ssize_t got = ::read(in_, bytes.data(), bytes.size());
  if (got > 0) return {bytes.data(), static_cast<std::size_t>(got)};
  // The terminal is gone; without this the loop would never rest.
  if (got == 0 && ending == 0) ending = SIGHUP;
  return "";
}

Notices Terminal::take_notices() {
  Notices notices;
  notices.interrupted = interrupted.exchange(0) != 0;
  notices.resized = resized.exchange(0) != 0;
  notices.stopping = stopping.exchange(0) != 0;
  notices.continued = continued.exchange(0) != 0;
  notices.ending = ending.exchange(0);
  return notices;
}

void Terminal::wake() {
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], &byte, 1);
}

bool Terminal::is_writable() const {
  pollfd watched{out_, POLLOUT, 0};
  return ::poll(&watched, 1, 0) == 1 && (watched.revents & POLLOUT) != 0;
}

void Terminal::write(const std::string& bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t written = ::write(out_, rest.data(), rest.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) return;  // The terminal is gone.
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Terminal::set_last_words(const std::string& bytes) {
  last_words_length = 0;
  const std::size_t length = std::min(bytes.size(), last_words.size());
  std::memcpy(last_words.data(), bytes.data(), length);
  last_words_length = length;
}

bool Terminal::stop() {
  restore();
  struct sigaction ours {};
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &plain, &ours);
  ::raise(SIGTSTP);  // Stands here until SIGCONT.
  ::sigaction(SIGTSTP, &ours, nullptr);
  continued = 0;
  if (::tcgetpgrp(out_) != ::getpgrp()) return false;
  enter();
  return true;
}

}  // namespace pawl::cli

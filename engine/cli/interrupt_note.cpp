#include "cli/interrupt_note.hpp"

#include <fmt/format.h>

#include <iostream>

#include "cli/errors.hpp"

namespace pawl::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;
void on_interrupt(int) { interrupted = 1; }

}  // namespace

InterruptNote::InterruptNote() {
  struct sigaction note {};
  note.sa_handler = on_interrupt;
  note.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &note, &before_);
}

InterruptNote::~InterruptNote() { ::sigaction(SIGINT, &before_, nullptr); }

void leave_if_interrupted(std::int64_t run, bool json) {
  if (interrupted == 0) return;
  std::cout.flush();
  std::cerr << notice(json, fmt::format("run {} goes on", run), fmt::format("pawl attach {}", run));
  std::signal(SIGINT, SIG_DFL);
  std::raise(SIGINT);
}

}  // namespace pawl::cli

#pragma once

#include <csignal>
#include <cstdint>

namespace pawl::cli {

/// While it lives, the first SIGINT is noted and interrupts what waits; a second one kills at once.
/// Notes may nest.
class InterruptNote {
 public:
  InterruptNote();
  ~InterruptNote();
  InterruptNote(const InterruptNote&) = delete;
  InterruptNote& operator=(const InterruptNote&) = delete;

 private:
  struct sigaction before_ {};
};

/// After a SIGINT that was noted: says that run number `run` goes on without us, and ends this
/// process by that signal.
void leave_if_interrupted(std::int64_t run, bool json);

}  // namespace pawl::cli

#pragma once

#include <sys/types.h>

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/handle.hpp"
#include "steps/exec_order.h"
#include "steps/loop_event.hpp"

namespace pawl::steps {

/// Starts programs through pawl-exec, a small process that clones itself into children of ours:
/// the loop does not stand still while a child becomes its program, and that costs no more when the
/// worker is large. All calls on the loop thread: the kernel kills the children when the thread
/// that made the starter ends.
class Starter {
 public:
  struct Order {
    std::string limits;                    ///< "RESOURCE:SOFT:HARD," for each rlimit; may be empty.
    std::string workdir;                   ///< Empty: where the worker stands.
    std::vector<std::string> arguments;    ///< The program first.
    std::vector<std::string> environment;  ///< "NAME=value"
    std::int64_t slot = 0;                 ///< GroupTable::offset_of
    Fd out, err;                           ///< What the program gets as its stdout and stderr.
  };
  /// A child that leads a group of its own; only we may reap it.
  struct Child {
    /// errno, when there is no child; ECHILD: the starter was killed, and one may be there that has
    /// become its program unheard.
    int error = 0;
    pid_t pid = 0;
    Fd pidfd;
  };
  using Done = std::function<void(Child)>;

  /// `program` is the path of pawl-exec, `group_file` the open group table.
  Starter(event_base* base, std::string program, int group_file);
  /// Who waits for a child is told that there is none (ECANCELED).
  ~Starter();
  Starter(const Starter&) = delete;
  Starter& operator=(const Starter&) = delete;

  /// `done` is called in a later turn of the loop. The order's files are closed on return.
  void start(const Order& order, Done done);

 private:
  int open();
  int send(const Order& order);
  void read_answers();
  void close(int error);
  void kill_clones() const;
  void answer_later(int error, Done done);
  void tell_refused();

  event_base* base_;
  std::string program_, parent_;
  Fd null_, group_file_, socket_;
  pid_t process_ = 0;
  LoopEvent on_answer_, on_refused_;
  std::deque<Done> waiting_;
  /// The last children that we were told of: these may not be programs yet when the starter dies.
  std::array<pid_t, PAWL_CLONES_MAX> latest_{};
  std::size_t next_latest_ = 0;
  struct Refused {
    int error;
    Done done;
  };
  std::vector<Refused> refused_;
};

}  // namespace pawl::steps

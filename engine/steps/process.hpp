#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.hpp"
#include "base/result.hpp"
#include "steps/group_table.hpp"
#include "steps/loop_event.hpp"
#include "steps/starter.hpp"
#include "steps/step_kind.hpp"

/// Operating system processes in the loop. All of it on the loop thread.
///
/// A process has its own group, its own two pipes and nothing else of ours. It is over when the
/// leader has ended, the pipes are closed and no member of the group is left. What outlives the
/// leader gets a moment (`linger`), then TERM, then KILL.
namespace pawl::steps {

struct ProcessLimits {
  Millis linger{1000};      ///< How long the rest of a group may outlive its leader unasked.
  Millis rest_grace{2000};  ///< From TERM to KILL for that rest.
};

/// What starting processes needs; one for each loop.
class ProcessHost {
 public:
  /// `helper` is the path of pawl-exec. All must outlive the host and its processes.
  ProcessHost(event_base* base, std::string helper, GroupTable& groups, ProcessLimits limits = {});
  ~ProcessHost();
  ProcessHost(const ProcessHost&) = delete;
  ProcessHost& operator=(const ProcessHost&) = delete;

 private:
  friend class Process;

  event_base* base_;
  std::string file_limits_;  ///< Gives the child back the limit of files we were started with.
  GroupTable& groups_;
  ProcessLimits limits_;
  Starter starter_;
  std::array<char, std::size_t{64} << 10> slice_{};  ///< Bytes read in one turn of one pipe.
};

struct Command {
  std::vector<std::string> arguments;    ///< The program first; looked up in the command's PATH.
  std::vector<std::string> environment;  ///< "NAME=value"; nothing else is passed on.
  std::string workdir;                   ///< Empty: where the worker stands.
  /// "NAME=value" that only this command and what descends from it has: finds what left the group.
  std::string marker;
};

/// How a process ended.
struct Exit {
  enum class How : std::uint8_t {
    exited,
    signalled,
    not_started,  ///< The command is at fault: "no such program: foo (PATH=/bin)".
    refused       ///< The system is: it gives no more processes.
  } how = How::exited;
  int number = 0;   ///< The exit code, or the signal, or errno.
  std::string why;  ///< For not_started and refused.
};

/// "SIGTERM".
std::string signal_name(int number);

class ProcessObserver {
 public:
  virtual ~ProcessObserver() = default;
  virtual void on_output(Stream stream, std::string_view bytes) = 0;
  /// Last call; the observer may destroy the Process in it.
  virtual void on_exit(const Exit& exit) = 0;
};

class Process {
 public:
  /// Returns before it runs. A Problem when there is no room for another process; the observer is
  /// not called then.
  static Result<std::unique_ptr<Process>> start(ProcessHost& host, const Command& command,
                                                ProcessObserver& observer);
  /// Kills the group if it still runs, or as soon as it does.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// TERM to the group now, KILL after `grace`. Asked again, the earlier KILL counts.
  void stop(Millis grace);
  /// 0 until it runs.
  pid_t group() const { return group_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  enum class Phase : std::uint8_t { running, stopping, lingering, ending, killed };
  struct Pipe {
    Fd fd;
    LoopEvent readable;

    /// The loop lets go of the descriptor before its number can become another thread's file.
    void close() {
      readable.reset();
      fd.reset();
    }
  };

  Process(ProcessHost& host, ProcessObserver& observer) : host_(host), observer_(observer) {}
  std::optional<Problem> order(const Command& command);
  void on_started(Starter::Child child);
  void read_slice(Pipe& pipe, Stream stream);
  void on_out() { read_slice(out_, Stream::out); }
  void on_err() { read_slice(err_, Stream::err); }
  void on_leader_exit();
  void on_tick();
  void enter(Phase phase, Millis stay);
  void kill_all();
  bool group_is_gone() const;
  void finish_if_over();

  ProcessHost& host_;
  ProcessObserver& observer_;
  pid_t group_ = 0;
  int slot_ = -1;
  /// What the starter's answer goes to; null inside when we are not there any more.
  std::shared_ptr<Process*> starting_;
  Phase phase_ = Phase::running;
  Instant next_phase_{};
  Millis poll_every_{5};
  std::string program_, path_, workdir_, marker_;  ///< For messages and for `marked`.
  std::optional<Exit> exit_;                       ///< Set once the leader was reaped.
  bool group_gone_ = false;
  Pipe out_, err_;
  Fd pidfd_;
  LoopEvent leader_exited_, tick_;
};

}  // namespace pawl::steps

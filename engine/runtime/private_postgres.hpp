#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace pawl::runtime {

/// The PostgreSQL of this user's own, in a folder below `home`: Unix socket only, password-less by
/// the operating system's user (peer), fsync on. It is a plain PostgreSQL and survives whoever
/// started it. As root it runs under a user of its own (`pawl`, else `postgres`).
///
/// Several processes may call at once: a file lock orders them. Errors are `Error`s with a cause
/// and a fix.
class PrivatePostgres {
 public:
  explicit PrivatePostgres(std::string home);

  /// Makes the cluster if there is none, starts it if it does not run, waits until it answers.
  /// Also after a kill -9 of everything: of a postmaster that nobody has reaped, of one whose
  /// backends still hold its memory. Returns the URL.
  std::string ensure_running();
  /// Starts it again if it has crashed. One that was stopped on purpose stays stopped: then who
  /// connects hears that nobody answers. Returns the URL.
  std::string revive();
  /// Stops it and waits; false when it did not run.
  bool stop();
  /// For libpq; also when it does not run.
  std::string url() const;

  struct Status {
    bool made = false;
    bool running = false;
    pid_t pid = 0;
    std::string version;  ///< "15", of the data.
    std::string folder;   ///< The data folder.
    std::string socket;   ///< The folder of its socket.
    std::string log;
    std::int64_t bytes = 0;  ///< On disk.
  };
  Status status() const;
  /// The pid of its server, if it runs.
  std::optional<pid_t> server() const;

 private:
  std::string data() const { return root_ + "/data"; }
  std::string log() const { return root_ + "/log"; }
  void make_folders() const;
  void make_cluster() const;
  void start() const;
  void clear_dead_server() const;
  void wait_until_it_answers() const;
  void make_database() const;

  std::string home_;
  std::string root_;    ///< home/postgres
  std::string socket_;  ///< A short path: a socket's has about 107 bytes.
};

}  // namespace pawl::runtime

#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/time.hpp"

/// What private_postgres.cpp needs of the operating system.
namespace pawl::runtime {

/// The operating system's user that the server runs as.
struct ServerUser {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  bool other = false;  ///< Not the one who runs Pawl.
};
/// The owner of `folder`, where it is; else ourselves, or as root `pawl`, which is made when it is
/// missing, else `postgres`. Throws Error when the folder is another user's and we are not root.
ServerUser server_user(const std::string& folder);

/// The folder of initdb and pg_ctl: of `version` when not empty, else of the newest from 15 on.
/// Throws Error when there is none.
std::string server_programs(const std::string& version);

struct Ran {
  int exit_code = 0;
  std::string output;  ///< stdout and stderr, the last 8 KiB.
};
/// Runs a program to its end, as `user`, from "/", with nothing on stdin.
Ran run_as(const ServerUser& user, const std::vector<std::string>& arguments);

/// Processes of a cluster: a server and its backends stand in its data folder.
std::vector<pid_t> processes_in(const std::string& folder);
/// True when the process is there and is more than a zombie.
bool is_alive(pid_t pid);
/// Ends processes: QUIT, then KILL; waits until they are gone, at most `patience`.
bool end_processes(const std::vector<pid_t>& pids, Millis patience);

}  // namespace pawl::runtime

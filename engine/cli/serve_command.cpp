#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "base/error.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/settings_for.hpp"
#include "runtime/guard.hpp"
#include "runtime/private_postgres.hpp"
#include "runtime/worker.hpp"

namespace pawl::cli {
namespace {

/// Stands beside this binary.
std::string exec_helper() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "pawl-exec";
}

template <class T>
T or_else(const T& given, const T& otherwise) {
  return given == T{} ? otherwise : given;
}

Micros duration_of(const std::string& flag, const std::string& text) {
  const Result<Millis> span = parse_duration(text);
  if (span) return span.value();
  throw Error(ErrorKind::usage, flag + ": " + span.error().message, span.error().fix,
              "pawl help serve");
}

Micros lease_of(const std::string& text) {
  constexpr Micros least = std::chrono::seconds{1}, most = std::chrono::minutes{10};
  const Micros lease = duration_of("--lease", text);
  if (lease >= least && lease <= most) return lease;
  throw Error(ErrorKind::usage, "--lease " + text + " is not between 1s and 10m",
              "shorter, and a busy moment costs the runs; longer, and nobody takes over",
              "pawl help serve");
}

/// A worker may start the private PostgreSQL again after it was killed. Its server then descends
/// from the worker, but belongs to nobody; like all of a cluster it stands in the data folder.
bool is_of_cluster(pid_t pid, const std::string& folder) {
  std::error_code failed;
  return std::filesystem::read_symlink(fmt::format("/proc/{}/cwd", pid), failed) == folder;
}

}  // namespace

int serve_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string idle, lease;
  int slots = 0;
  std::vector<std::string> queues;
  FlagParser parser(command, common);
  parser.number("--slots", slots, 1, "Steps at once; four for each core without")
      .options("--queue", queues, "Q", "A queue to serve; \"default\" without")
      .option("--idle-exit", idle, "D", "Leave after so long without a run: 60s")
      .option("--lease", lease, "D", "Silent so long, others take over its runs; 15s without");
  if (!parser.parse(arguments)) return exit_success;

  const settings::Settings& set = settings_for(common);
  runtime::WorkerSettings settings;
  settings.idle_exit = idle.empty() ? set.duration("worker.idle_exit").value_or(Millis{0})
                                    : duration_of("--idle-exit", idle);
  settings.limits.lease = lease_of(or_else(lease, set.text("worker.lease")));
  settings.limits.slots =
      or_else(slots, set.whole("worker.slots").value_or(slots_without_setting()));
  settings.queues = or_else(queues, set.names("worker.queues"));
  const Database database = find_database(common, MayStart::private_cluster);
  open_store(database);  // Brings the tables up to date, or says why that cannot be.
  settings.database_url = database.address.url;
  settings.open_store = session_opener(database);
  settings.home = database.home;
  settings.exec_helper = exec_helper();
  if (!common.quiet) {
    std::cerr << fmt::format("pawl: serving {} with {} slots\n", fmt::join(settings.queues, ", "),
                             settings.limits.slots);
    if (::geteuid() == 0) std::cerr << "pawl: steps run as root, like this worker\n";
  }
  // Made before the guard, so that its lock lives as long as either of the two.
  runtime::WorkerFolder folder = runtime::WorkerFolder::make(settings.home);
  const std::string cluster = runtime::PrivatePostgres(settings.home).status().folder;
  runtime::StepsDeadline deadline;
  settings.steps_deadline = &deadline;
  return runtime::run_guarded([&] { return runtime::run_worker(settings, folder); },
                              {[&](pid_t pid) { return is_of_cluster(pid, cluster); }, &deadline,
                               [&] { runtime::end_steps_in(folder.scratch()); }});
}

}  // namespace pawl::cli

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <thread>

#include "base/error.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "runtime/guard.hpp"
#include "runtime/private_postgres.hpp"
#include "runtime/worker.hpp"

namespace pawl::cli {
namespace {

/// Stands beside this binary.
std::string exec_helper() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "pawl-exec";
}

Micros idle_exit(const std::string& text) {
  if (text.empty()) return Micros{0};
  const Result<Millis> span = parse_duration(text);
  if (span) return span.value();
  throw Error(ErrorKind::usage, "--idle-exit: " + span.error().message, span.error().fix,
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
  std::string idle;
  int slots = static_cast<int>(4 * std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::string> queues;
  FlagParser parser(command, common);
  parser.number("--slots", slots, 1, "Steps at once; four for each core without")
      .options("--queue", queues, "Q", "A queue to serve; \"default\" without")
      .option("--idle-exit", idle, "D", "Leave after so long without a run: 60s");
  if (!parser.parse(arguments)) return exit_success;

  runtime::WorkerSettings settings;
  settings.idle_exit = idle_exit(idle);
  settings.limits.slots = slots;
  if (!queues.empty()) settings.queues = queues;
  const Database database = find_database(common, MayStart::private_cluster);
  open_store(database);  // Brings the tables up to date, or says why that cannot be.
  settings.database_url = database.address.url;
  settings.open_store = session_opener(database);
  settings.home = database.home;
  settings.exec_helper = exec_helper();
  if (!common.quiet) {
    std::cerr << fmt::format("pawl: serving {} with {} slots\n", fmt::join(settings.queues, ", "),
                             slots);
    if (::geteuid() == 0) std::cerr << "pawl: steps run as root, like this worker\n";
  }
  // Made before the guard, so that its lock lives as long as either of the two.
  runtime::WorkerFolder folder = runtime::WorkerFolder::make(settings.home);
  const std::string cluster = runtime::PrivatePostgres(settings.home).status().folder;
  return runtime::run_guarded([&] { return runtime::run_worker(settings, folder); },
                              [&](pid_t pid) { return is_of_cluster(pid, cluster); });
}

}  // namespace pawl::cli

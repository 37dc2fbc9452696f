#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/background_worker.hpp"
#include "cli/command.hpp"
#include "cli/inputs.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"

namespace pawl::cli {

int signal_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named, payload, id;
  core::Signal signal;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .positional("NAME", signal.name)
      .positional("JSON", payload, false)
      .option("--id", id, "TEXT", "Sent twice with the same id, it counts once");
  if (!parser.parse(arguments)) return exit_success;

  if (!payload.empty()) signal.payload = json_argument(payload, "the payload");
  const Database database = find_database(common, MayStart::private_cluster);
  const std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  WorkerKeeper keeper(database, 0);
  const Answer answer = send_request(database, *reader, run, signal, &keeper, id);
  return tell_answer(common, run, named, answer);
}

}  // namespace pawl::cli

#include "cli/command.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"

namespace pawl::cli {

int cancel_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named;
  core::Cancel cancel;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .option("--comment", cancel.why, "TEXT", "Why, for the run's history");
  if (!parser.parse(arguments)) return exit_success;

  const Database database = find_database(common, MayStart::nothing);
  const std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  return tell_answer(common, run, named, send_request(database, *reader, run, cancel, nullptr),
                     {"what runs is stopped, and its hooks run", "pawl attach"});
}

}  // namespace pawl::cli

#include "cli/command.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"

namespace pawl::cli {

int pause_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named;
  core::Pause pause;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .flag("--now", pause.now, "Also stop running steps; they start again from their checkpoint");
  if (!parser.parse(arguments)) return exit_success;

  const Database database = find_database(common, MayStart::nothing);
  const std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  return tell_answer(common, run, named, send_request(database, *reader, run, pause, nullptr),
                     {"no further step starts", "pawl resume"});
}

}  // namespace pawl::cli

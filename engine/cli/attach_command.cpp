#include <iostream>

#include "cli/command.hpp"
#include "cli/follow.hpp"
#include "cli/run_ref.hpp"

namespace pawl::cli {

int attach_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  FollowFlags look;
  std::string named;
  FlagParser parser(command, common);
  parser.positional("RUN", named);
  add_follow_flags(parser, look);
  if (!parser.parse(arguments)) return exit_success;

  const Database database = find_database(common, MayStart::nothing);
  std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  if (!has_ended(run.phase) && reader->live_workers("default") == 0) {
    std::cerr << "no worker serves queue \"default\": the run waits for one\n  pawl resume "
              << run.number << '\n';
  }
  return follow(database, std::move(reader), run, {common, run.version, nullptr, look});
}

}  // namespace pawl::cli

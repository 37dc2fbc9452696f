#include <fmt/format.h>

#include <iostream>

#include "cli/command.hpp"
#include "cli/errors.hpp"
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
    std::cerr << notice(common.json, "no worker serves queue \"default\": the run waits for one",
                        fmt::format("pawl resume {}", run.number));
  }
  return follow(database, std::move(reader), run, {common, run.version, nullptr, look});
}

}  // namespace pawl::cli

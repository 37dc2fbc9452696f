#include "cli/background_worker.hpp"
#include "cli/command.hpp"
#include "cli/follow.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"

namespace pawl::cli {

int retry_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  FollowFlags look;
  std::string named;
  core::Repair repair;
  bool detach = false;
  int slots = 0;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .positionals("STEP", repair.steps, false)
      .flag("--detach", detach, "Do not follow it")
      .number("--slots", slots, 1, "Steps at once, of a worker that is started for it");
  add_follow_flags(parser, look);
  if (!parser.parse(arguments)) return exit_success;

  const Database database = find_database(common, MayStart::private_cluster);
  std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  WorkerKeeper keeper(database, slots);
  const Answer answer = send_request(database, *reader, run, repair, &keeper);
  if (detach || answer.kind == Answer::Kind::refused) {
    return tell_answer(common, run, named, answer);
  }
  return follow(database, std::move(reader), run, {common, run.version, &keeper, look});
}

}  // namespace pawl::cli

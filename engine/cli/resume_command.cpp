#include "cli/background_worker.hpp"
#include "cli/command.hpp"
#include "cli/follow.hpp"
#include "cli/inputs.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"

namespace pawl::cli {

int resume_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  FollowFlags look;
  std::string named, value;
  bool detach = false;
  int slots = 0;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .option("--value", value, "JSON", "The answer to what waits; else run.resume_value")
      .flag("--detach", detach, "Do not follow it")
      .number("--slots", slots, 1, "Steps at once, of a worker that is started for it");
  add_follow_flags(parser, look);
  if (!parser.parse(arguments)) return exit_success;

  core::Resume resume;
  if (!value.empty()) resume.value = json_argument(value, "the value");
  const Database database = find_database(common, MayStart::private_cluster);
  std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  WorkerKeeper keeper(database, slots);
  if (!has_ended(run.phase)) keeper.look(*reader);
  // A run whose worker died needs only a worker; one that was paused needs the word, too.
  if (resume.value || load_view(*reader, run, load_plan(*reader, run)).facts.paused) {
    const Answer answer = send_request(database, *reader, run, resume, &keeper);
    if (detach || answer.kind == Answer::Kind::refused) {
      return tell_answer(common, run, named, answer);
    }
  }
  if (detach) {
    return tell_answer(common, run, named,
                       {Answer::Kind::unneeded, 0, "nothing to resume, it is not paused"});
  }
  return follow(database, std::move(reader), run, {common, run.version, &keeper, look});
}

}  // namespace pawl::cli

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/background_worker.hpp"
#include "cli/command.hpp"
#include "cli/inputs.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/step_ref.hpp"

/// `pawl resolve`: what a person knows of a step whose end is unknown.
namespace pawl::cli {
int resolve_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named, step_named, word, output;
  core::Resolve resolve;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .positional("STEP", step_named)
      .positional("done|not_done", word)
      .option("--output", output, "JSON", "What the step gave, when it was done")
      .option("--comment", resolve.comment, "TEXT", "How you know, for the run's history");
  if (!parser.parse(arguments)) return exit_success;

  resolve.done = word == "done";
  if (!output.empty() && !resolve.done) {
    throw Error(ErrorKind::usage, "--output belongs to 'done'",
                "a step that was not done runs again, and gives its own output", "remove --output");
  }
  if (!output.empty()) resolve.output = json_argument(output, "--output");
  const Database database = find_database(common, MayStart::private_cluster);
  const std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  const RunView view = load_view(*reader, run, load_plan(*reader, run));
  resolve.step = dsl::path_of(*view.plan, find_step(*view.plan, step_named, run.number));
  WorkerKeeper keeper(database, 0);
  const std::string what = resolve.step + (resolve.done ? " was done" : " was not done");
  return tell_answer(common, run, named, send_request(database, *reader, run, resolve, &keeper),
                     {what, "pawl attach"});
}

}  // namespace pawl::cli

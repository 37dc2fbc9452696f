#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/background_worker.hpp"
#include "cli/command.hpp"
#include "cli/follow.hpp"
#include "cli/request.hpp"
#include "cli/run_ref.hpp"
#include "cli/step_selection.hpp"
#include "cli/workflow_file.hpp"

namespace pawl::cli {
namespace {

bool can_run_again(const RunView& view, StepId step) {
  using enum core::StepState;
  const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
  return has_ended(instance.state) && instance.state != succeeded && instance.state != skipped &&
         !instance.ignored && !is_hook(*view.plan, step);
}

/// The paths to ask for. A single path is asked for as it is, and its owner answers whether that
/// can be; of a selection, what can be run again. Empty when nothing was named: all that failed.
std::vector<std::string> chosen_paths(const RunView& view, const std::vector<std::string>& words) {
  std::vector<std::string> paths;
  for (const std::string& word : words) {
    const std::vector<StepId> steps = select_steps(view, {word});
    for (const StepId step : steps) {
      // A block that failed with a step inside goes on with it; named, it would begin anew.
      const bool holds_another =
          is_block(*view.plan, step) && std::ranges::any_of(steps, [&](StepId other) {
            return other != step && is_within(*view.plan, other, step) &&
                   can_run_again(view, other);
          });
      if (is_selection(word) && (!can_run_again(view, step) || holds_another)) continue;
      paths.push_back(dsl::path_of(*view.plan, step));
    }
  }
  if (words.empty() || !paths.empty()) return paths;
  throw Error(ErrorKind::usage,
              fmt::format("nothing to repair in run {}: no step of {} can be run again",
                          view.run.number, pawl::quoted(fmt::format("{}", fmt::join(words, " ")))),
              "only a step that ended without success can",
              fmt::format("pawl show {}", view.run.number));
}

}  // namespace

int retry_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  FollowFlags look;
  std::string named;
  std::vector<std::string> words;
  bool detach = false;
  int slots = 0;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .positionals("STEP", words, false)
      .flag("--detach", detach, "Do not follow it")
      .number("--slots", slots, 1, "Steps at once, of a worker that is started for it");
  add_follow_flags(parser, look);
  if (!parser.parse(arguments)) return exit_success;

  const Database database = find_database(common, MayStart::private_cluster);
  std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  if (const auto definition = reader->definition(run.definition)) {
    std::cerr << change_notice(run, *definition, common.json);
  }
  core::Repair repair;
  if (!words.empty()) {
    repair.steps = chosen_paths(load_view(*reader, run, load_plan(*reader, run)), words);
  }
  WorkerKeeper keeper(database, slots);
  const Answer answer = send_request(database, *reader, run, repair, &keeper);
  if (detach || answer.kind == Answer::Kind::refused) {
    return tell_answer(common, run, named, answer);
  }
  return follow(database, std::move(reader), run, {common, run.version, &keeper, look});
}

}  // namespace pawl::cli

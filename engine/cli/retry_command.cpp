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

/// Of a run that has ended well, or of a step that did, there is nothing to repair; who means it
/// nevertheless is told how it begins anew.
void refuse_what_went_well(const RunView& view, const std::vector<std::string>& words) {
  if (!has_ended(view.run.phase)) return;
  const std::string number = std::to_string(view.run.number);
  if (words.empty() && view.run.phase == core::RunPhase::succeeded) {
    const dsl::BlockSpec& all = std::get<dsl::BlockSpec>(view.plan->step(StepId{0}).spec);
    throw Error(ErrorKind::usage,
                fmt::format("nothing to repair in run {}: it has succeeded", number),
                "to run it all again from a step on:",
                fmt::format("pawl retry {} --from {}", number,
                            shell_quoted(dsl::path_of(*view.plan, all.children.front()))));
  }
  if (words.size() != 1 || is_selection(words[0])) return;
  const StepId step = select_steps(view, words).at(0);
  const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
  if (instance.state != core::StepState::succeeded) return;
  throw Error(ErrorKind::usage,
              fmt::format("step {} of run {} has succeeded", pawl::quoted(words[0]), number),
              "to run it again with all that hangs on it:",
              fmt::format("pawl retry {} --from {}", number, shell_quoted(words[0])));
}

std::vector<std::string> paths_of(const RunView& view, const std::vector<std::string>& words) {
  std::vector<std::string> paths;
  for (const StepId step : select_steps(view, words)) {
    paths.push_back(dsl::path_of(*view.plan, step));
  }
  return paths;
}

}  // namespace

int retry_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  FollowFlags look;
  std::string named;
  std::vector<std::string> words, from;
  bool all_failed = false, detach = false;
  int slots = 0;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .positionals("STEP", words, false)
      .flag("--failed", all_failed, "All that failed, as without STEP")
      .options("--from", from, "STEP", "Begin anew here, also what succeeded, with all behind it")
      .flag("--detach", detach, "Do not follow it")
      .number("--slots", slots, 1, "Steps at once, of a worker that is started for it");
  add_follow_flags(parser, look);
  if (!parser.parse(arguments)) return exit_success;

  if (all_failed && !(words.empty() && from.empty())) {
    throw Error(ErrorKind::usage, "--failed means all that failed, STEP and --from name steps",
                "write one of them", fmt::format("pawl retry {} --failed", shell_quoted(named)));
  }
  if (!from.empty() && !words.empty()) {
    throw Error(ErrorKind::usage, "STEP names what failed, --from where to begin anew",
                "write one of them",
                fmt::format("pawl retry {} --from {}", shell_quoted(named), shell_quoted(from[0])));
  }

  const Database database = find_database(common, MayStart::private_cluster);
  std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  if (const auto definition = reader->definition(run.definition)) {
    std::cerr << change_notice(run, *definition, common.json);
  }
  core::Repair repair;
  repair.anew = !from.empty();
  const RunView view = load_view(*reader, run, load_plan(*reader, run));
  if (repair.anew) {
    repair.steps = paths_of(view, from);
  } else {
    refuse_what_went_well(view, words);
    repair.steps = chosen_paths(view, words);
  }
  WorkerKeeper keeper(database, slots);
  const Answer answer = send_request(database, *reader, run, repair, &keeper);
  // Who followed now would be told the old end of the run.
  const bool waits = answer.kind == Answer::Kind::queued && has_ended(run.phase);
  if (detach || waits || answer.kind == Answer::Kind::refused) {
    return tell_answer(common, run, named, answer);
  }
  return follow(database, std::move(reader), run, {common, run.version, &keeper, look});
}

}  // namespace pawl::cli

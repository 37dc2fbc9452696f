#include <poll.h>

#include <iostream>
#include <string>

#include "base/error.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/log_lines.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/step_ref.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

struct LogFlags {
  CommonFlags common;
  std::string run, step;
  bool follow = false;
  bool raw = false;
};

/// The steps whose output is asked for: one, what a block holds, or all that have started.
std::vector<std::int32_t> chosen_steps(const RunView& view, const std::string& named) {
  std::vector<std::int32_t> chosen;
  const StepId top = named.empty() ? StepId{0} : find_step(*view.plan, named, view.run.number);
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(view.plan->steps.size()); ++i) {
    StepId step{i};
    if (is_block(*view.plan, step) || view.instances[static_cast<std::size_t>(i)].attempt == 0) {
      continue;
    }
    while (step != top && step.value > 0) {
      const StepId parent = view.plan->step(step).parent;
      step = parent == dsl::no_step ? StepId{0} : parent;
    }
    if (step == top) chosen.push_back(i);
  }
  return chosen;
}

void print(const LogFlags& flags, const RunView& view, const LogLine& line) {
  if (flags.raw) {
    std::cout << line.text << (line.ended ? "\n" : "");
    return;
  }
  const std::string step = dsl::path_of(*view.plan, StepId{line.inst});
  std::cout << (flags.common.json ? log_record(line, step, view.run.number)
                                  : prefixed_with_millis(line, step))
            << '\n';
}

}  // namespace

int logs_command(const Command& command, const Arguments& arguments) {
  LogFlags flags;
  FlagParser parser(command, flags.common);
  parser.positional("RUN", flags.run)
      .positional("STEP", flags.step, false)
      .flag("-f,--follow", flags.follow, "Go on until the run ends")
      .flag("--raw", flags.raw, "The bytes as they were, without a prefix");
  if (!parser.parse(arguments)) return exit_success;

  constexpr int poll_ms = 100;
  const std::unique_ptr<store::Reader> reader =
      open_reader(find_database(flags.common, MayStart::nothing));
  store::RunSummary run = find_run(*reader, flags.run);
  const std::shared_ptr<const dsl::Plan> plan = load_plan(*reader, run);
  LogTail tail(run.run);
  while (true) {
    // The state is read before the output, so that an ended run is complete.
    const RunView view = load_view(*reader, run, plan);
    const bool over = !flags.follow || has_ended(run.phase);
    tail.each(*reader, chosen_steps(view, flags.step), over,
              [&](const LogLine& line) { print(flags, view, line); });
    std::cout.flush();
    if (over) return exit_success;
    ::poll(nullptr, 0, poll_ms);
    run = find_run(*reader, std::to_string(run.number));
  }
}

}  // namespace pawl::cli

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/all_events.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/gantt.hpp"
#include "cli/past_view.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/step_page.hpp"
#include "cli/step_selection.hpp"
#include "cli/style_for.hpp"
#include "cli/wording.hpp"
#include "dsl/bundle.hpp"

namespace pawl::cli {
namespace {

struct ShowFlags {
  CommonFlags common;
  std::string run;
  std::vector<std::string> steps;
  bool gantt = false, failed = false, output = false;

  bool wants_steps() const { return failed || !steps.empty(); }
};

bool parse(const Command& command, const Arguments& arguments, ShowFlags& flags) {
  FlagParser parser(command, flags.common);
  parser.positional("RUN", flags.run)
      .positionals("STEP", flags.steps, false)
      .flag("--gantt", flags.gantt, "A row a step on an axis of time")
      .flag("--failed", flags.failed, "Steps that failed only; of STEP, when it is a block")
      .flag("--output", flags.output, "The output only, as JSON");
  if (!parser.parse(arguments)) return false;
  if (flags.output && flags.wants_steps() &&
      (flags.failed || flags.steps.size() > 1 || is_selection(flags.steps[0]))) {
    throw Error(ErrorKind::usage, "--output is of one step, or of the run", "",
                fmt::format("pawl show {} --json", shell_quoted(flags.run)));
  }
  return true;
}

class Showing {
 public:
  explicit Showing(const ShowFlags& flags)
      : flags_(flags),
        reader_(open_reader(find_database(flags.common, MayStart::nothing))),
        style_(style_for(flags.common, STDOUT_FILENO)) {
    const auto [named, repair] = split_repair(flags.run);
    const bool is_past = repair && reader_->find(flags.run).empty();
    const store::RunSummary run = find_run(*reader_, is_past ? named : flags.run);
    view_ = load_view(*reader_, run, load_plan(*reader_, run));
    if (is_past) go_back(*repair);
  }

  int run() {
    if (flags_.output) return print_output();
    if (flags_.wants_steps()) return print_steps();
    if (flags_.common.quiet) {
      std::cout << view_.run.number << '\n';
    } else if (flags_.common.json) {
      std::cout << view_record(view_, now_here()) << '\n';
    } else if (flags_.gantt) {
      write_out(
          gantt_text(view_, attempt_spans(events()), pause_spans(events()), now_here(), style_),
          style_);
    } else {
      write_out(tree_text(view_, now_here(), style_), style_);
    }
    return exit_success;
  }

 private:
  void go_back(int repair) {
    const int repairs = repairs_in(events());
    if (repair > repairs) {
      throw Error(ErrorKind::usage,
                  fmt::format("run {} was repaired {}, not {}", view_.run.number,
                              counted(repairs, "time"), repair),
                  fmt::format("{0}.0 is run {0} before any repair", view_.run.number),
                  fmt::format("pawl show {}", view_.run.number));
    }
    view_ = past_view(view_, events(), repair);
    // What came later did not happen yet.
    std::erase_if(events_, [&](const EventView& event) { return event.seq > view_.run.version; });
  }

  const std::vector<EventView>& events() {
    if (events_.empty()) events_ = all_events(*reader_, view_.run.run);
    return events_;
  }

  std::string path(StepId step) const { return dsl::path_of(*view_.plan, step); }

  std::vector<StepId> chosen() const {
    std::vector<StepId> steps = select_steps(view_, flags_.steps);
    if (!flags_.failed) return steps;
    std::vector<StepId> failed = select_steps(view_, {"@failed"});
    std::erase_if(failed, [&](StepId step) {
      return !flags_.steps.empty() && std::ranges::none_of(steps, [&](StepId block) {
        return is_within(*view_.plan, step, block);
      });
    });
    return failed;
  }

  /// What a block holds; of a step that is none, nothing.
  std::vector<StepId> inside(StepId block) const {
    std::vector<StepId> steps;
    for (std::int32_t i = block.value + 1; i < static_cast<std::int32_t>(view_.plan->steps.size());
         ++i) {
      if (is_within(*view_.plan, StepId{i}, block)) steps.push_back(StepId{i});
    }
    return steps;
  }

  int print_steps() {
    const std::vector<StepId> steps = chosen();
    if (steps.empty() && !flags_.common.json && !flags_.common.quiet) {
      std::cerr << fmt::format("run {} has no such steps now: pawl show {}\n", view_.run.number,
                               view_.run.number);
    }
    if (flags_.common.quiet) {
      for (const StepId step : steps) std::cout << path(step) << '\n';
    } else if (flags_.common.json || steps.size() == 1) {
      print_pages(steps);
    } else if (!steps.empty()) {
      write_out(list_text(view_, steps, now_here(), style_), style_);
      std::cout.flush();
      std::cerr << fmt::format("one of them: pawl show {} {}\n", flags_.run,
                               shell_quoted(path(steps[0])));
    }
    return exit_success;
  }

  void print_pages(const std::vector<StepId>& steps) {
    const std::optional<store::Definition> definition = reader_->definition(view_.run.definition);
    const std::string source = definition ? dsl::decode_bundle(definition->bundle).workflow : "";
    for (const StepPage& page :
         read_step_pages(*reader_, view_, events(), steps, source, now_here())) {
      if (flags_.common.json) {
        std::cout << page_record(view_, page, now_here()) << '\n';
      } else {
        write_out(page_text(view_, page, now_here(), style_), style_);
        write_out(list_text(view_, inside(page.step), now_here(), style_), style_);
      }
    }
  }

  /// A script must notice that there is none, so that is an error.
  int print_output() {
    const std::string number = std::to_string(view_.run.number);
    if (flags_.steps.empty()) {
      if (view_.run.phase != core::RunPhase::succeeded) {
        throw Error(ErrorKind::usage, fmt::format("run {} has no outputs", number),
                    fmt::format("it is {}", name_of(view_.run.phase)), "pawl show " + number);
      }
      std::cout << view_.facts.outputs.text << '\n';
      return exit_success;
    }
    const StepId step = select_steps(view_, flags_.steps).at(0);
    const core::Instance& instance = view_.instances[static_cast<std::size_t>(step.value)];
    if (instance.state != core::StepState::succeeded && !instance.ignored) {
      throw Error(ErrorKind::usage,
                  fmt::format("step {} of run {} has no output", quoted(path(step)), number),
                  fmt::format("it is {}", name_of(instance.state)),
                  fmt::format("pawl show {} {}", number, shell_quoted(path(step))));
    }
    std::cout << instance.output.text << '\n';
    return exit_success;
  }

  const ShowFlags& flags_;
  std::unique_ptr<store::Reader> reader_;
  Style style_;
  RunView view_;
  std::vector<EventView> events_;
};

}  // namespace

int show_command(const Command& command, const Arguments& arguments) {
  ShowFlags flags;
  if (!parse(command, arguments, flags)) return exit_success;
  return Showing(flags).run();
}

}  // namespace pawl::cli

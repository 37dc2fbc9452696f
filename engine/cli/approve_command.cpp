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

/// `pawl approve` and `pawl reject`: decisions of people.
namespace pawl::cli {
namespace {

/// The approvals that wait.
std::vector<StepId> open_approvals(const RunView& view) {
  std::vector<StepId> open;
  for (std::size_t i = 1; i < view.instances.size(); ++i) {
    const core::Instance& instance = view.instances[i];
    const bool waits =
        instance.state == core::StepState::waiting && instance.reason == core::Reason::approval;
    if (waits) open.push_back(StepId{static_cast<std::int32_t>(i)});
  }
  return open;
}

/// The step that is meant: the one that is named, or the only one that waits.
StepId approval_of(const RunView& view, const std::string& named, std::string_view verb) {
  if (!named.empty()) return find_step(*view.plan, named, view.run.number);
  const std::vector<StepId> open = open_approvals(view);
  if (open.size() == 1) return open.front();
  if (open.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("nothing in run {} waits for a decision", view.run.number),
                (has_ended(view.run.phase) ? "it has ended: it is " : "it is ") +
                    std::string(name_of(view.run.phase)),
                fmt::format("pawl show {}", view.run.number));
  }
  std::string paths;
  for (const StepId step : open) {
    paths += (paths.empty() ? "" : ", ") + dsl::path_of(*view.plan, step);
  }
  throw Error(ErrorKind::usage,
              fmt::format("{} steps of run {} wait for a decision", open.size(), view.run.number),
              "they are: " + paths,
              fmt::format("pawl {} {} {}", verb, view.run.number,
                          shell_quoted(dsl::path_of(*view.plan, open.front()))));
}

int decide(const Command& command, const Arguments& arguments, bool approve) {
  CommonFlags common;
  std::string named, step_named;
  std::vector<std::string> fields;
  core::Decide decision;
  decision.approve = approve;
  FlagParser parser(command, common);
  parser.positional("RUN", named)
      .positional("STEP", step_named, false)
      .option("--comment", decision.comment, "TEXT", "Why, for the run's history");
  if (approve) {
    parser.option("--option", decision.option, "O", "Which of the step's options")
        .options("-i,--input", fields, "K=V", "A field of the step's form");
  }
  if (!parser.parse(arguments)) return exit_success;

  const Database database = find_database(common, MayStart::private_cluster);
  const std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  const RunView view = load_view(*reader, run, load_plan(*reader, run));
  const StepId step = approval_of(view, step_named, approve ? "approve" : "reject");
  decision.step = dsl::path_of(*view.plan, step);
  if (const auto* spec = std::get_if<dsl::ApprovalSpec>(&view.plan->step(step).spec);
      spec != nullptr && approve) {
    decision.form =
        gather_form(spec->form, fields,
                    fmt::format("pawl approve {} {}", run.number, shell_quoted(decision.step)));
  }
  WorkerKeeper keeper(database, 0);
  const std::string what = decision.step + (approve ? " is approved" : " is rejected");
  return tell_answer(common, run, named, send_request(database, *reader, run, decision, &keeper),
                     {what, "pawl attach"});
}

}  // namespace

int approve_command(const Command& command, const Arguments& arguments) {
  return decide(command, arguments, true);
}

int reject_command(const Command& command, const Arguments& arguments) {
  return decide(command, arguments, false);
}

}  // namespace pawl::cli

#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/background_worker.hpp"
#include "cli/bundle_folder.hpp"
#include "cli/command.hpp"
#include "cli/follow.hpp"
#include "cli/inputs.hpp"
#include "cli/interrupt_note.hpp"
#include "cli/json_reading.hpp"
#include "cli/json_record.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/user.hpp"
#include "cli/workflow_file.hpp"
#include "core/codec.hpp"

namespace pawl::cli {
namespace {

struct RunFlags {
  CommonFlags common;
  std::string file, key;
  GivenInputs inputs;
  FollowFlags look;
  std::vector<std::string> labels;
  bool detach = false;
  int slots = 0;
};

std::optional<RunFlags> parse(const Command& command, const Arguments& arguments) {
  RunFlags flags;
  FlagParser parser(command, flags.common);
  parser.positional("FILE", flags.file)
      .options("-i,--input", flags.inputs.pairs, "K=V", "An input; K=@FILE reads its text")
      .option("--inputs", flags.inputs.file, "FILE", "Inputs as a JSON object; - reads stdin")
      .option("--key", flags.key, "K", "Name of this run; the same again attaches to it")
      .options("--label", flags.labels, "K=V", "A label of the run")
      .flag("--detach", flags.detach, "Start it and leave")
      .number("--slots", flags.slots, 1, "Steps at once, of a worker that is started for it");
  add_follow_flags(parser, flags.look);
  if (!parser.parse(arguments)) return std::nullopt;
  return flags;
}

/// The compiled file; its mistakes go to stderr, and then it has no plan.
dsl::Compiled compile_file(const RunFlags& flags, const std::string& source) {
  dsl::Compiled compiled = compile_workflow(source, flags.file);
  std::cerr << diagnostics_text(compiled.diagnostics, flags.file, source, flags.common.json);
  return compiled;
}

/// "key 'daily' is taken by run 4711 with other inputs: day=2026-11-19"
Error key_taken(store::Reader& reader, const RunFlags& flags, std::int64_t number,
                const JsonText& ours) {
  const store::RunSummary run = find_run(reader, std::to_string(number));
  const RunView view = load_view(reader, run, load_plan(reader, run));
  const Members given = members_of(ours);
  Members other;
  for (const auto& member : members_of(view.facts.inputs)) {
    if (std::find(given.begin(), given.end(), member) == given.end()) other.push_back(member);
  }
  const std::string difference = pairs_text(object_of(other));
  return {ErrorKind::usage,
          fmt::format("key {} is taken by run {} with other inputs{}", pawl::quoted(flags.key),
                      number, difference.empty() ? "" : ": " + difference),
          "use another key, or follow that run", fmt::format("pawl attach {}", number)};
}

/// Leaves only when a worker has the run, so that no one has to look after it.
void hand_over(store::Reader& reader, WorkerKeeper& keeper, const store::RunSummary& run) {
  constexpr auto patience = std::chrono::seconds{15};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (find_run(reader, std::to_string(run.number)).version > 0) return;
    keeper.look(reader);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

void tell_started(const RunFlags& flags, const store::RunSummary& run, bool existed) {
  std::ostream& out = flags.look.result.empty() ? std::cout : std::cerr;
  if (flags.common.quiet) {
    out << run.number << '\n';
  } else if (flags.common.json) {
    out << JsonRecord("started")
               .text("run", std::to_string(run.number))
               .text("id", std::to_string(run.run.value))
               .text("workflow", run.workflow)
               .boolean("existed", existed)
               .str()
        << '\n';
  } else if (existed) {
    out << fmt::format("key {} is run {} already\n", pawl::quoted(flags.key), run.number);
  }
  if (flags.detach && !flags.common.quiet && !flags.common.json) {
    out << fmt::format("run {} started\n  pawl attach {}\n", run.number, run.number);
  }
  out.flush();
}

}  // namespace

int run_command(const Command& command, const Arguments& arguments) {
  const std::optional<RunFlags> flags = parse(command, arguments);
  if (!flags) return exit_success;

  const std::string source = read_workflow(flags->file);
  dsl::Compiled compiled = compile_file(*flags, source);
  if (!compiled.plan) return exit_usage;
  const JsonText inputs = gather_inputs(*compiled.plan, flags->inputs, flags->file);
  std::vector<std::string> labels;
  for (const auto& [name, value] : compiled.plan->labels) labels.push_back(name + "=" + value);
  labels.insert(labels.end(), flags->labels.begin(), flags->labels.end());

  store::StartRequest request;
  request.actor = actor();
  request.key = flags->key;
  request.labels = gather_labels(labels).text;
  request.request = core::encode_request(core::Start{inputs});
  request.folder = folder_of(flags->file);

  Database database = find_database(flags->common, MayStart::private_cluster);
  std::unique_ptr<store::Store> store = open_store(database);
  request.definition =
      store->put_definition(definition_of(flags->file, source, std::move(compiled)));
  std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::StartReply started = store->start(std::span(&request, 1)).at(0);
  PAWL_CRASH_POINT("run.stored");

  if (started.result == store::StartReply::Result::conflict) {
    throw key_taken(*reader, *flags, started.number, inputs);
  }
  const bool existed = started.result == store::StartReply::Result::exists;
  // From here on there is a run that goes on when we are asked to leave.
  std::optional<InterruptNote> note;
  if (!flags->detach) note.emplace();
  WorkerKeeper keeper(database, flags->slots);
  store::RunSummary run;
  for (bool known = false; !known;) {
    try {
      run = find_run(*reader, std::to_string(started.number));
      if (!has_ended(run.phase)) keeper.look(*reader);
      known = true;
    } catch (const store::Unavailable& gone) {
      reader = reconnect(database, started.number, {flags->common, 0, &keeper, flags->look}, gone);
    }
  }
  tell_started(*flags, run, existed);
  if (flags->detach) {
    if (!has_ended(run.phase)) hand_over(*reader, keeper, run);
    return exit_success;
  }
  // It watches for hours: what was needed to compile a large file goes back to the system.
  store.reset();
  ::malloc_trim(0);
  return follow(database, std::move(reader), run,
                {flags->common, existed ? run.version : 0, &keeper, flags->look});
}

}  // namespace pawl::cli

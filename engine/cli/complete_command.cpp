#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>

#include "cli/bundle_folder.hpp"
#include "cli/command.hpp"
#include "cli/completion.hpp"
#include "cli/completion_shells.hpp"
#include "cli/database.hpp"
#include "cli/run_ref.hpp"
#include "cli/run_view.hpp"
#include "cli/workflow_file.hpp"
#include "dsl/compile.hpp"

namespace pawl::cli {
namespace {

/// Who pressed Tab waits no longer, whatever the database does.
constexpr suseconds_t patience_us = 300'000;

extern "C" void give_up(int) { ::_exit(exit_success); }

void end_in_time() {
  std::signal(SIGALRM, give_up);
  const itimerval timer{{0, 0}, {0, patience_us}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

/// The database that the line names, without a look at its version: what it cannot answer is no
/// candidate.
std::unique_ptr<store::Reader> reader_for(const Typed& typed) {
  CommonFlags flags;
  flags.quiet = true;
  const auto value = [&](const char* name) {
    const auto found = typed.values.find(name);
    return found == typed.values.end() ? std::string() : found->second;
  };
  flags.database = value("--database");
  flags.config = value("--config");
  return store::open_reader(find_database(flags, MayStart::nothing).address);
}

CompletionSources sources_for(const Typed& typed) {
  CompletionSources sources;
  sources.runs = [&typed] {
    return reader_for(typed)->runs(static_cast<int>(candidates_max), std::nullopt, {});
  };
  sources.steps = [&typed](const std::string& named) {
    const std::unique_ptr<store::Reader> reader = reader_for(typed);
    const std::shared_ptr<const dsl::Plan> plan = load_plan(*reader, find_run(*reader, named));
    std::vector<std::string> paths;
    for (std::int32_t i = 1; i < static_cast<std::int32_t>(plan->steps.size()); ++i) {
      paths.push_back(dsl::path_of(*plan, StepId{i}));
    }
    return paths;
  };
  sources.inputs = [](const std::string& path) {
    const dsl::Compiled compiled = compile_workflow(read_workflow(path), path);
    return compiled.plan ? compiled.plan->inputs : std::vector<dsl::Input>();
  };
  return sources;
}

std::vector<Candidate> candidates_for(std::vector<std::string> words) {
  const Typed typed = read_typed(commands(), std::move(words));
  return complete(commands(), typed, sources_for(typed));
}

/// The words of `arguments` are the shell's name, what it says about itself, the typed ones.
std::string answer(const Arguments& arguments) {
  if (arguments.empty()) return "";
  const std::string& shell = arguments[0];
  if (shell == "bash" && arguments.size() == 4) {
    const BashLine line = read_bash_line(arguments[3], arguments[2]);
    if (line.words.size() < 2) return "";
    // "37" and "42" put a candidate into the line as it is shown.
    const bool inserts = arguments[1] == "37" || arguments[1] == "42";
    return for_bash(candidates_for({line.words.begin() + 1, line.words.end()}), line, !inserts);
  }
  const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
  if (shell == "zsh") return for_zsh(candidates_for(words));
  return shell == "fish" ? for_fish(candidates_for(words)) : "";
}

}  // namespace

int complete_command(const Arguments& arguments) {
  end_in_time();
  try {
    std::cout << answer(arguments) << std::flush;
  } catch (const std::exception&) {
    // There is a line being typed on this terminal: nothing may be said, and there is nobody to
    // act upon it.
  }
  return exit_success;
}

}  // namespace pawl::cli

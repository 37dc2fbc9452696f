#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstdio>
#include <iostream>
#include <new>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/did_you_mean.hpp"
#include "cli/errors.hpp"
#include "cli/help_page.hpp"
#include "cli/style_for.hpp"
#include "store/store.hpp"

namespace pawl::cli {
namespace {

constexpr auto table = std::to_array<Command>({
    {"run", Group::run, "FILE [-i K=V]… [--inputs FILE|-] [--key K]",
     "Start a workflow and follow it",
     "pawl run nightly.yaml -i region=eu\npawl run nightly.yaml --detach", run_command},
    {"attach", Group::run, "RUN", "Follow a run that is under way", "pawl attach last",
     attach_command},
    {"pause", Group::run, "RUN [--now]", "Start no further step", "pawl pause last", pause_command},
    {"resume", Group::run, "RUN [--value JSON]", "Let it go on, and follow it", "pawl resume last",
     resume_command},
    {"approve", Group::run, "RUN [STEP] [--option O] [-i K=V]…", "Say yes to what waits for people",
     "pawl approve last review --comment 'checked'", approve_command},
    {"reject", Group::run, "RUN [STEP] [--comment TEXT]", "Say no to it",
     "pawl reject last review --comment 'not yet'", reject_command},
    {"signal", Group::run, "RUN NAME [JSON] [--id TEXT]", "Send a signal to what waits for it",
     "pawl signal last paid '{\"amount\": 12}'", signal_command},
    {"cancel", Group::run, "RUN [--comment TEXT]", "Stop it; its hooks still run",
     "pawl cancel last --comment 'wrong day'", cancel_command},
    {"retry", Group::run, "RUN [STEP…]", "Run what failed again, by the file as it was",
     "pawl retry last\npawl retry last build.compile", retry_command},
    {"resolve", Group::run, "RUN STEP done|not_done [--output JSON]",
     "Say whether what happens once was done",
     "pawl resolve last charge done --comment 'found it on the statement'", resolve_command},
    {"runs", Group::look, "[FILTER…] [--limit N] [--after RUN]", "List runs, newest first",
     "pawl runs\npawl runs state=failed since=24h", runs_command},
    {"show", Group::look, "RUN [STEP…] [--gantt] [--failed] [--output]",
     "One run: its steps, outputs and errors", "pawl show last\npawl show last build.compile",
     show_command},
    {"logs", Group::look, "RUN [STEP…] [-f]", "Output of steps, merged by time",
     "pawl logs last build.compile\npawl logs last -f --grep error", logs_command},
    {"events", Group::look, "RUN [-f] [--after N]", "Each transition, with who and why",
     "pawl events last", events_command},
    {"top", Group::look, "[FILTER…]", "Watch runs, queues and workers on the full screen",
     "pawl top\npawl top state=running", top_command},
    {"new", Group::write, "NAME [--template TEMPLATE]", "Write a first workflow from a template",
     "pawl new hello\npawl new flows/report --template job", new_command},
    {"check", Group::write, "[PATH…] [--watch]", "Find all mistakes without running",
     "pawl check nightly.yaml\npawl check flows", check_command},
    {"test", Group::write, "[PATH…] [-k TEXT] [--junit FILE] [--record RUN]",
     "Play cases of workflows in virtual time",
     "pawl test nightly.test.yaml\npawl test --record last", test_command},
    {"explain", Group::write, "[CODE]", "The long form of one message", "pawl explain unknown-key",
     explain_command},
    {"fmt", Group::write, "[PATH…] [--check]", "Lay workflow files out alike; comments stay",
     "pawl fmt nightly.yaml", fmt_command},
    {"graph", Group::write, "FILE [--svg|--mermaid|--dot]", "Draw a workflow",
     "pawl graph nightly.yaml\npawl graph nightly.yaml --svg > nightly.svg", graph_command},
    {"preview", Group::write, "FILE [-i K=V]… [--inputs FILE|-]",
     "What would run, values filled in", "pawl preview nightly.yaml -i region=us", preview_command},
    {"schema", Group::write, "", "The JSON Schema of workflow files, for editors",
     "pawl schema > pawl.schema.json", schema_command},
    {"doctor", Group::operate, "[RUN] [--all]", "Why it does not move; health",
     "pawl doctor\npawl doctor last", doctor_command},
    {"serve", Group::operate, "[--slots N] [--queue Q]… [--lease D] [--idle-exit D]",
     "Run the steps of queued runs", "pawl serve --slots 8 --idle-exit 10m", serve_command},
    {"db", Group::operate, "start|stop|status|url|psql|migrate", "The database",
     "pawl db status\npawl db psql -c 'select count(*) from run'", db_command},
    {"config", Group::operate, "[KEY|check]", "Each setting and its source",
     "pawl config worker.slots\npawl config check", config_command},
    {"completion", Group::operate, "bash|zsh|fish", "A script that completes words at Tab",
     "pawl completion bash > pawl.bash", completion_command},
    {"man", Group::operate, "[COMMAND] [--to DIR]", "Manual pages",
     "pawl man run | man -l -\npawl man --to share/man", man_command},
    {"version", Group::operate, "", "Which build this is", "pawl version", version_command},
    {"help", Group::operate, "[COMMAND]", "What there is to type", "pawl help run", help_command},
});

int start(const Arguments& words) {
  if (words.empty()) {
    std::cout << first_day_page(table);
    return exit_success;
  }
  const Arguments rest(words.begin() + 1, words.end());
  if (words[0] == "__complete") return complete_command(rest);
  std::string name = words[0];
  if (name == "-h" || name == "--help") name = "help";
  if (name == "--version") name = "version";
  if (name.size() > 1 && name[0] == '-') {
    throw Error(ErrorKind::usage, fmt::format("{} stands before the command", pawl::quoted(name)),
                "flags stand behind it, anywhere: pawl COMMAND [SUBJECT…] [flags]", "pawl help");
  }
  const Command& command = named_command(table, name);
  return command.run(command, rest);
}

int dispatch(const Arguments& words) {
  const int code = start(words);
  std::cout.flush();
  if (!std::cout) {
    throw Error(ErrorKind::environment, "cannot write to standard output",
                "the disk may be full, or its reader refused the data");
  }
  return code;
}

/// Also true when parsing failed before it came to the flag.
bool wants_json(const Arguments& words) {
  const auto end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, "--json") != end;
}

int report(const Error& error, const Arguments& words) {
  std::cout.flush();
  const Style style = style_for({}, STDERR_FILENO);
  const std::size_t cells = style.clip ? static_cast<std::size_t>(std::max(1, style.width - 1)) : 0;
  std::cerr << (wants_json(words) ? error_record(error) : error_text(error, cells));
  return exit_code_of(error.kind());
}

}  // namespace

std::span<const Command> commands() { return table; }

int run_program(const Arguments& words) {
  std::setlocale(LC_CTYPE, "");
  try {
    arm_crash_point();
    return dispatch(words);
  } catch (const Error& error) {
    return report(error, words);
  } catch (const store::Unavailable& gone) {
    return report(database_gone(gone.what()), words);
  } catch (const std::bad_alloc&) {
    return report({ErrorKind::environment, "out of memory", "", "free some, or use less"}, words);
  }
}

}  // namespace pawl::cli

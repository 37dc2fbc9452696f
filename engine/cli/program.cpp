#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstdio>
#include <iostream>
#include <new>
#include <utility>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "store/store.hpp"

namespace pawl::cli {
namespace {

constexpr auto table = std::to_array<Command>({
    {"run", "FILE [-i K=V]… [--inputs FILE|-] [--key K]", "Start a workflow and follow it",
     "pawl run nightly.yaml -i region=eu", run_command},
    {"attach", "RUN", "Follow a run that is under way", "pawl attach 4711", attach_command},
    {"runs", "[FILTER…] [--limit N] [--after RUN]", "List runs, newest first",
     "pawl runs state=failed since=24h", runs_command},
    {"show", "RUN [STEP] [--gantt]", "One run: its steps, outputs and errors", "pawl show last",
     show_command},
    {"logs", "RUN [STEP] [-f]", "Output of steps, merged by time", "pawl logs last build.compile",
     logs_command},
    {"events", "RUN [-f]", "Each transition, with who and why", "pawl events 4711", events_command},
    {"top", "[FILTER…]", "Watch runs, queues and workers", "pawl top", top_command},
    {"pause", "RUN [--now]", "Start no further step", "pawl pause 4711", pause_command},
    {"resume", "RUN", "Let it go on, and follow it", "pawl resume 4711", resume_command},
    {"cancel", "RUN [--comment TEXT]", "Stop it; its hooks still run", "pawl cancel 4711",
     cancel_command},
    {"retry", "RUN [STEP…]", "Run what failed again; finished steps are kept",
     "pawl retry 4709 build.compile", retry_command},
    {"new", "NAME [--template T]", "Write a first workflow from a template",
     "pawl new nightly --template job", new_command},
    {"check", "[PATH…] [--watch]", "Find all mistakes without running", "pawl check flows",
     check_command},
    {"explain", "[CODE]", "The long form of one message", "pawl explain unknown-key",
     explain_command},
    {"fmt", "[PATH…] [--check]", "Lay workflow files out alike; comments stay", "pawl fmt",
     fmt_command},
    {"graph", "FILE [--svg|--mermaid|--dot]", "Draw a workflow", "pawl graph nightly.yaml",
     graph_command},
    {"preview", "FILE [-i K=V]… [--inputs FILE|-]", "What would run, values filled in",
     "pawl preview nightly.yaml -i region=us", preview_command},
    {"serve", "[--slots N] [--queue Q]… [--lease D] [--idle-exit D]",
     "Run the steps of queued runs", "pawl serve --slots 8", serve_command},
    {"db", "start|stop|status|url|psql|migrate", "The database", "pawl db status", db_command},
    {"doctor", "[RUN] [--all]", "Why it does not move; health", "pawl doctor 4711", doctor_command},
    {"config", "[KEY|check]", "Each setting and its source", "pawl config worker.slots",
     config_command},
    {"version", "", "Which build this is", "pawl version", version_command},
    {"help", "[COMMAND]", "What there is to type", "pawl help run", help_command},
});

/// Words that people bring from other tools.
constexpr std::pair<std::string_view, std::string_view> synonyms[] = {
    {"start", "run"},     {"submit", "run"},     {"exec", "run"},     {"status", "show"},
    {"describe", "show"}, {"get", "show"},       {"ls", "runs"},      {"list", "runs"},
    {"ps", "runs"},       {"stop", "cancel"},    {"kill", "cancel"},  {"abort", "cancel"},
    {"rerun", "retry"},   {"validate", "check"}, {"lint", "check"},   {"format", "fmt"},
    {"watch", "attach"},  {"follow", "attach"},  {"tail", "logs"},    {"history", "events"},
    {"create", "new"},    {"init", "new"},       {"worker", "serve"}, {"server", "serve"},
};

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Command::name);
  return found == table.end() ? nullptr : &*found;
}

bool is_near(std::string_view word, std::string_view known) {
  const std::size_t distance = edit_distance(word, known);
  return distance <= 1 || distance * 3 <= std::max(word.size(), known.size()) ||
         (word.size() >= 3 && known.substr(0, word.size()) == word);
}

/// A typing mistake is answered, never corrected and run.
Error unknown_command(std::string_view word) {
  constexpr std::size_t suggestions_max = 3;
  std::vector<const Command*> near;
  const auto suggest = [&](std::string_view name) {
    const Command* command = find_command(name);
    if (near.size() < suggestions_max && std::ranges::find(near, command) == near.end()) {
      near.push_back(command);
    }
  };
  for (const auto& [synonym, name] : synonyms) {
    if (word == synonym) suggest(name);
  }
  for (const Command& command : table) {
    if (is_near(word, command.name)) suggest(command.name);
  }
  for (const auto& [synonym, name] : synonyms) {
    if (is_near(word, synonym)) suggest(name);
  }
  std::string hint;
  for (const Command* command : near) {
    hint += fmt::format("{}{} ({})", hint.empty() ? "did you mean: " : ", ", command->name,
                        command->summary);
  }
  return {ErrorKind::usage, fmt::format("pawl has no command {}", pawl::quoted(word)),
          std::move(hint), "pawl help"};
}

int dispatch(const Arguments& words) {
  if (words.empty() || words[0] == "-h" || words[0] == "--help") {
    return help_command(*find_command("help"), {});
  }
  if (words[0] == "--version") return version_command(*find_command("version"), {});
  const Command* command = find_command(words[0]);
  if (command == nullptr) throw unknown_command(words[0]);
  const int code = command->run(*command, Arguments(words.begin() + 1, words.end()));
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
  std::cerr << (wants_json(words) ? error_record(error) : error_text(error));
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

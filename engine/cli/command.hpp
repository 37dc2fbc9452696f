#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What `main` knows of a command: one row of the table in program.cpp.
namespace pawl::cli {

/// What a script can rely on (`pawl run a && deploy`).
enum ExitCode : int {
  exit_success = 0,
  exit_run_failed = 1,  ///< Also interrupted and quarantined.
  exit_usage = 2,       ///< Usage, a file with mistakes, an unknown run, a refused command.
  exit_cancelled = 3,
  exit_environment = 4,      ///< Database or server away, no right.
  exit_stopped_waiting = 5,  ///< What was asked goes on; we did not wait for its end.
};

/// The words after the command's name.
using Arguments = std::vector<std::string>;

/// The heading under which `pawl help` lists a command.
enum class Group { run, look, write, operate };

struct Description;

struct Command {
  std::string_view name;
  Group group;
  std::string_view usage;    ///< "FILE [-i K=V]…"
  std::string_view summary;  ///< One line, no full stop.
  std::string_view example;  ///< What its help page begins with; one a line.
  /// Does the work and returns an ExitCode. Throws Error; `run_program` prints it.
  int (*run)(const Command& command, const Arguments& arguments);
  /// Set in the copy that `describe` runs: parsing then tells what there is to parse, and the
  /// command does nothing.
  Description* described = nullptr;
};

/// Every command, in the order in which people meet them.
std::span<const Command> commands();

/// `main` without its name: parses nothing but the command, runs it, prints what it throws.
int run_program(const Arguments& words);

// One file each: NAME_command.cpp.
int run_command(const Command& command, const Arguments& arguments);
int attach_command(const Command& command, const Arguments& arguments);
int runs_command(const Command& command, const Arguments& arguments);
int show_command(const Command& command, const Arguments& arguments);
int logs_command(const Command& command, const Arguments& arguments);
int events_command(const Command& command, const Arguments& arguments);
int pause_command(const Command& command, const Arguments& arguments);
int resume_command(const Command& command, const Arguments& arguments);
int approve_command(const Command& command, const Arguments& arguments);
int reject_command(const Command& command, const Arguments& arguments);
int signal_command(const Command& command, const Arguments& arguments);
int resolve_command(const Command& command, const Arguments& arguments);
int cancel_command(const Command& command, const Arguments& arguments);
int retry_command(const Command& command, const Arguments& arguments);
int new_command(const Command& command, const Arguments& arguments);
int test_command(const Command& command, const Arguments& arguments);
int check_command(const Command& command, const Arguments& arguments);
int explain_command(const Command& command, const Arguments& arguments);
int fmt_command(const Command& command, const Arguments& arguments);
int graph_command(const Command& command, const Arguments& arguments);
int preview_command(const Command& command, const Arguments& arguments);
int schema_command(const Command& command, const Arguments& arguments);
int serve_command(const Command& command, const Arguments& arguments);
int db_command(const Command& command, const Arguments& arguments);
int top_command(const Command& command, const Arguments& arguments);
int doctor_command(const Command& command, const Arguments& arguments);
int config_command(const Command& command, const Arguments& arguments);
int version_command(const Command& command, const Arguments& arguments);
int completion_command(const Command& command, const Arguments& arguments);
int man_command(const Command& command, const Arguments& arguments);
int help_command(const Command& command, const Arguments& arguments);

/// `pawl __complete`, which completion scripts ask. It belongs to no table, prints candidates or
/// nothing, never an error.
int complete_command(const Arguments& arguments);

}  // namespace pawl::cli

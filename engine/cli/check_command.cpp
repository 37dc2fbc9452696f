#include <iostream>

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/workflow_file.hpp"

namespace pawl::cli {

int check_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::vector<std::string> paths;
  FlagParser parser(command, common);
  parser.positionals("FILE", paths, true);
  if (!parser.parse(arguments)) return exit_success;

  bool sound = true;
  for (const std::string& path : paths) {
    const std::string source = read_workflow(path);
    const dsl::Compiled compiled = dsl::compile(source, path);
    // What check was asked for are the mistakes, so they go to stdout.
    std::cout << diagnostics_text(compiled.diagnostics, path, source, common.json);
    if (!compiled.plan) sound = false;
    if (compiled.plan && compiled.diagnostics.empty() && !common.json && !common.quiet) {
      std::cout << path << ": no mistakes\n";
    }
  }
  return sound ? exit_success : exit_usage;
}

}  // namespace pawl::cli

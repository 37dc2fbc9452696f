#include <iostream>

#include "cli/command.hpp"
#include "cli/completion_shells.hpp"
#include "cli/flags.hpp"
#include "cli/json_record.hpp"

namespace pawl::cli {

int completion_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string shell;
  FlagParser parser(command, common);
  parser.positional("bash|zsh|fish", shell);
  if (!parser.parse(arguments)) return exit_success;
  if (common.json) {
    std::cout << JsonRecord("completion")
                     .text("shell", shell)
                     .text("script", completion_script(shell))
                     .str()
              << '\n';
  } else {
    std::cout << completion_script(shell);
  }
  return exit_success;
}

}  // namespace pawl::cli

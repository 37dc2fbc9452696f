#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/flags.hpp"

namespace pawl::cli {

int help_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string subject;
  FlagParser parser(command, common);
  parser.positional("COMMAND", subject, false);
  if (!parser.parse(arguments)) return exit_success;

  if (!subject.empty()) {
    const auto found = std::ranges::find(commands(), subject, &Command::name);
    if (found == commands().end()) {
      throw Error(ErrorKind::usage, fmt::format("pawl has no command {}", pawl::quoted(subject)),
                  "", "pawl help");
    }
    return found->run(*found, {"--help"});
  }
  std::cout << "pawl run FILE                 start a workflow and follow it\n"
               "pawl help COMMAND             its flags\n\n";
  for (const Command& each : commands()) {
    std::cout << fmt::format("  {:<9} {}\n", each.name, each.summary);
  }
  std::cout << "\nRUN is a number, an id, a key (or key:K), last, last:WORKFLOW or last~N.\n"
               "exit: 0 success, 1 the run failed, 2 usage, 3 cancelled, 4 environment, "
               "5 stopped waiting\n";
  return exit_success;
}

}  // namespace pawl::cli

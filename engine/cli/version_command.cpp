#include <iostream>

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/json_record.hpp"
#include "dsl/plan.hpp"

namespace pawl::cli {

int version_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  FlagParser parser(command, common);
  if (!parser.parse(arguments)) return exit_success;
  if (common.json) {
    std::cout << JsonRecord("version")
                     .text("version", PAWL_VERSION)
                     .number("plan_version", dsl::plan_version)
                     .number("sem", dsl::language_sem)
                     .str()
              << '\n';
  } else {
    std::cout << (common.quiet ? "" : "pawl ") << PAWL_VERSION "\n";
  }
  return exit_success;
}

}  // namespace pawl::cli

#include <iostream>
#include <string>

#include "base/check.hpp"
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/json_record.hpp"
#include "schemas/json_schemas.hpp"

namespace pawl::cli {

int schema_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  FlagParser parser(command, common);
  if (!parser.parse(arguments)) return exit_success;

  check(schemas::json_schemas().size() == 1, "there is one schema, that of workflows");
  std::string text(schemas::json_schemas().front().text);
  if (common.json) {
    std::erase(text, '\n');  // A record is one line, and no text of JSON holds an end of a line.
    std::cout << JsonRecord("schema").json("schema", {text}).str() << '\n';
  } else {
    std::cout << text;
  }
  return exit_success;
}

}  // namespace pawl::cli

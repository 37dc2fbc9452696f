#include <unistd.h>

#include <iostream>

#include "cli/command.hpp"
#include "cli/did_you_mean.hpp"
#include "cli/flags.hpp"
#include "cli/help_page.hpp"
#include "cli/language_page.hpp"
#include "cli/style_for.hpp"

namespace pawl::cli {
namespace {

void tell(const Command& command, const CommonFlags& common) {
  if (common.json) {
    std::cout << command_record(command, describe(command)) << '\n';
  } else if (common.quiet) {
    std::cout << command.name << '\n';
  } else {
    write_out(command_page(command, describe(command)), style_for(common, STDOUT_FILENO));
  }
}

void tell_language(const CommonFlags& common) {
  if (!common.json && !common.quiet) {
    return write_out(language_page(), style_for(common, STDOUT_FILENO));
  }
  for (const LanguageKey& key : language_keys()) {
    std::cout << (common.json ? language_record(key) : std::string(key.key)) << '\n';
  }
}

}  // namespace

int help_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string subject;
  bool markdown = false;
  FlagParser parser(command, common);
  parser.positional("COMMAND", subject, false)
      .flag("--markdown", markdown, "Every command on one page, as Markdown");
  if (!parser.parse(arguments)) return exit_success;

  if (subject == "language") {
    tell_language(common);
  } else if (!subject.empty()) {
    tell(named_command(commands(), subject), common);
  } else if (markdown) {
    write_out(markdown_pages(commands()), style_for(common, STDOUT_FILENO));
  } else if (common.json || common.quiet) {
    for (const Command& each : commands()) tell(each, common);
  } else {
    write_out(all_commands_page(commands()), style_for(common, STDOUT_FILENO));
  }
  return exit_success;
}

}  // namespace pawl::cli

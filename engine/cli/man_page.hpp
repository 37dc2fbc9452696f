#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/description.hpp"

/// Manual pages in roff's man macros, ASCII only: any man renders them in any locale.
namespace pawl::cli {

/// "pawl-run.1"; of no command: "pawl.1".
std::string man_file(std::string_view command);

/// pawl(1): all commands, subjects, flags, exit codes, variables.
std::string main_man_page(std::span<const Command> commands, std::string_view version);
/// pawl-COMMAND(1).
std::string man_page(const Command& command, const Description& description,
                     std::string_view version);

}  // namespace pawl::cli

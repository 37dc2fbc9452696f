#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/description.hpp"

/// Pages of `pawl help`: at most 40 rows of 79 cells, each begins with an example.
namespace pawl::cli {

/// What `pawl` alone prints: the commands of a first day.
std::string first_day_page(std::span<const Command> commands);
/// All commands by group, what their subjects are, exit codes.
std::string all_commands_page(std::span<const Command> commands);
/// One command: its flags with a line each, those of every command folded. Only the page of `help`
/// itself tells the latter in full.
std::string command_page(const Command& command, const Description& description);

/// One command as a line of `help --json`.
std::string command_record(const Command& command, const Description& description);

/// docs/commands.md: every command, in the order of the groups.
std::string markdown_pages(std::span<const Command> commands);

/// In the order in which pages list them.
std::span<const Group> groups();
std::string_view name_of(Group group);

}  // namespace pawl::cli

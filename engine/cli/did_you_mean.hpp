#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "cli/command.hpp"

/// A typing mistake is answered, never corrected and run.
namespace pawl::cli {

constexpr std::size_t suggestions_max = 3;

/// `words` as in a sentence: "out or err", "clock, start, delta or none".
std::string alternatives(const std::vector<std::string>& words);

/// The Error (usage) for a word that is no command, with what may have been meant: words of other
/// tools for the same, then slips of the finger, the nearest first, then what was cut short.
Error unknown_command(std::span<const Command> commands, std::string_view word);

/// What `command` has for a flag that people bring from other tools, as a sentence; empty when
/// nothing is known.
std::string_view instead_of_flag(std::string_view command, std::string_view flag);

/// The command of this name. Throws the Error above.
const Command& named_command(std::span<const Command> commands, std::string_view word);

}  // namespace pawl::cli

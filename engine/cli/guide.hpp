#pragma once

#include <span>
#include <string_view>

/// What holds for all commands, as the help pages, the man pages and docs/commands.md tell it.
namespace pawl::cli {

/// A word and what it means; no full stop.
struct Meaning {
  std::string_view word, text;
};

/// The subjects of commands: RUN, STEP, FILTER, …
std::span<const Meaning> subjects();
/// Exit codes.
std::span<const Meaning> exits();
/// Variables of the environment.
std::span<const Meaning> variables();

}  // namespace pawl::cli

#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "cli/flags.hpp"
#include "cli/style.hpp"

namespace pawl::cli {

/// The style of what this process writes to `descriptor` (1 or 2), from the flags, the environment,
/// the locale and the terminal.
Style style_for(const CommonFlags& flags, int descriptor);

/// The stream is a terminal that can redraw, and nobody asked for plain lines.
bool wants_tree(const CommonFlags& flags, int descriptor);

/// Writes in `style`'s alphabet.
void write_to(std::ostream& out, std::string_view text, const Style& style);
/// The same to standard output.
void write_out(std::string_view text, const Style& style);

/// Of the environment; empty when not set.
std::string environment(const char* name);

}  // namespace pawl::cli

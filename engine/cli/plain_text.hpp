#pragma once

#include <string>
#include <string_view>

namespace pawl::cli {

/// What becomes of colours (SGR) that a text brings.
enum class Colours { drop, keep };

/// `text` without what could steer a terminal or deceive a reader: escape sequences, C0 (but tab)
/// and C1 controls are dropped, of what a carriage return overwrites only the last is kept,
/// ill-formed UTF-8 becomes U+FFFD, controls of direction become visible. Colours that are kept are
/// turned off at the end.
std::string harmless(std::string_view text, Colours colours = Colours::drop);

/// The first line of `text`, harmless.
std::string one_line(std::string_view text);

/// Tabs become blanks up to the next multiple of 8 cells.
std::string with_tabs_as_blanks(std::string_view text);

}  // namespace pawl::cli

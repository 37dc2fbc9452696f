#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// How many cells of a terminal a text takes. Widths are Unicode's (utf8proc: East Asian width,
/// combining marks); ambiguous characters count as one cell. Colour sequences (SGR) take none.
/// Texts must be valid UTF-8 without other control characters: see plain_text.hpp.
namespace pawl::cli {

std::size_t cell_width(std::string_view text);

/// Length of the colour sequence (SGR, ECMA-48 8.3.117) at the front of `text`; 0: there is none.
std::size_t colour_length(std::string_view text);

/// The front of `text` in at most `cells` cells; what is cut is marked with `mark` (one cell, or
/// none). Grapheme clusters stay whole, and colour that was on at the cut is turned off.
std::string clip_end(std::string_view text, std::size_t cells, std::string_view mark = "…");

/// Front and end of `text` with `mark` between them: names differ at both ends.
std::string clip_middle(std::string_view text, std::size_t cells, std::string_view mark = "…");

/// `text` and blanks up to `cells`; longer texts stay as they are.
std::string pad_right(std::string_view text, std::size_t cells);
std::string pad_left(std::string_view text, std::size_t cells);

/// `text` in rows of at most `cells`, cut between words where that can be.
std::vector<std::string> wrapped_rows(std::string_view text, std::size_t cells);

}  // namespace pawl::cli

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pawl::cli::draw {

/// `text` as lines of at most `cells`, broken at spaces; a word that is longer is broken, too.
/// At least one line.
std::vector<std::string> wrapped(std::string_view text, int cells);

/// cell_width as the signed number that places on a drawing are.
int cells_of(std::string_view text);

}  // namespace pawl::cli::draw

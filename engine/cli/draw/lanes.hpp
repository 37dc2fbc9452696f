#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/draw/graph.hpp"

namespace pawl::cli::draw {

inline constexpr int lanes_max = 24;

/// One row a step. A lane begins at a step (`○`) and runs down to the last step that needs it. On
/// the row of a step a horizontal line joins it with the lanes it needs; those it passes have no
/// joint. `●` stands on a lane it needs and ends it. A block (`□`, `■`) has a lane of its own
/// (`┃`) beside its steps. Long remarks go on in rows without a step.
///
/// Nothing when there are more than `lanes_max` lanes, or not enough room for the names.
std::optional<std::vector<std::string>> lanes_of(const Graph& graph, int width, bool ascii);

}  // namespace pawl::cli::draw

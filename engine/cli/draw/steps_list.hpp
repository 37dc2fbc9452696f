#pragma once

#include <string>
#include <vector>

#include "cli/draw/graph.hpp"

namespace pawl::cli::draw {

/// One step after the other with what it needs; the steps of a block are indented.
std::vector<std::string> steps_list(const Graph& graph, int width, bool ascii);

}  // namespace pawl::cli::draw

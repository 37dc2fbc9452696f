#pragma once

#include <vector>

#include "cli/draw/graph.hpp"

namespace pawl::cli::draw {

/// The children of `block`, each after all it needs, in an order that keeps few lanes open: the
/// best of file order, depth first from the last steps, and greedily by lanes that end.
std::vector<int> lane_order(const Graph& graph, int block);

/// The same in file order where that is possible.
std::vector<int> file_order(const Graph& graph, int block);

}  // namespace pawl::cli::draw

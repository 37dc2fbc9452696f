#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/draw/graph.hpp"
#include "cli/draw/tracer.hpp"

namespace pawl::cli::draw {

/// The plan of a workflow, which must have no mistakes, as a graph.
Graph compiled(const std::string& yaml);

/// A random graph with blocks in blocks; the same for the same seed.
Graph random_graph(std::uint32_t seed);

/// The graph without blocks, `parents[i]` being what step i needs.
Graph flat_graph(const std::vector<std::vector<int>>& parents);

/// What a drawing of the graph must say.
Reading said_by(const Graph& graph);

/// The widest row, in cells.
int widest(const std::string& text);

}  // namespace pawl::cli::draw

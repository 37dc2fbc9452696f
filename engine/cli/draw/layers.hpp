#pragma once

#include <vector>

/// The layered layout of one block (Sugiyama, Tagawa, Toda 1981): which layer each child stands
/// in, where long lines pass, and the order within a layer.
namespace pawl::cli::draw {

/// A child of the block, or a place where a long line passes a layer.
///
/// A long line is shared: it belongs to one source (and branches off to its targets) or to one
/// target (and gathers its sources), never to both, so that following lines downwards from a
/// source still reaches exactly those that need it.
struct Spot {
  int child = -1;  ///< -1: a line passes.
  int layer = 0;
  std::vector<int> up, down;  ///< Spots of the neighbouring layers that it is joined with.
};

struct Layers {
  std::vector<Spot> spots;             ///< The first are the children, in their order.
  std::vector<std::vector<int>> rows;  ///< The spots of each layer, from left to right.

  const Spot& spot(int number) const { return spots[static_cast<std::size_t>(number)]; }
};

/// `needs` of each child, as indices of children; without a cycle.
Layers layers_of(const std::vector<std::vector<int>>& needs);

/// How many pairs of links cross in all.
long crossings_of(const Layers& layers);

}  // namespace pawl::cli::draw

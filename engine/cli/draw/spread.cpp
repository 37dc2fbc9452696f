#include "cli/draw/spread.hpp"

#include <cmath>
#include <cstddef>

namespace pawl::cli::draw {

std::vector<int> spread(const std::vector<Placed>& things) {
  struct Pool {
    double mean;
    double weight;
    std::size_t size;
  };
  std::vector<Pool> pools;
  // Without the gaps before it, each thing may stand at the place of its left neighbour.
  std::vector<int> offsets;
  int offset = 0;
  for (std::size_t i = 0; i < things.size(); ++i) {
    offset += i == 0 ? 0 : things[i].gap;
    offsets.push_back(offset);
    pools.push_back({things[i].wanted - offset, things[i].weight, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean > pools.back().mean) {
      const Pool right = pools.back();
      pools.pop_back();
      Pool& left = pools.back();
      left.mean =
          (left.mean * left.weight + right.mean * right.weight) / (left.weight + right.weight);
      left.weight += right.weight;
      left.size += right.size;
    }
  }
  std::vector<int> places;
  for (const Pool& pool : pools) {
    for (std::size_t i = 0; i < pool.size; ++i) {
      places.push_back(static_cast<int>(std::lround(pool.mean)) + offsets[places.size()]);
    }
  }
  return places;
}

}  // namespace pawl::cli::draw

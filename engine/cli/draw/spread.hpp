#pragma once

#include <vector>

namespace pawl::cli::draw {

/// A thing that has a place on a line.
struct Placed {
  double wanted = 0;
  double weight = 1;
  int gap = 1;  ///< At least so far from the one before.
};

/// The places nearest to the wanted ones (weighted least squares) that keep the order and the
/// gaps: an isotonic regression, by pooling neighbours that want to pass each other.
std::vector<int> spread(const std::vector<Placed>& things);

}  // namespace pawl::cli::draw

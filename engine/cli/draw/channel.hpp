#pragma once

#include <functional>
#include <utility>
#include <vector>

/// The lines between two layers: what joins what, and along which rows.
namespace pawl::cli::draw {

/// One connected line: everything above it is needed by everything below it.
struct Net {
  std::vector<int> above, below;  ///< Spots, or once they are placed: columns.
};

/// Links (upper, lower) as few nets, each complete: every upper spot is joined with every lower
/// one. A spot that is only a line has one column, so all its links of one side are in one net;
/// of two spots that are lines at most one has several links towards the other's side.
std::vector<Net> nets_of(const std::vector<std::pair<int, int>>& links,
                         const std::function<bool(int)>& is_line);

/// A horizontal piece of a net. A net has none when it is straight, and two when it must give way.
struct Track {
  int net = 0;
  std::vector<int> above, below;  ///< Columns where lines come from above and leave downwards.
  int left = 0, right = 0;
  int row = 0;  ///< From 0, downwards.
};

struct Channel {
  std::vector<Track> tracks;
  int rows = 0;
};

/// Invariants of the result: two nets never share a cell but where a vertical line crosses a
/// horizontal one. Columns are even; no two nets have the same column on the same side.
Channel route(const std::vector<Net>& nets);

}  // namespace pawl::cli::draw

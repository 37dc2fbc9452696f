#pragma once

#include <string>
#include <vector>

#include "cli/draw/graph.hpp"

/// A graph as boxes and lines on a grid of cells; what text and SVG are painted from.
namespace pawl::cli::draw {

enum class Border : unsigned char {
  step,
  block,
  each,  ///< A block that runs once for each item: a double bar.
};

struct Box {
  int node = 0;
  Border border = Border::step;
  int left = 0, top = 0, width = 0, height = 0;
};

/// A horizontal or vertical piece of a line, from one cell to another, both included. Pieces of
/// one net are joined where they meet; where nets cross, the vertical one passes over.
struct Line {
  int net = 0;
  int x1 = 0, y1 = 0, x2 = 0, y2 = 0;  ///< x1 ≤ x2, y1 ≤ y2.
};

struct Picture {
  int width = 0, height = 0;
  int nets = 0;
  std::vector<Box> boxes;  ///< A frame before what is inside it.
  std::vector<Line> lines;
};

/// Cells between boxes side by side.
enum class Room : unsigned char { normal, tight };

/// Lines lead downwards: who follows them from the bottom of a box, never up, comes to exactly
/// those that need it.
Picture picture_of(const Graph& graph, Room room);

/// The picture as rows of text, without spaces at their ends.
std::vector<std::string> paint(const Graph& graph, const Picture& picture, bool ascii);

}  // namespace pawl::cli::draw

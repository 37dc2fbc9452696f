#include <algorithm>

#include "cli/draw/picture.hpp"
#include "cli/draw/strokes.hpp"
#include "cli/draw/wrapped.hpp"

namespace pawl::cli::draw {
namespace {

struct Corners {
  std::string_view top_left, top_right, bottom_left, bottom_right, side;
};

Corners corners_of(Border border, bool ascii) {
  if (ascii) return {"+", "+", "+", "+", border == Border::each ? "H" : "|"};
  switch (border) {
    case Border::step:
      return {"╭", "╮", "╰", "╯", "│"};
    case Border::block:
      return {"┌", "┐", "└", "┘", "│"};
    case Border::each:
      return {"╓", "╖", "╙", "╜", "║"};
  }
  return {};
}

class Canvas {
 public:
  Canvas(const Graph& graph, const Picture& picture, bool ascii)
      : graph_(graph),
        picture_(picture),
        ascii_(ascii),
        width_(static_cast<std::size_t>(picture.width)),
        cells_(width_ * static_cast<std::size_t>(picture.height)) {}

  std::vector<std::string> rows() {
    for (const Box& box : picture_.boxes) add_borders(box);
    for (const Line& line : picture_.lines) {
      if (line.y1 == line.y2) add_horizontal(line);
    }
    for (const Line& line : picture_.lines) {
      if (line.y1 != line.y2) add_vertical(line);
    }
    for (const Box& box : picture_.boxes) add_corners_and_name(box);
    return text();
  }

 private:
  struct Cell {
    unsigned arms = arm_none;
    int net = -1;
    std::string text;      ///< Instead of a line.
    bool covered = false;  ///< By a wide character on its left.
  };

  Cell& cell(int x, int y) {
    return cells_[static_cast<std::size_t>(y) * width_ + static_cast<std::size_t>(x)];
  }

  void add_borders(const Box& box) {
    for (const int y : {box.top, box.top + box.height - 1}) {
      for (int x = box.left + 1; x < box.left + box.width - 1; ++x) {
        cell(x, y).arms = arm_left | arm_right;
      }
    }
  }

  void add_horizontal(const Line& line) {
    for (int x = line.x1; x <= line.x2; ++x) {
      Cell& one = cell(x, line.y1);
      one.net = line.net;
      if (x > line.x1) one.arms |= arm_left;
      if (x < line.x2) one.arms |= arm_right;
    }
  }

  void add_vertical(const Line& line) {
    for (int y = line.y1; y <= line.y2; ++y) {
      Cell& one = cell(line.x1, y);
      // The horizontal line of another net passes below.
      if (one.net >= 0 && one.net != line.net && y > line.y1 && y < line.y2) one.arms = arm_none;
      if (y > line.y1) one.arms |= arm_up;
      if (y < line.y2) one.arms |= arm_down;
    }
  }

  void add_corners_and_name(const Box& box) {
    const Corners corners = corners_of(box.border, ascii_);
    const int right = box.left + box.width - 1, bottom = box.top + box.height - 1;
    cell(box.left, box.top).text = corners.top_left;
    cell(right, box.top).text = corners.top_right;
    cell(box.left, bottom).text = corners.bottom_left;
    cell(right, bottom).text = corners.bottom_right;
    for (int y = box.top + 1; y < bottom; ++y) {
      cell(box.left, y).text = corners.side;
      cell(right, y).text = corners.side;
    }
    const std::string& id = graph_.node(box.node).id;
    const int room = cells_of(id);
    // A step's name stands in the middle, a block's at the left.
    const int indent = box.border == Border::step ? (box.width - 2 - room) / 2 : 1;
    cell(box.left + 1 + indent, box.top + 1).text = id;
    for (int x = 1; x < room; ++x) cell(box.left + 1 + indent + x, box.top + 1).covered = true;
  }

  std::vector<std::string> text() {
    std::vector<std::string> rows;
    for (int y = 0; y < picture_.height; ++y) {
      std::string row;
      for (int x = 0; x < picture_.width; ++x) {
        const Cell& one = cell(x, y);
        if (one.covered) continue;
        row += one.text.empty() ? stroke(one.arms, ascii_) : std::string_view(one.text);
      }
      row.erase(row.find_last_not_of(' ') + 1);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  const Graph& graph_;
  const Picture& picture_;
  bool ascii_;
  std::size_t width_;
  std::vector<Cell> cells_;
};

}  // namespace

std::vector<std::string> paint(const Graph& graph, const Picture& picture, bool ascii) {
  return Canvas(graph, picture, ascii).rows();
}

}  // namespace pawl::cli::draw

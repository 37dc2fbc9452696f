#include "cli/draw/lanes.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/draw/lane_order.hpp"
#include "cli/draw/strokes.hpp"
#include "cli/draw/wrapped.hpp"

namespace pawl::cli::draw {
namespace {

constexpr int no_node = -1;
/// Cells that remarks need to be worth a place beside the lanes.
constexpr int remarks_min = 16;

struct Glyphs {
  std::string_view begins, continues, block_begins, block_continues, block;
};

Glyphs glyphs(bool ascii) {
  if (ascii) return {"o", "*", "[", "#", ":"};
  return {"○", "●", "□", "■", "┃"};
}

/// What stands in one column of a row, and whether a horizontal line leads to the next.
struct Cell {
  std::string_view glyph = " ";
  bool goes_right = false;
};

struct Row {
  int node;
  std::vector<Cell> cells;
  std::vector<Cell> below;  ///< The lanes that go on, for rows without a step.
};

/// Draws the lanes of one block right of those of the blocks around it.
class Drawing {
 public:
  Drawing(const Graph& graph, bool ascii)
      : graph_(graph),
        ascii_(ascii),
        glyphs_(glyphs(ascii)),
        column_(graph.nodes.size(), no_node),
        open_(graph.nodes.size(), 0) {
    for (const Node& node : graph.nodes) {
      for (const int need : node.needs) ++open_[at(need)];
    }
  }

  /// False when there are too many lanes.
  bool run() { return draw(0, {}); }
  const std::vector<Row>& rows() const { return rows_; }
  std::size_t columns() const { return columns_; }

 private:
  using Lanes = std::vector<int>;  ///< By column: the step whose lane it is.

  static std::size_t at(int number) { return static_cast<std::size_t>(number); }

  bool draw(int block, const std::vector<Cell>& outer) {
    Lanes lanes;
    for (const int child : lane_order(graph_, block)) {
      if (!draw_child(child, outer, lanes)) return false;
    }
    return true;
  }

  bool draw_child(int child, const std::vector<Cell>& outer, Lanes& lanes) {
    std::vector<int> needed;
    for (const int need : graph_.node(child).needs) {
      needed.push_back(column_[at(need)]);
      --open_[at(need)];
    }
    std::ranges::sort(needed);
    const Lanes before = lanes;
    for (const int column : needed) {
      if (open_[at(lanes[at(column)])] == 0) lanes[at(column)] = no_node;
    }
    const int own = choose_column(needed, before, lanes);
    if (at(own) >= lanes.size()) lanes.resize(at(own) + 1, no_node);
    columns_ = std::max(columns_, outer.size() + lanes.size());
    if (columns_ > at(lanes_max)) return false;

    Row row{child, outer, outer};
    add_cells(row.cells, child, own, needed, before, lanes);
    const bool has_lane = open_[at(child)] > 0;
    lanes[at(own)] = has_lane ? child : no_node;
    column_[at(child)] = own;
    const bool is_block = graph_.node(child).is_block;
    add_passing(row.below, lanes, is_block ? own : no_node);
    const std::vector<Cell> inner = row.below;
    rows_.push_back(std::move(row));
    if (is_block && !draw(child, inner)) return false;
    while (!lanes.empty() && lanes.back() == no_node) lanes.pop_back();
    return true;
  }

  /// A lane that ends here, else the free column nearest to the lanes that are needed.
  static int choose_column(const std::vector<int>& needed, const Lanes& before,
                           const Lanes& lanes) {
    for (const int column : needed) {
      if (lanes[at(column)] == no_node) return column;
    }
    int best = static_cast<int>(before.size());
    const int target = needed.empty() ? 0 : needed.back();
    for (int column = 0; at(column) < before.size(); ++column) {
      const bool is_nearer = std::abs(column - target) < std::abs(best - target);
      if (before[at(column)] == no_node && is_nearer) best = column;
    }
    return best;
  }

  void add_cells(std::vector<Cell>& cells, int child, int own, const std::vector<int>& needed,
                 const Lanes& before, const Lanes& after) const {
    const int first = needed.empty() ? own : std::min(own, needed.front());
    const int last = needed.empty() ? own : std::max(own, needed.back());
    const auto size = std::max(before.size(), at(own) + 1);
    for (int column = 0; at(column) < size; ++column) {
      const bool is_inside = column >= first && column < last;
      const bool is_needed = std::ranges::binary_search(needed, column);
      if (column == own) {
        cells.push_back({step_glyph(child, is_needed), is_inside});
      } else if (is_needed) {
        unsigned arms = arm_up;
        if (after[at(column)] != no_node) arms |= arm_down;
        if (column > first) arms |= arm_left;
        if (column < last) arms |= arm_right;
        cells.push_back({stroke(arms, ascii_), is_inside});
      } else {
        const bool has_lane = at(column) < before.size() && before[at(column)] != no_node;
        const unsigned arms =
            has_lane ? arm_up | arm_down
                     : (column > first && column < last ? arm_left | arm_right : arm_none);
        cells.push_back({stroke(arms, ascii_), is_inside});
      }
    }
  }

  std::string_view step_glyph(int child, bool stands_on_lane) const {
    if (graph_.node(child).is_block) {
      return stands_on_lane ? glyphs_.block_continues : glyphs_.block_begins;
    }
    return stands_on_lane ? glyphs_.continues : glyphs_.begins;
  }

  /// The lanes as they go on below a row; `block` is the column of the block whose steps follow.
  void add_passing(std::vector<Cell>& cells, const Lanes& lanes, int block) const {
    std::size_t size = lanes.size();
    while (size > 0 && lanes[size - 1] == no_node && static_cast<int>(size) - 1 != block) --size;
    for (std::size_t column = 0; column < size; ++column) {
      if (static_cast<int>(column) == block) {
        cells.push_back({glyphs_.block, false});
      } else {
        const unsigned arms = lanes[column] == no_node ? arm_none : arm_up | arm_down;
        cells.push_back({stroke(arms, ascii_), false});
      }
    }
  }

  const Graph& graph_;
  bool ascii_;
  Glyphs glyphs_;
  std::vector<int> column_;  ///< Of the lane of each step.
  std::vector<int> open_;    ///< How many steps still need it.
  std::vector<Row> rows_;
  std::size_t columns_ = 0;
};

std::string text_of(const std::vector<Cell>& cells, std::size_t columns, bool ascii) {
  std::string text;
  for (std::size_t i = 0; i < columns; ++i) {
    const Cell cell = i < cells.size() ? cells[i] : Cell{};
    text += cell.glyph;
    text += cell.goes_right ? stroke(arm_left | arm_right, ascii) : " ";
  }
  return text;
}

std::string without_end_spaces(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string padded(std::string text, int cells) {
  text.append(static_cast<std::size_t>(std::max(0, cells - cells_of(text))), ' ');
  return text;
}

}  // namespace

std::optional<std::vector<std::string>> lanes_of(const Graph& graph, int width, bool ascii) {
  Drawing drawing(graph, ascii);
  if (!drawing.run()) return std::nullopt;
  int names = 0, kinds = 0;
  for (const Row& row : drawing.rows()) {
    const Node& node = graph.node(row.node);
    names = std::max(names, 2 * node.depth + cells_of(node.id));
    kinds = std::max(kinds, cells_of(node.kind));
  }
  const int left = 2 * static_cast<int>(drawing.columns()) + 1 + names + 2;
  if (left + kinds > width) return std::nullopt;
  const int remarks_room = width - left - kinds - 2;

  std::vector<std::string> out;
  for (const Row& row : drawing.rows()) {
    const Node& node = graph.node(row.node);
    const std::string remarks = remarks_of(node);
    if (!remarks.empty() && remarks_room < remarks_min) return std::nullopt;
    const std::vector<std::string> lines =
        remarks.empty() ? std::vector<std::string>(1) : wrapped(remarks, remarks_room);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::string text = text_of(i == 0 ? row.cells : row.below, drawing.columns(), ascii) + " ";
      if (i == 0) text += std::string(2 * static_cast<std::size_t>(node.depth), ' ') + node.id;
      text = padded(std::move(text), left);
      if (i == 0) text += node.kind;
      out.push_back(without_end_spaces(padded(std::move(text), left + kinds + 2) + lines[i]));
    }
  }
  return out;
}

}  // namespace pawl::cli::draw

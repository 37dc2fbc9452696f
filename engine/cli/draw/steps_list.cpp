#include "cli/draw/steps_list.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/draw/lane_order.hpp"
#include "cli/draw/wrapped.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli::draw {
namespace {

/// However deep it stands, so much of an id is shown.
constexpr int id_min = 3;

std::string facts_of(const Graph& graph, const Node& node) {
  std::string facts = node.kind;
  for (std::size_t i = 0; i < node.needs.size(); ++i) {
    facts += (i == 0 ? "  needs " : ", ") + graph.node(node.needs[i]).id;
  }
  const std::string remarks = remarks_of(node);
  if (!remarks.empty()) facts += "; " + remarks;
  return facts;
}

class Listing {
 public:
  Listing(const Graph& graph, int width, bool ascii) : graph_(graph), width_(width), ascii_(ascii) {
    for (const Node& node : graph.nodes) {
      names_ = std::max(names_, 2 * node.depth + cells_of(node.id));
    }
    names_ = std::min(names_, width / 2);
  }

  std::vector<std::string> run() {
    add_children(0);
    return std::move(rows_);
  }

 private:
  void add_children(int block) {
    for (const int child : file_order(graph_, block)) {
      add(graph_.node(child));
      add_children(child);
    }
  }

  void add(const Node& node) {
    const int indent = std::min(2 * node.depth, std::max(0, width_ / 2 - id_min));
    std::string row(static_cast<std::size_t>(indent), ' ');
    row += clip_middle(node.id, static_cast<std::size_t>(names_ - indent), ascii_ ? "..." : "…");
    for (const std::string& line : wrapped(facts_of(graph_, node), width_ - names_ - 2)) {
      row.append(static_cast<std::size_t>(std::max(0, names_ + 2 - cells_of(row))), ' ');
      rows_.push_back(row + line);
      row.clear();
    }
  }

  const Graph& graph_;
  int width_;
  bool ascii_;
  int names_ = 0;
  std::vector<std::string> rows_;
};

}  // namespace

std::vector<std::string> steps_list(const Graph& graph, int width, bool ascii) {
  return Listing(graph, width, ascii).run();
}

}  // namespace pawl::cli::draw

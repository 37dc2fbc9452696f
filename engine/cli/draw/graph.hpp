#pragma once

#include <string>
#include <vector>

#include "dsl/plan.hpp"

/// Drawings of a workflow: a plan in, text out. Nothing here reads a file, a terminal or a
/// database, so that every drawing is tested as a value.
namespace pawl::cli::draw {

/// A step or a block as drawings need it.
struct Node {
  int parent = -1;
  int depth = 0;  ///< Of the workflow's own steps; the workflow itself has -1.
  bool is_block = false;
  std::string id;
  std::string path;
  std::string kind;                ///< "run", "lua"; of a block how many steps it has.
  std::string when;                ///< Empty: always.
  std::vector<std::string> notes;  ///< What else decides how it runs: "3 tries", "join any".
  std::vector<int> needs;          ///< Siblings, each once, ascending.
  std::vector<int> children;       ///< In file order.
};

/// Invariants, those of dsl::Plan: nodes[0] is the workflow; parents stand before children; needs
/// join siblings only and have no cycle.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<std::string> hooks;  ///< The workflow's own: "on_failure", "finally".

  const Node& node(int number) const { return nodes[static_cast<std::size_t>(number)]; }
  /// Steps and blocks.
  int size() const { return static_cast<int>(nodes.size()) - 1; }
};

/// The numbers of nodes are those of the plan's steps.
Graph graph_of(const dsl::Plan& plan);

/// "when …, 3 tries": empty when nothing is out of the ordinary.
std::string remarks_of(const Node& node);

}  // namespace pawl::cli::draw

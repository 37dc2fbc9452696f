#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/draw/draw.hpp"

namespace pawl::cli::draw {
namespace {

/// Graphviz reads entities of HTML in every label.
std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
    if (c == '&') out += "amp;";
  }
  return out + "\"";
}

std::string label_of(const Node& node) {
  std::string label = quoted_text(node.id);
  const std::string remarks = remarks_of(node);
  if (remarks.empty()) return label;
  // `\n` is a new line in a label.
  label.pop_back();
  return label + "\\n" + quoted_text(remarks).substr(1);
}

void add_nodes(const Graph& graph, int block, std::string& out) {
  for (const int child : graph.node(block).children) {
    const Node& node = graph.node(child);
    const std::string indent(2 * static_cast<std::size_t>(node.depth + 1), ' ');
    if (!node.is_block) {
      out += fmt::format("{}s{} [label={}, tooltip={}];\n", indent, child, label_of(node),
                         quoted_text(node.path));
      continue;
    }
    // A subgraph is a frame when its name begins with "cluster".
    out += fmt::format("{}subgraph cluster_s{} {{\n{}  label={};\n", indent, child, indent,
                       label_of(node));
    add_nodes(graph, child, out);
    out += indent + "}\n";
  }
}

/// Edges join nodes, not frames: the first step of a block stands for its beginning.
int first_step(const Graph& graph, int number) {
  while (graph.node(number).is_block) number = graph.node(number).children.front();
  return number;
}

/// A step of the block that none of its others needs stands for its end.
int last_step(const Graph& graph, int number) {
  while (graph.node(number).is_block) {
    const std::vector<int>& children = graph.node(number).children;
    std::set<int> needed;
    for (const int child : children) {
      needed.insert(graph.node(child).needs.begin(), graph.node(child).needs.end());
    }
    number = *std::find_if(children.rbegin(), children.rend(),
                           [&](int child) { return !needed.contains(child); });
  }
  return number;
}

std::string edge(const Graph& graph, int from, int to) {
  std::string attributes;
  if (graph.node(from).is_block) attributes += fmt::format("ltail=cluster_s{}", from);
  if (graph.node(to).is_block) {
    attributes += fmt::format("{}lhead=cluster_s{}", attributes.empty() ? "" : ", ", to);
  }
  if (!attributes.empty()) attributes = " [" + attributes + "]";
  return fmt::format("  s{} -> s{}{};\n", last_step(graph, from), first_step(graph, to),
                     attributes);
}

}  // namespace

std::string dot_of(const Graph& graph) {
  std::string out =
      fmt::format("digraph {} {{\n  compound=true;\n  node [shape=box, style=rounded];\n",
                  quoted_text(graph.name));
  add_nodes(graph, 0, out);
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    for (const int need : graph.nodes[i].needs) out += edge(graph, need, static_cast<int>(i));
  }
  return out + "}\n";
}

}  // namespace pawl::cli::draw

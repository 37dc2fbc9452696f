#include <fmt/format.h>

#include "cli/draw/draw.hpp"

namespace pawl::cli::draw {
namespace {

/// Text for a quoted label: what means something to Mermaid or to HTML becomes an entity.
std::string label_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "#quot;";
        break;
      case '#':
        out += "#35;";
        break;
      case '&':
        out += "#amp;";
        break;
      case '<':
        out += "#lt;";
        break;
      case '>':
        out += "#gt;";
        break;
      case '`':
        out += "#96;";
        break;
      case '\\':
        out += "#92;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string label_of(const Node& node) {
  const std::string remarks = remarks_of(node);
  std::string label = label_text(node.id);
  if (!remarks.empty()) label += "<br/>" + label_text(remarks);
  return label;
}

void add_nodes(const Graph& graph, int block, std::string& out) {
  for (const int child : graph.node(block).children) {
    const Node& node = graph.node(child);
    const std::string indent(2 * static_cast<std::size_t>(node.depth + 1), ' ');
    // Numbers, because ids such as `end` are words of Mermaid.
    if (!node.is_block) {
      out += fmt::format("{}s{}[\"{}\"]\n", indent, child, label_of(node));
      continue;
    }
    out += fmt::format("{}subgraph s{}[\"{}\"]\n", indent, child, label_of(node));
    add_nodes(graph, child, out);
    out += indent + "end\n";
  }
}

}  // namespace

std::string mermaid_of(const Graph& graph) {
  std::string out = "flowchart TD\n";
  add_nodes(graph, 0, out);
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    for (const int need : graph.nodes[i].needs) out += fmt::format("  s{} --> s{}\n", need, i);
  }
  return out;
}

}  // namespace pawl::cli::draw

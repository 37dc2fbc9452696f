#include "cli/draw/draw.hpp"
#include "cli/draw/layers.hpp"
#include "cli/json_record.hpp"

namespace pawl::cli::draw {
namespace {

struct Position {
  int layer = 0, place = 0;
};

/// Layer and place of each step among the steps of its block.
std::vector<Position> positions_of(const Graph& graph) {
  std::vector<Position> positions(graph.nodes.size());
  std::vector<int> index(graph.nodes.size(), 0);
  for (const Node& block : graph.nodes) {
    std::vector<std::vector<int>> needs;
    for (const int child : block.children) {
      index[static_cast<std::size_t>(child)] = static_cast<int>(needs.size());
      needs.emplace_back();
      for (const int need : graph.node(child).needs) {
        // Needs may stand after what needs them, so their index is only known below.
        needs.back().push_back(need);
      }
    }
    for (auto& list : needs) {
      for (int& need : list) need = index[static_cast<std::size_t>(need)];
    }
    const Layers layers = layers_of(needs);
    for (std::size_t row = 0; row < layers.rows.size(); ++row) {
      int place = 0;
      for (const int spot : layers.rows[row]) {
        const int child = layers.spot(spot).child;
        if (child < 0) continue;
        const int node = block.children[static_cast<std::size_t>(child)];
        positions[static_cast<std::size_t>(node)] = {static_cast<int>(row), place++};
      }
    }
  }
  return positions;
}

std::string list_of(const std::vector<std::string>& parts) {
  std::string out = "[";
  for (const std::string& part : parts) out += (out.size() > 1 ? "," : "") + part;
  return out + "]";
}

std::string strings_of(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) parts.push_back(json_string(text));
  return list_of(parts);
}

}  // namespace

std::string json_of(const Graph& graph) {
  const std::vector<Position> positions = positions_of(graph);
  std::vector<std::string> nodes, edges;
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    JsonRecord one;
    one.text("step", node.path).text_or_null("block", graph.node(node.parent).path);
    // "uses fetch" names the action, for people.
    const std::string kind = node.kind.substr(0, node.kind.find(' '));
    one.text("kind", node.is_block ? "steps" : kind).text_or_null("when", node.when);
    one.json("notes", {strings_of(node.notes)});
    one.number("layer", positions[i].layer).number("place", positions[i].place);
    nodes.push_back(one.str());
    for (const int need : node.needs) {
      JsonRecord link;
      link.text("from", graph.node(need).path).text("to", node.path);
      edges.push_back(link.str());
    }
  }
  JsonRecord record("graph");
  record.text("workflow", graph.name);
  record.json("nodes", {list_of(nodes)}).json("edges", {list_of(edges)});
  record.json("hooks", {strings_of(graph.hooks)});
  return record.str();
}

}  // namespace pawl::cli::draw

#include "cli/draw/graphs.hpp"

#include <algorithm>
#include <random>
#include <sstream>
#include <stdexcept>

#include "cli/draw/wrapped.hpp"
#include "dsl/compile.hpp"

namespace pawl::cli::draw {
namespace {

/// std::uniform_int_distribution differs between libraries; this does not.
int pick(std::mt19937& random, int bound) {
  return static_cast<int>(random() % static_cast<std::uint32_t>(bound));
}

void add_children(Graph& graph, int block, int& left, std::mt19937& random) {
  const int depth = graph.node(block).depth + 1;
  const int count = std::min(left, depth == 0 ? 2 + pick(random, 30) : 1 + pick(random, 6));
  const int density = 1 + pick(random, 5);
  left -= count;
  std::vector<int> children;
  for (int i = 0; i < count; ++i) {
    const int number = static_cast<int>(graph.nodes.size());
    Node node;
    node.parent = block;
    node.depth = depth;
    node.id = "s" + std::to_string(number);
    node.path = depth == 0 ? node.id : graph.node(block).path + "." + node.id;
    node.kind = "run";
    if (pick(random, 6) == 0) node.when = "inputs.region == \"eu\" and steps.a.output.rows > 0";
    for (const int earlier : children) {
      // Mostly of the neighbours, sometimes from far away.
      const int distance = static_cast<int>(children.size());
      const bool is_near = number - earlier <= 4;
      if (pick(random, is_near ? 6 : 3 * distance + 6) < density) node.needs.push_back(earlier);
    }
    node.is_block = depth < 3 && left > 0 && pick(random, 8) == 0;
    graph.nodes.push_back(node);
    children.push_back(number);
    if (node.is_block) add_children(graph, number, left, random);
    if (graph.node(number).children.empty()) {
      graph.nodes[static_cast<std::size_t>(number)].is_block = false;
    }
  }
  graph.nodes[static_cast<std::size_t>(block)].children = std::move(children);
}

Graph empty_graph() {
  Graph graph;
  graph.name = "sample";
  graph.nodes.emplace_back();
  graph.nodes[0].depth = -1;
  graph.nodes[0].is_block = true;
  return graph;
}

}  // namespace

Graph compiled(const std::string& yaml) {
  const dsl::Compiled result = dsl::compile(yaml, "sample.yaml");
  if (!result.plan) {
    throw std::runtime_error(dsl::render(result.diagnostics.at(0), "sample.yaml", yaml));
  }
  return graph_of(*result.plan);
}

Graph random_graph(std::uint32_t seed) {
  std::mt19937 random(seed);
  Graph graph = empty_graph();
  int left = 3 + pick(random, 40);
  add_children(graph, 0, left, random);
  return graph;
}

Graph flat_graph(const std::vector<std::vector<int>>& parents) {
  Graph graph = empty_graph();
  for (std::size_t i = 0; i < parents.size(); ++i) {
    Node node;
    node.parent = 0;
    node.id = node.path = "s" + std::to_string(i + 1);
    node.kind = "run";
    for (const int parent : parents[i]) node.needs.push_back(parent + 1);
    std::ranges::sort(node.needs);
    graph.nodes[0].children.push_back(static_cast<int>(i) + 1);
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

Reading said_by(const Graph& graph) {
  Reading said;
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    said.steps.insert(node.path);
    for (const int need : node.needs) said.edges.emplace(graph.node(need).path, node.path);
  }
  return said;
}

int widest(const std::string& text) {
  int most = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) most = std::max(most, cells_of(line));
  return most;
}

}  // namespace pawl::cli::draw

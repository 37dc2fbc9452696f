#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/draw/draw.hpp"
#include "cli/draw/graphs.hpp"
#include "cli/draw/samples.hpp"
#include "cli/golden.hpp"

namespace pawl::cli::draw {
namespace {

/// Ids that are words of Mermaid, and text that means something to each of the formats.
constexpr const char* awkward = R"(name: awkward
steps:
  click: {run: "true"}
  graph:
    needs: click
    steps:
      - id: subgraph
        run: "true"
        when: '"<b>&amp;`#1`</b>" ~= "\\ ;"'
  style: {needs: graph, run: "true"}
)";

/// Whether each tag is closed by its own, and no text has a bare `<` or `&`.
bool is_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string::npos) return false;
    const std::string name = tag.substr(0, tag.find_first_of(" /\n", 1));
    if (tag.back() == '/') continue;
    if (tag[0] != '/') {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != tag) {
      return false;
    } else {
      open.pop_back();
    }
  }
  for (std::size_t at = xml.find('&'); at != std::string::npos; at = xml.find('&', at + 1)) {
    const std::string entity = xml.substr(at, xml.find(';', at) - at);
    if (entity != "&lt" && entity != "&gt" && entity != "&amp" && entity != "&quot") return false;
  }
  return open.empty();
}

}  // namespace

TEST_CASE("a workflow is a flowchart, a digraph, a document and a record", "[draw]") {
  const Graph graph = compiled(samples().at(3).yaml);
  REQUIRE(graph.name == "blocks");
  check_golden("draw_blocks.mmd", mermaid_of(graph));
  check_golden("draw_blocks.dot", dot_of(graph));
  check_golden("draw_blocks.svg", svg_of(graph));
  check_golden("draw_blocks.json", json_of(graph) + "\n");
}

TEST_CASE("no id and no condition breaks a format", "[draw]") {
  const Graph graph = compiled(awkward);
  check_golden("draw_awkward.mmd", mermaid_of(graph));
  check_golden("draw_awkward.dot", dot_of(graph));
  CHECK(is_well_formed(svg_of(graph)));
}

TEST_CASE("the record has each step with its place, and each need", "[draw]") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const Graph graph = random_graph(seed);
    const auto record = nlohmann::json::parse(json_of(graph));
    CHECK(record["v"] == 1);
    CHECK(record["kind"] == "graph");
    Reading read;
    std::map<std::string, int> layers;
    for (const auto& node : record["nodes"]) {
      read.steps.insert(node["step"].get<std::string>());
      layers[node["step"].get<std::string>()] = node["layer"].get<int>();
    }
    for (const auto& edge : record["edges"]) {
      const auto from = edge["from"].get<std::string>(), to = edge["to"].get<std::string>();
      read.edges.emplace(from, to);
      CHECK(layers[from] < layers[to]);
    }
    const Reading said = said_by(graph);
    CHECK(read.steps == said.steps);
    CHECK(read.edges == said.edges);
    CHECK(is_well_formed(svg_of(graph)));
  }
}

}  // namespace pawl::cli::draw

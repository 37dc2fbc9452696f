#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "cli/draw/draw.hpp"
#include "cli/draw/graphs.hpp"
#include "support/shared_data.hpp"

namespace pawl::cli::draw {
namespace {

constexpr std::uint32_t random_graphs = 200;
/// Wide enough for every drawing.
constexpr int endless = 1000000;

void check_reading(const Graph& graph, const Reading& read, const std::string& text) {
  const Reading said = said_by(graph);
  INFO(text);
  CHECK(read.mistakes.empty());
  REQUIRE(read.steps == said.steps);
  REQUIRE(read.edges == said.edges);
}

/// The text in that form, or nothing when it does not fit.
std::string drawn(const Graph& graph, const Page& page) {
  try {
    const std::string text = text_of(graph, page);
    CHECK(widest(text) <= page.width);
    return text;
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return {};
  }
}

void check_forms(const Graph& graph) {
  for (const bool ascii : {false, true}) {
    if (const auto text = drawn(graph, {endless, ascii, Form::boxes}); true) {
      check_reading(graph, read_boxes(text), text);
    }
    if (const auto text = drawn(graph, {120, ascii, Form::lanes}); !text.empty()) {
      check_reading(graph, read_lanes(text), text);
    }
    const std::string text = drawn(graph, {80, ascii, Form::list});
    check_reading(graph, read_list(text), text);
  }
}

/// The graphs of the test data: {"tasks": [{"id", "parents": […]}]}.
Graph graph_of_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  const auto json = nlohmann::json::parse(file);
  std::map<std::string, int> index;
  for (const auto& task : json["tasks"]) {
    index.emplace(task["id"].get<std::string>(), static_cast<int>(index.size()));
  }
  std::vector<std::vector<int>> parents;
  for (const auto& task : json["tasks"]) {
    std::set<int> needs;
    for (const auto& parent : task["parents"]) needs.insert(index.at(parent.get<std::string>()));
    parents.emplace_back(needs.begin(), needs.end());
  }
  return flat_graph(parents);
}

}  // namespace

TEST_CASE("what random graphs need is read back from their boxes, lanes and lists", "[draw]") {
  int lanes = 0;
  for (std::uint32_t seed = 0; seed < random_graphs; ++seed) {
    CAPTURE(seed);
    const Graph graph = random_graph(seed);
    check_forms(graph);
    if (!drawn(graph, {120, false, Form::lanes}).empty()) ++lanes;
  }
  // Or the lanes would prove little.
  CHECK(lanes > static_cast<int>(random_graphs) / 2);
}

TEST_CASE("no row of a random graph is wider than the width, whatever form it gets", "[draw]") {
  for (std::uint32_t seed = 0; seed < random_graphs; ++seed) {
    const Graph graph = random_graph(seed);
    for (const int width : {20, 40, 80, 120}) {
      CAPTURE(seed, width);
      CHECK(widest(text_of(graph, {width, seed % 2 == 0, Form::automatic})) <= width);
    }
  }
}

TEST_CASE("what real graphs need is read back from their drawings", "[draw]") {
  const auto folder = tests::shared_data("dags", "draw: what real graphs need is read back");
  if (!folder) {
    REQUIRE(!tests::in_ci());
    return;
  }
  // Beyond it boxes are drawn for nobody.
  constexpr int boxed_max = 1200;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().filename().string());
    const Graph graph = graph_of_file(entry.path());
    if (graph.size() <= boxed_max) {
      check_forms(graph);
    } else {
      const std::string list = drawn(graph, {100, false, Form::list});
      check_reading(graph, read_list(list), "");
      const std::string lanes = drawn(graph, {100, false, Form::lanes});
      if (!lanes.empty()) check_reading(graph, read_lanes(lanes), "");
    }
  }
}

TEST_CASE("ten thousand steps are drawn in every form", "[draw]") {
  std::vector<std::vector<int>> parents(10000);
  for (int i = 0; i < 10000; ++i) {
    if (i >= 100)
      parents[static_cast<std::size_t>(i)] = {i - 100, i - 100 + (i + 1) % 100 - i % 100};
  }
  const Graph graph = flat_graph(parents);
  check_reading(graph, read_list(text_of(graph, {80, false, Form::automatic})), "");
}

}  // namespace pawl::cli::draw

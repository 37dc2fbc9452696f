#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "cli/draw/draw.hpp"
#include "cli/draw/graphs.hpp"
#include "cli/draw/samples.hpp"
#include "cli/golden.hpp"

namespace pawl::cli::draw {

TEST_CASE("small workflows are boxes, and as golden files show them", "[draw]") {
  for (const Sample& sample : samples()) {
    const Graph graph = compiled(sample.yaml);
    for (const int width : {80, 120}) {
      const std::string name = "draw_" + std::string(sample.name) + "_" + std::to_string(width);
      check_golden(name + ".txt", text_of(graph, {width, false, Form::automatic}));
    }
    check_golden("draw_" + std::string(sample.name) + "_ascii.txt",
                 text_of(graph, {80, true, Form::automatic}));
  }
}

TEST_CASE("boxes that do not fit become lanes", "[draw]") {
  std::vector<std::vector<int>> parents(12);
  for (std::size_t i = 1; i < parents.size(); ++i) parents[i] = {0};
  const Graph graph = flat_graph(parents);
  const std::string boxes = text_of(graph, {120, false, Form::automatic});
  CHECK(boxes.find("╭") != std::string::npos);
  const std::string lanes = text_of(graph, {60, false, Form::automatic});
  CHECK(lanes.find("╭") == std::string::npos);
  CHECK(lanes.find("├─○") != std::string::npos);
}

TEST_CASE("more than thirty boxes become lanes, more than 24 lanes a list", "[draw]") {
  const Graph chain = flat_graph([] {
    std::vector<std::vector<int>> parents(31);
    for (int i = 1; i < 31; ++i) parents[static_cast<std::size_t>(i)] = {i - 1};
    return parents;
  }());
  CHECK(text_of(chain, {80, false, Form::automatic}).find("●  s31") != std::string::npos);

  std::vector<std::vector<int>> parents(60);
  for (int i = 30; i < 60; ++i) {
    for (int j = 0; j < 30; ++j) parents[static_cast<std::size_t>(i)].push_back(j);
  }
  const std::string list = text_of(flat_graph(parents), {80, false, Form::automatic});
  CHECK(list.find("needs s1, s2, s3") != std::string::npos);
}

TEST_CASE("the workflow's own hooks stand below, within the width", "[draw]") {
  Graph graph = flat_graph({{}});
  graph.hooks = {"on_start", "on_success", "on_failure", "on_cancel", "finally"};
  CHECK(text_of(graph, {30, true, Form::lanes}) ==
        "o  s1  run\n\n"
        "hooks  on_start, on_success,\n"
        "       on_failure, on_cancel,\n"
        "       finally\n");
}

TEST_CASE("a form that was asked for and does not fit says how it would", "[draw]") {
  const Graph graph = flat_graph({{}, {0}, {0}, {0}, {0}});
  CHECK_THROWS_WITH(text_of(graph, {20, false, Form::boxes}),
                    Catch::Contains("the boxes do not fit into 20 columns"));
}

}  // namespace pawl::cli::draw

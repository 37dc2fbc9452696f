#include "cli/expanded_plan.hpp"

#include <catch2/catch.hpp>

#include "cli/run_view.hpp"
#include "tests/core/play.hpp"

namespace pawl::cli {
namespace {

using test::over;
using test::Play;

std::vector<std::string> tree_of(const dsl::Plan& plan) {
  const std::vector<std::int32_t> ranks = tree_ranks(plan);
  std::map<std::int32_t, std::string> rows;
  for (std::size_t i = 1; i < plan.steps.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    if (plan.step(step).parent != nowhere) rows[ranks[i]] = dsl::path_of(plan, step);
  }
  std::vector<std::string> paths;
  for (const auto& [rank, path] : rows) paths.push_back(path);
  return paths;
}

TEST_CASE("items that have begun are steps of who holds them, where it stands", "[cli]") {
  dsl::Foreach each = over("[7,8,9]");
  each.max_parallel = 2;
  Play play({.list = {{.id = "t", .each = each, .list = {{.id = "get"}, {.id = "put"}}},
                      {.id = "after"}}});
  using Paths = std::vector<std::string>;
  CHECK(tree_of(*expanded_plan(play.run)) == Paths{"t", "after"});
  play.start();
  CHECK(tree_of(*expanded_plan(play.run)) ==
        Paths{"t", "t[7]", "t[7].get", "t[7].put", "t[8]", "t[8].get", "t[8].put", "after"});
  const auto plan = expanded_plan(play.run);
  const StepId put{play.inst("t[8].put").value};
  REQUIRE(plan->step(put).needs.size() == 1);
  CHECK(dsl::path_of(*plan, plan->step(put).needs[0].step) == "t[8].get");
}

TEST_CASE("a plan without items is itself", "[cli]") {
  Play play({.list = {{.id = "a"}}});
  CHECK(expanded_plan(play.run) == play.run.graph->shared_plan());
}

TEST_CASE("who failed to list its items stands for itself", "[cli]") {
  Play play({.map = {{.id = "t", .each = over("unknown"), .list = {{.id = "get"}}}}});
  play.start();
  const auto plan = expanded_plan(play.run);
  CHECK(tree_of(*plan) == std::vector<std::string>{"t"});
  CHECK_FALSE(is_block(*plan, StepId{1}));
}

}  // namespace
}  // namespace pawl::cli

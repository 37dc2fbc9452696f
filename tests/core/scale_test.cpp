#include <malloc.h>

#include <deque>

#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;

namespace {

constexpr int many = 100'000;

std::size_t bytes_in_use() { return mallinfo2().uordblks; }

/// Runs the plan to its end with at most `slots` attempts at a time; answers how many transitions
/// there were.
std::size_t run_through(RunState& run, std::int32_t slots) {
  ScriptedExpressions expressions;
  std::deque<AttemptEnded> under_way;
  std::size_t moves = 0;
  const auto happens = [&](Happening what, std::int32_t free) {
    Event event;
    event.at = TimePoint{Micros{1}};
    event.slots = free;
    event.what = std::move(what);
    run.touched.clear();
    const Applied applied = apply(run, event, expressions);
    moves += applied.transitions.size();
    for (const Effect& effect : applied.effects) {
      const auto& start = std::get<StartAttempt>(effect);
      under_way.push_back({start.inst, start.attempt, Succeeded{}});
    }
  };
  happens(Start{JsonText{"{}"}}, slots);
  while (!under_way.empty()) {
    const AttemptEnded next = under_way.front();
    under_way.pop_front();
    happens(next, 1);
  }
  return moves;
}

void check_scale(const PlanDraft& draft, std::int32_t slots) {
  const auto graph = a_graph(draft);
  const std::size_t before = bytes_in_use();
  RunState run = new_run(RunId{1}, 1, graph);
  // The root, and three changes for each step: ready, running, succeeded.
  CHECK(run_through(run, slots) == 3 * many + 1);
  CHECK(run.facts.phase == RunPhase::succeeded);
  CHECK_NOTHROW(check_consistent(run));
  // 0 where a sanitizer has replaced the allocator.
  CHECK(bytes_in_use() - before <= std::size_t{many} * 1'024);
}

}  // namespace

TEST_CASE("a chain of 100,000 steps costs three changes a step and under 1 KB each", "[core]") {
  PlanDraft draft;
  for (int i = 0; i < many; ++i) draft.list.push_back({.id = "s" + std::to_string(i)});
  check_scale(draft, 1);
}

TEST_CASE("a fan-out of 100,000 steps costs three changes a step and under 1 KB each", "[core]") {
  PlanDraft draft;
  for (int i = 0; i < many; ++i) {
    draft.map.push_back({.id = "s" + std::to_string(i)});
    if (i > 0) draft.map.back().needs = {"s0"};
  }
  check_scale(draft, 64);
}

TEST_CASE("a cancel of 100,000 waiting steps is one event", "[core]") {
  PlanDraft draft;
  for (int i = 0; i < many; ++i) draft.map.push_back({.id = "s" + std::to_string(i)});
  Play play(draft, 1);
  play.twin_checks = false;
  play.start();
  CHECK(play.cancel().transitions.size() == many - 1);
  play.stopped("s0");
  CHECK(play.phase() == RunPhase::cancelled);
}

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "dsl/compile.hpp"
#include "trial/play.hpp"
#include "trial/read_tests.hpp"

/// `bench_trial`: plays a workflow that takes 30 hours, with retries, time limits, approvals that
/// expire, items and a poll each minute, 21 times; prints the median time and by how much it is
/// faster than the clock. Bar: 10,000 times.
namespace {

constexpr const char* workflow = R"(name: night
steps:
  build: {run: ./build, timeout: 1h, retry: {max_attempts: 5, delay: 10m, backoff: exponential}}
  ask: {needs: build, approval: {title: Go, expires: 12h, on_expire: approve}}
  parts:
    needs: ask
    foreach: {items: "${{ list{1, 2, 3, 4, 5, 6, 7, 8, 9, 10} }}", max_parallel: 2}
    run: ./part ${{ item }}
    retry: {max_attempts: 3, delay: 5m}
    hooks: {after: "return {part = item}"}
  poll:
    needs: parts
    loop:
      max: 1000
      every: 1m
      done: index == 600
      steps: [{id: look, run: ./look}]
  rest: {needs: poll, wait: 2h}
outputs: {parts: "${{ len(steps.parts.output) }}"}
)";

constexpr const char* tests = R"(cases:
- name: a night
  mock:
    build: [{takes: 2h}, {error: no route, takes: 50m}, {takes: 40m}]
    parts: [{error: busy, takes: 10m}, {output: 1, takes: 25m}]
    poll.look: {takes: 1s}
  expect: {outputs: {parts: 10}, attempts: {build: 3}}
)";

constexpr int rounds = 21;

}  // namespace

int main() {
  pawl::dsl::Compiled compiled = pawl::dsl::compile(workflow, "night.yaml");
  if (!compiled.plan) {
    std::fputs(pawl::dsl::render_all(compiled.diagnostics, "night.yaml", workflow).c_str(), stderr);
    return 1;
  }
  const auto graph = std::make_shared<const pawl::core::Graph>(
      std::make_shared<const pawl::dsl::Plan>(*std::move(compiled.plan)));
  const pawl::trial::TestFile file = pawl::trial::read_tests(tests, graph->plan());
  std::vector<double> seconds;
  double length = 0;
  for (int i = 0; i < rounds; ++i) {
    pawl::trial::Coverage coverage(graph);
    const auto begin = std::chrono::steady_clock::now();
    const pawl::trial::Seen seen = pawl::trial::play(graph, file.cases.at(0), coverage);
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    length = std::chrono::duration<double>(seen.now - file.cases[0].start).count();
    for (const auto& one : pawl::trial::compare(file.cases[0], seen)) {
      std::fprintf(stderr, "%s: expected %s, seen %s\n", one.what.c_str(), one.expected.c_str(),
                   one.seen.c_str());
      return 1;
    }
  }
  std::ranges::sort(seconds);
  const double median = seconds[rounds / 2];
  std::printf("%.1f h in %.1f ms: %.0f times real time\n", length / 3600, median * 1e3,
              length / median);
  return 0;
}

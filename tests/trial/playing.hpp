#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "dsl/compile.hpp"
#include "trial/play.hpp"
#include "trial/read_tests.hpp"

/// A workflow and a case as texts, and what is seen of them.
namespace pawl::trial {

inline std::shared_ptr<const core::Graph> graph_of(const std::string& workflow) {
  dsl::Compiled compiled = dsl::compile(workflow, "flow.yaml");
  INFO(dsl::render_all(compiled.diagnostics, "flow.yaml", workflow));
  REQUIRE(compiled.plan.has_value());
  return std::make_shared<const core::Graph>(
      std::make_shared<const dsl::Plan>(*std::move(compiled.plan)));
}

/// What the reader says of a test file; empty when it has no mistake.
inline std::string mistakes_in(const std::string& workflow, const std::string& tests) {
  const TestFile file = read_tests(tests, graph_of(workflow)->plan());
  std::string text;
  for (const dsl::Diagnostic& one : file.diagnostics) {
    text += std::to_string(one.at.line) + ":" + std::to_string(one.at.column) + " " + one.rule +
            ": " + one.message + (one.fix.empty() ? "" : "; " + one.fix) + "\n";
  }
  return text;
}

/// One case of a workflow; its keys stand two blanks deep: "  mock: …".
class Playing {
 public:
  Playing(const std::string& workflow, const std::string& keys)
      : graph(graph_of(workflow)), coverage(graph) {
    const std::string tests = "cases:\n- name: it\n" + keys;
    INFO(mistakes_in(workflow, tests));
    const TestFile file = read_tests(tests, graph->plan());
    REQUIRE(file.cases.size() == 1);
    seen = play(graph, file.cases[0], coverage);
    core::check_consistent(seen.run);
    for (const Difference& one : compare(file.cases[0], seen)) {
      differences += std::to_string(one.at.line) + ": " + one.what;
      if (!one.expected.empty() || !one.seen.empty()) {
        differences += ": expected " + one.expected + ", seen " + one.seen;
      }
      differences += (one.fix.empty() ? "" : "; " + one.fix) + "\n";
    }
  }

  std::string missed() const {
    std::string text;
    for (const Reach& one : coverage.all()) {
      if (coverage.is_reached(one)) continue;
      text += dsl::path_of(coverage.plan(), one.step) +
              (one.branch.empty() ? "" : ": " + one.branch) + "\n";
    }
    return text;
  }

  std::shared_ptr<const core::Graph> graph;
  Coverage coverage;
  Seen seen;
  std::string differences;  ///< A line each.
};

}  // namespace pawl::trial

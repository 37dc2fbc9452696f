#include "cli/step_selection.hpp"

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "cli/errors.hpp"
#include "cli/step_ref.hpp"
#include "sample_run.hpp"

namespace pawl::cli {
namespace {

/// The sample with its needs: link needs build, compile needs fetch, build needs extract.
RunView linked_view() {
  RunView view = failed_view();
  dsl::Plan plan = *view.plan;
  plan.steps[2].needs = {{StepId{1}}};
  plan.steps[4].needs = {{StepId{3}}};
  plan.steps[5].needs = {{StepId{2}}};
  view.plan = std::make_shared<const dsl::Plan>(std::move(plan));
  return view;
}

std::vector<std::string> chosen(const std::vector<std::string>& words) {
  const RunView view = linked_view();
  std::vector<std::string> paths;
  for (const StepId step : select_steps(view, words)) paths.push_back(path_of(*view.plan, step));
  return paths;
}

std::string refusal(const std::string& word) {
  try {
    chosen({word});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error_text(error);
  }
  return "chosen";
}

using Paths = std::vector<std::string>;

TEST_CASE("a selection is made of paths, patterns and states, each step once in file order",
          "[cli]") {
  CHECK(chosen({"link", "extract", "link"}) == Paths{"extract", "link"});
  CHECK(chosen({"link,extract"}) == Paths{"extract", "link"});
  CHECK(chosen({"build.*"}) == Paths{"build.fetch", "build.compile"});
  CHECK(chosen({"*"}).size() == 6);
  CHECK(chosen({"*t*c*"}) == Paths{"extract", "build.fetch"});
  CHECK(chosen({"@succeeded,link"}) == Paths{"extract", "build.fetch", "link"});
  CHECK(chosen({}).empty());
}

TEST_CASE("a state chooses the steps that are in it, not the blocks that are so because of them",
          "[cli]") {
  CHECK(chosen({"@failed"}) == Paths{"build.compile"});
  CHECK(chosen({"@not_run"}) == Paths{"link"});
  CHECK(chosen({"@running"}).empty());
  CHECK(chosen({"@pending"}).empty());  // The hook that had no turn.
  RunView view = linked_view();
  view.instances[4].state = core::StepState::succeeded;
  CHECK(select_steps(view, {"@failed"}) == std::vector{StepId{2}});
}

TEST_CASE("a plus adds what a step needs, or what hangs on it, across blocks", "[cli]") {
  CHECK(chosen({"+build.compile"}) == Paths{"extract", "build.fetch", "build.compile"});
  CHECK(chosen({"build.compile+"}) == Paths{"build.compile", "link"});
  CHECK(chosen({"extract+"}) == Paths{"extract", "build", "build.fetch", "build.compile", "link"});
  CHECK(chosen({"+link"}) == Paths{"extract", "build", "build.fetch", "build.compile", "link"});
  CHECK(chosen({"+build.fetch+"}) == Paths{"extract", "build.fetch", "build.compile", "link"});
  CHECK(chosen({"@failed+"}) == Paths{"build.compile", "link"});
}

TEST_CASE("a slip in a selection is told with what there is", "[cli]") {
  CHECK(refusal("build.compiel+") ==
        "error: run 4709 has no step 'build.compiel'\n  did you mean 'build.compile'?\n"
        "  pawl show 4709\n");
  CHECK(refusal("compile") ==
        "error: run 4709 has no step 'compile'\n  did you mean 'build.compile'?\n"
        "  pawl show 4709\n");
  CHECK(refusal("bild.*") ==
        "error: run 4709 has no step like 'bild.*'\n"
        "  '*' is any text: 'build.*' is all that block build holds\n  pawl show 4709\n");
  CHECK(refusal("@fialed") ==
        "error: no step can be 'fialed'\n"
        "  behind @ stands a state: pending, ready, running, waiting, retrying, succeeded, "
        "failed, skipped, cancelled, not_run, unknown, interrupted\n  pawl show 4709 @failed\n");
}

TEST_CASE("a path has several spellings, of which no shell touches one", "[cli]") {
  CHECK(plain_path(R"(transform["eu-west"].clean)") == "transform.eu-west.clean");
  CHECK(plain_path("transform[eu-west].clean") == "transform.eu-west.clean");
  CHECK(plain_path("transform/eu-west/clean") == "transform.eu-west.clean");
  CHECK(chosen({"build/compile"}) == Paths{"build.compile"});
  CHECK(chosen({"build/*"}) == Paths{"build.fetch", "build.compile"});
}

TEST_CASE("who wants leaves gets those in chosen blocks", "[cli]") {
  const RunView view = linked_view();
  CHECK(leaves_in(*view.plan, {StepId{2}}) == std::vector{StepId{3}, StepId{4}});
  CHECK(leaves_in(*view.plan, {StepId{1}, StepId{4}}) == std::vector{StepId{1}, StepId{4}});
  CHECK(leaves_in(*view.plan, {}).empty());
  CHECK(is_within(*view.plan, StepId{4}, StepId{2}));
  CHECK_FALSE(is_within(*view.plan, StepId{5}, StepId{2}));
}

TEST_CASE("one path is no selection, anything else is", "[cli]") {
  CHECK_FALSE(is_selection("build.compile"));
  CHECK_FALSE(is_selection(R"(build["a,b"])"));
  for (const char* word : {"a,b", "a*", "@failed", "+a", "a+"}) CHECK(is_selection(word));
}

}  // namespace
}  // namespace pawl::cli

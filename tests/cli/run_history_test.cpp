#include "cli/live/run_history.hpp"

#include <catch2/catch.hpp>

#include "empty_reader.hpp"
#include "sample_run.hpp"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

TEST_CASE("usual is what lies between the fastest quarter and the slowest tenth", "[cli]") {
  std::vector<Micros> spans;
  for (int i = 20; i >= 1; --i) spans.emplace_back(std::chrono::seconds(i));
  const Usual usual = usual_of(spans);
  CHECK(usual.early == 6s);
  CHECK(usual.median == 11s);
  CHECK(usual.late == 19s);
  CHECK(usual.runs == 20);
  CHECK(usual_of({}).runs == 0);
  CHECK(usual_of({7s}).late == 7s);
}

TEST_CASE("usual times are told with as many digits as they are worth", "[cli]") {
  CHECK(usual_text({18min + 12s, 20min, 24min, 20}) == "usual 18m–24m");
  CHECK(usual_text({18min, 20min, 24min, 4}) == "usual ~18m–24m");
  CHECK(usual_text({58s, 58s, 58s, 1}) == "usual ~58s");
  CHECK(usual_text({}).empty());
  CHECK(rough_duration(2h + 2min) == "2h02m");
}

TEST_CASE("steps are known again by their path, whatever number they had", "[cli]") {
  const std::vector<store::PastRun> runs = {{RunId{1}, at(0), at(100)}, {RunId{2}, at(0), at(120)}};
  const std::vector<store::PastStep> steps = {{RunId{1}, "extract", at(0), at(40)},
                                              {RunId{1}, "build", at(10), at(90)},
                                              {RunId{1}, "build.fetch", at(10), at(30)},
                                              {RunId{1}, "removed_since", at(0), at(9)},
                                              {RunId{2}, "extract", at(0), at(60)}};
  const RunHistory history = history_of(*sample_plan(), runs, steps);
  CHECK(history.run.runs == 2);
  CHECK(history.of(StepId{1}).runs == 2);
  CHECK(history.of(StepId{1}).early == 40s);
  CHECK(history.of(StepId{1}).late == 60s);
  CHECK(history.of(StepId{2}).median == 80s);
  CHECK(history.of(StepId{3}).median == 20s);
  CHECK(history.of(StepId{5}).runs == 0);
  CHECK(history.of(StepId{500}).runs == 0);
  CHECK(history.slots == 2);  // Blocks take none.
}

TEST_CASE("of a plan of thousands of steps the newest runs are enough", "[cli]") {
  struct Past : EmptyReader {
    std::vector<store::PastRun> past_runs(RunId, int limit) override {
      std::vector<store::PastRun> runs;
      for (int i = 0; i < limit; ++i) runs.push_back({RunId{i + 1}, at(0), at(10)});
      return runs;
    }
    std::vector<store::PastStep> past_steps(const std::vector<RunId>& runs) override {
      asked = runs.size();
      return {};
    }
    std::size_t asked = 0;
  } reader;
  dsl::Plan plan = *sample_plan();
  const std::vector<store::PastRun> past = read_past(reader, RunId{99});
  CHECK(read_history(reader, past, plan).run.runs == 20);
  CHECK(reader.asked == 20);
  CHECK(history_pays_after(past, plan) == 0s);
  plan.steps.resize(10'000);
  CHECK(read_history(reader, past, plan).run.runs == 20);
  CHECK(reader.asked == 2);
  CHECK(history_pays_after(past, plan) == 3s);
  CHECK(history_pays_after({}, plan) == 0s);
}

}  // namespace
}  // namespace pawl::cli

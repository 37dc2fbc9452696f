#include "cli/gantt.hpp"
#include "cli/run_summary.hpp"
#include "cli/runs_table.hpp"
#include "core/codec.hpp"
#include "golden.hpp"
#include "sample_run.hpp"

namespace pawl::cli {
namespace {

/// The same run, repaired and then good.
RunView good_view() {
  RunView view = failed_view();
  view.run.phase = view.facts.phase = core::RunPhase::succeeded;
  view.facts.error = nullptr;
  view.facts.outputs = {R"({"url":"https://reports.example.org/2026-11-20","rows":3})"};
  view.instances[2] = ended(core::StepState::succeeded, 130, 580);
  view.instances[4] = ended(core::StepState::succeeded, 522, 580);
  view.instances[4].attempt = 4;
  view.instances[4].generation = 1;
  view.instances[5] = ended(core::StepState::succeeded, 580, 580.4);
  return view;
}

TEST_CASE("show prints a failed run with what failed, why and where", "[cli]") {
  use_utc();
  check_golden("show_failed.txt", tree_text(failed_view(), at(600), {}));
  Style verbose;
  verbose.verbose = true;
  check_golden("show_failed_verbose.txt", tree_text(failed_view(), at(600), verbose));
}

TEST_CASE("show prints a good run with its outputs", "[cli]") {
  use_utc();
  check_golden("show_good.txt", tree_text(good_view(), at(600), {}));
}

TEST_CASE("show prints a run under way with progress and the next try", "[cli]") {
  use_utc();
  check_golden("show_running.txt", tree_text(running_view(), at(180), {}));
}

TEST_CASE("show --gantt draws when each attempt ran, and where the time went", "[cli]") {
  use_utc();
  RunView view = failed_view();
  view.instances[4].started_at = at(144);
  view.instances[1].ready_at = at(-40);
  AttemptSpans spans;
  spans[4] = {{at(144), at(200)}, {at(320), at(380)}, {at(522), at(580)}};
  Style narrow;
  narrow.width = 80;
  check_golden("gantt.txt", gantt_text(view, spans, {}, at(600), narrow));
  const std::string paused =
      gantt_text(view, spans, {{at(205), at(305)}, {at(400), at(430)}}, at(600), narrow);
  CHECK_THAT(paused, Catch::Contains("2m10s paused"));
  CHECK_THAT(paused, Catch::Contains("2m12s waiting to retry build.compile"));
  EventView started, retried;
  started.at = at(1);
  started.changes = {{4, core::StepState::running, 1, ""}};
  retried.at = at(5);
  retried.changes = {{4, core::StepState::retrying, 1, ""}};
  const AttemptSpans read = attempt_spans({started, retried});
  REQUIRE(read.at(4).size() == 1);
  CHECK(read.at(4)[0].to == at(5));
}

TEST_CASE("the pauses of a run are read from its events", "[cli]") {
  std::vector<EventView> events(4);
  for (std::size_t i = 0; i < events.size(); ++i) events[i].at = at(static_cast<double>(i));
  events[0].phase = events[3].phase = core::RunPhase::running;
  events[1].phase = events[2].phase = core::RunPhase::paused;
  const std::vector<AttemptSpan> pauses = pause_spans(events);
  REQUIRE(pauses.size() == 1);
  CHECK(pauses[0].from == at(1));
  CHECK(pauses[0].to == at(3));
}

TEST_CASE("show --json is one document", "[cli]") {
  check_golden("show_failed.json", view_record(failed_view(), at(600)) + "\n");
}

TEST_CASE("a followed run ends with a summary that holds the next command", "[cli]") {
  Ending failed;
  failed.tails = {{4, {"cc -O2 main.c", "ld: out of \x1b[31mmemory\tallocating 4096"}}};
  check_golden("summary_failed.txt", summary_text(failed_view(), failed, {}));
  RunView in_lua = failed_view();
  core::Failure failure = *in_lua.instances[4].error;
  failure.exit_code.reset();
  failure.kind = core::FailureKind::lua;
  in_lua.instances[4].error = std::make_shared<const core::Failure>(failure);
  failed.places[4] = {
      14, "      ld -o app 'out of memory'", {{"run", "inputs.rows", JsonText{"3"}, ""}}};
  check_golden("summary_failed_place.txt", summary_text(in_lua, failed, {}));
  Ending good;
  good.usual = {Micros{400'000'000}, Micros{580'000'000}, Micros{1'200'000'000}, 20};
  check_golden("summary_good.txt", summary_text(good_view(), good, {}));
  CHECK(summary_text(good_view(), {}, {}).find("usual") == std::string::npos);
}

TEST_CASE("counts of thousands have commas", "[cli]") {
  RunView view = good_view();
  auto plan = std::make_shared<dsl::Plan>(*view.plan);
  while (plan->steps.size() < 10'004) {
    plan->steps.insert(plan->steps.end() - 1, plan->steps[5]);
  }
  view.plan = plan;
  view.instances.resize(plan->steps.size());
  CHECK(summary_text(view, {}, {}).find("10,001 steps") != std::string::npos);
}

TEST_CASE("run --json ends with the result", "[cli]") {
  check_golden("result.json",
               result_record(failed_view()) + "\n" + result_record(good_view()) + "\n");
}

TEST_CASE("runs are a table for people and records for programs", "[cli]") {
  use_utc();
  std::vector<store::RunSummary> runs = {running_view().run, failed_view().run};
  runs[0].number = 4711;
  runs[0].key.clear();
  store::StepRow facts_row;
  facts_row.run = runs[1].run = RunId{2};
  facts_row.body = core::encode_facts(failed_view().facts);
  const std::vector<store::StepRow> facts = {facts_row};
  const std::vector<std::string> usual = columns_of(std::string(usual_columns));
  check_golden("runs.txt", runs_table(runs, facts, at(180), {}, usual));
  Style verbose;
  verbose.verbose = true;
  check_golden("runs_verbose.txt",
               runs_table(runs, facts, at(180), verbose, columns_of(std::string(verbose_columns))));
  check_golden(
      "runs_columns.txt",
      runs_table(runs, facts, at(180), {}, columns_of("took,run,label.team,input.day,by,ended")));
  check_golden("runs.json", run_record(runs[0]) + "\n" + run_record(runs[1]) + "\n");
}

TEST_CASE("no runs make no table", "[cli]") { CHECK(runs_table({}, {}, at(0), {}, {}).empty()); }

TEST_CASE("a column that runs do not have is answered", "[cli]") {
  CHECK_THROWS_WITH(columns_of("run,stat"), "runs have no column 'stat'");
  CHECK_THROWS_WITH(columns_of("label."), "runs have no column 'label.'");
  CHECK_THROWS_WITH(columns_of(""), "runs have no column ''");
}

}  // namespace
}  // namespace pawl::cli

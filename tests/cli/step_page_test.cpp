#include "cli/step_page.hpp"

#include <map>

#include "cli/all_events.hpp"
#include "cli/past_view.hpp"
#include "core/codec.hpp"
#include "empty_reader.hpp"
#include "golden.hpp"
#include "sample_run.hpp"
#include "steps/expressions.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

EventView event(std::int32_t seq, double seconds, std::string kind,
                std::vector<EventView::Change> changes,
                core::RunPhase phase = core::RunPhase::running) {
  EventView made;
  made.seq = seq;
  made.at = at(seconds);
  made.kind = std::move(kind);
  made.phase = phase;
  made.changes = std::move(changes);
  return made;
}

EventView failing(EventView event, std::int32_t inst, int exit_code) {
  event.failed = {{inst, core::FailureKind::exit, exit_code, ""}};
  return event;
}

/// compile: fails, is lost with its worker, then fails for good. A repair would let it succeed.
std::vector<EventView> sample_history() {
  std::vector<EventView> events = {
      event(1, 0, "start", {{1, StepState::ready, 0, ""}, {1, StepState::running, 1, ""}}),
      event(2, 130, "attempt_ended",
            {{1, StepState::succeeded, 1, ""},
             {2, StepState::running, 0, ""},
             {3, StepState::running, 1, ""}}),
      event(3, 144, "attempt_ended",
            {{3, StepState::succeeded, 1, ""}, {4, StepState::running, 1, ""}}),
      failing(event(4, 200, "attempt_ended",
                    {{4, StepState::retrying, 1, "exit code 2: ld: out of memory"}}),
              4, 2),
      event(5, 320, "granted", {{4, StepState::running, 2, ""}}),
      event(6, 500, "adopted", {{4, StepState::ready, 2, "lost: its worker died"}}),
      event(7, 522, "granted", {{4, StepState::running, 3, ""}}),
      failing(event(8, 580, "attempt_ended",
                    {{4, StepState::failed, 3, "exit code 2: ld: out of memory"},
                     {2, StepState::failed, 0, ""},
                     {5, StepState::not_run, 0, "build failed"}},
                    core::RunPhase::failed),
              4, 2),
  };
  events[0].worker = 7;
  events[5].worker = 9;
  events[7].error = "ld: out of memory";
  return events;
}

TEST_CASE("the journal tells of each attempt when it ran, where, and how it ended", "[cli]") {
  const Attempts attempts = attempts_of(sample_history(), *sample_plan());
  REQUIRE(attempts.at(4).size() == 3);
  const std::vector<Attempt>& mine = attempts.at(4);
  CHECK(name_of(mine[0].state) == "failed");
  CHECK(mine[0].exit_code == 2);
  CHECK(mine[0].worker == 7);
  CHECK(name_of(mine[1].state) == "lost");
  CHECK(mine[1].why == "lost: its worker died");
  CHECK(mine[1].worker == 7);
  CHECK(mine[2].number == 3);
  CHECK(mine[2].worker == 9);
  CHECK(mine[2].ended_at == at(580));
  CHECK(attempts.count(2) == 0);  // A block is no attempt.
}

TEST_CASE("an older journal without failures and workers leaves them open", "[cli]") {
  std::vector<EventView> events = sample_history();
  for (EventView& one : events) {
    one.worker = 0;
    one.failed.reset();
  }
  const Attempt first = attempts_of(events, *sample_plan()).at(4)[0];
  CHECK_FALSE(first.kind);
  CHECK(first.worker == 0);
  CHECK(first.why == "exit code 2: ld: out of memory");
}

TEST_CASE("a past state is what the journal tells up to the next repair", "[cli]") {
  std::vector<EventView> events = sample_history();
  const RunView failed = failed_view();
  CHECK(repairs_in(events) == 0);

  RunView good = failed;
  good.run.phase = good.facts.phase = core::RunPhase::succeeded;
  good.facts.error = nullptr;
  good.facts.outputs = {R"({"rows":3})"};
  good.instances[4] = ended(StepState::succeeded, 700, 750);
  good.instances[4].attempt = 4;
  good.instances[4].generation = 1;
  good.instances[5] = ended(StepState::succeeded, 750, 751);
  events.push_back(event(9, 690, "repair",
                         {{4, StepState::pending, 3, "repair"},
                          {2, StepState::running, 0, "repair"},
                          {5, StepState::pending, 0, "repair"}}));
  events.push_back(event(10, 700, "granted", {{4, StepState::running, 4, ""}}));
  events.push_back(event(11, 751, "attempt_ended",
                         {{4, StepState::succeeded, 4, ""}, {5, StepState::succeeded, 1, ""}},
                         core::RunPhase::succeeded));
  EventView refused = event(12, 800, "repair", {}, core::RunPhase::succeeded);
  refused.refused = "nothing to repair";
  events.push_back(refused);
  CHECK(repairs_in(events) == 1);

  const RunView past = past_view(good, events, 0);
  CHECK(past.run.phase == core::RunPhase::failed);
  CHECK(past.run.version == 8);
  CHECK(past.facts.ended_at == at(580));
  REQUIRE(past.facts.error != nullptr);
  CHECK(past.facts.error->message == "ld: out of memory");
  CHECK(past.facts.outputs.is_null());
  CHECK(past.instances[4].state == StepState::failed);
  CHECK(past.instances[4].attempt == 3);
  CHECK(past.instances[4].started_at == at(522));
  CHECK(past.instances[4].error->exit_code == 2);
  CHECK(past.instances[4].lost == 1);
  CHECK(past.instances[5].state == StepState::not_run);
  CHECK(past.instances[1].output.text == R"({"rows":3})");  // No repair ran it again.

  const RunView last = past_view(good, events, 1);
  CHECK(last.facts.outputs.text == R"({"rows":3})");
  CHECK(last.instances[4].attempt == 4);
}

TEST_CASE("a failure is placed by its message, else by its traceback", "[cli]") {
  core::Failure failure;
  failure.message = "nightly.yaml:18: output has no field 'files'";
  CHECK(failing_line(failure, "nightly.yaml") == 18);
  failure.message = "when: nightly.yaml:18: output has no field 'files'";
  CHECK(failing_line(failure, "nightly.yaml") == 18);
  failure.message = "attempt to index a nil value";
  CHECK(failing_line(failure, "nightly.yaml") == 0);
  failure.stack = "[C]: in error\nnightly.yaml:9: in the step\nnightly.yaml:4: in main\n";
  CHECK(failing_line(failure, "nightly.yaml") == 9);
  CHECK(failing_line(failure, "other.yaml") == 0);
}

/// The sample, in which compile reads an input and what extract gave.
RunView reading_view() {
  RunView view = failed_view();
  dsl::Plan plan = *view.plan;
  dsl::RunSpec run;
  run.values = {{"PAWL_V1", {"inputs.day", {14, 9}}, false},
                {"PAWL_V2", {"steps.extract.output.rows + 1", {14, 30}}, false},
                {"PAWL_V3", {"steps.extract.output.files", {15, 9}}, false}};
  plan.steps[4].spec = std::move(run);
  plan.steps[4].reads = {StepId{1}};
  plan.steps[4].env = {{"DAY", {{{"${{ inputs.day }}!", {}, false}}, false}},
                       {"TEXT", {{{"inputs.text", {12, 9}, true}}, true}}};
  view.plan = std::make_shared<const dsl::Plan>(std::move(plan));
  return view;
}

TEST_CASE("the expressions of a step are filled in from what is stored", "[cli]") {
  const RunView view = reading_view();
  steps::LuaExpressions expressions;
  const StepInputs inputs(view, expressions, at(600));
  const std::vector<StepInput> found = inputs.of(StepId{4});
  REQUIRE(found.size() == 4);
  CHECK(found[0] == StepInput{"env TEXT", "inputs.text", JsonText{R"("two words")"}, ""});
  CHECK(found[1] == StepInput{"run", "inputs.day", JsonText{R"("2026-11-20")"}, ""});
  CHECK(found[2].value == JsonText{"4"});
  CHECK_FALSE(found[3].value);
  CHECK(found[3].why.find("files") != std::string::npos);
  CHECK(inputs.of(StepId{5}).empty());  // It did not run.

  const std::vector<StepInput> read =
      inputs.read_by(StepId{4}, "    foreach: ${{ steps.extract.output.files }} inputs.day");
  REQUIRE(read.size() == 2);
  CHECK(read[0].expression == "inputs.day");
  CHECK(read[1] == StepInput{"lua", "steps.extract.output", JsonText{R"({"rows":3})"}, ""});
}

TEST_CASE("the caret stands under the name, not under letters of another word", "[cli]") {
  RunView view = failed_view();
  core::Failure failure;
  failure.kind = core::FailureKind::expression;
  failure.message = "nightly.yaml:9: env has no field 'c'";
  view.instances[4].error = std::make_shared<const core::Failure>(failure);
  const FailurePlace place{9, "    run: echo c ${{ env.c }}", {}};
  CHECK(place_text(view, StepId{4}, place, {}) ==
        "nightly.yaml:9:25  error[expression]  env has no field 'c'\n"
        "  9 |     run: echo c ${{ env.c }}\n"
        "    |                         ^\n");
}

TEST_CASE("show RUN STEP prints all that is stored about a step", "[cli]") {
  use_utc();
  const RunView view = reading_view();
  StepPage page;
  page.step = StepId{4};
  page.attempts = attempts_of(sample_history(), *view.plan).at(4);
  page.workers = {{7, "w-7"}, {9, "w-9"}};
  steps::LuaExpressions expressions;
  page.inputs = StepInputs(view, expressions, at(600)).of(StepId{4});
  page.progress = store::Progress{view.run.run, 4, 3, 0.5, 1.0, 2.0, "half", at(560)};
  page.checkpoint = JsonText{R"({"page":7})"};
  page.memos = {{"token", JsonText{"\"kept\""}}};
  page.tail = {{at(575), 4, 3, store::LogStream::out, true, "cc -O2 main.c"},
               {at(576), 4, 3, store::LogStream::err, true, "ld: out of memory"}};
  page.lines = 812;
  page.place = FailurePlace{14, "      ld -o app 'out of memory'", page.inputs};
  page.place->values.resize(1);
  check_golden("show_step.txt", page_text(view, page, at(600), {}));
  check_golden("show_step.json", page_record(view, page, at(600)) + "\n");

  StepPage block;
  block.step = StepId{2};
  StepPage untouched;
  untouched.step = StepId{5};
  check_golden("show_step_bare.txt",
               page_text(view, block, at(600), {}) + page_text(view, untouched, at(600), {}));
}

TEST_CASE("show prints a row for each of several steps", "[cli]") {
  const RunView view = failed_view();
  check_golden("show_steps.txt", list_text(view, {StepId{1}, StepId{4}, StepId{5}}, at(600), {}));
}

/// Gives what it has of events, in pages.
class History : public EmptyReader {
 public:
  std::vector<store::EventRow> events(RunId run, std::int32_t after, int limit) override {
    std::vector<store::EventRow> rows;
    for (std::int32_t seq = after + 1; seq <= 2500 && limit > 0; ++seq, --limit) {
      rows.push_back({run, at(seq), seq, 5, core::body_version, "", R"({"run":"running"})"});
    }
    return rows;
  }
};

TEST_CASE("a long history is read to its end", "[cli]") {
  History history;
  const std::vector<EventView> events = all_events(history, RunId{1});
  REQUIRE(events.size() == 2500);
  CHECK(events.back().seq == 2500);
}

}  // namespace
}  // namespace pawl::cli

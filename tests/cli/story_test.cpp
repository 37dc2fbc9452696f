#include "cli/story.hpp"

#include "core/codec.hpp"
#include "golden.hpp"
#include "sample_run.hpp"

namespace pawl::cli {
namespace {

using core::StepState;

/// An event row as the core writes it.
store::EventRow row(std::int32_t seq, double seconds, core::Happening what,
                    std::vector<core::Transition> transitions, core::RunPhase phase,
                    const std::string& actor = "") {
  core::Event event;
  event.what = std::move(what);
  event.inbox_seq = actor.empty() ? 0 : seq;
  core::Applied applied;
  applied.transitions = std::move(transitions);
  core::RunState run;
  run.facts.phase = phase;
  store::EventRow made;
  made.seq = seq;
  made.at = at(seconds);
  made.kind = static_cast<std::int16_t>(core::kind_of(event));
  made.body_version = core::body_version;
  made.actor = actor;
  made.body = core::encode_event(event, applied, run);
  return made;
}

core::Transition to(std::int32_t inst, StepState state, std::int32_t attempt,
                    std::string note = "") {
  return {InstId{inst}, StepState::pending, state, attempt, std::move(note)};
}

std::vector<store::EventRow> sample_events() {
  using core::RunPhase;
  return {
      row(1, 0, core::Start{}, {to(1, StepState::ready, 0), to(1, StepState::running, 1)},
          RunPhase::running, "user:ana"),
      row(2, 130, core::AttemptEnded{InstId{1}, 1, core::Succeeded{}},
          {to(1, StepState::succeeded, 1), to(2, StepState::running, 0),
           to(3, StepState::running, 1), to(4, StepState::running, 1)},
          RunPhase::running),
      row(3, 131, core::AttemptEnded{InstId{4}, 1, core::Failed{}},
          {to(4, StepState::retrying, 1, "exit 2: ld: out of memory")}, RunPhase::running),
      row(4, 139, core::Granted{}, {to(4, StepState::running, 2)}, RunPhase::running),
      row(5, 140, core::Pause{}, {}, RunPhase::paused, "user:ben"),
      row(6, 150, core::Resume{}, {}, RunPhase::running, "user:ben"),
      row(7, 151, core::Adopted{},
          {to(4, StepState::ready, 2, "lost: its worker died"), to(4, StepState::running, 3)},
          RunPhase::running),
      row(8, 209, core::AttemptEnded{InstId{4}, 3, core::Failed{}},
          {to(4, StepState::failed, 3, "exit 2: ld: out of memory\nand more"),
           to(5, StepState::not_run, 0, "build failed")},
          RunPhase::failed),
      row(9, 300, core::Repair{},
          {to(4, StepState::pending, 3, "repair"), to(5, StepState::pending, 0, "repair"),
           to(4, StepState::running, 4)},
          RunPhase::running, "user:ana"),
      row(10, 301, core::Cancel{}, {}, RunPhase::running, "user:ana"),
      row(11, 302, core::AttemptEnded{InstId{4}, 4, core::Stopped{}},
          {to(4, StepState::cancelled, 4), to(5, StepState::cancelled, 0, "the run was cancelled")},
          RunPhase::cancelled),
  };
}

TEST_CASE("a repair counts the steps of blocks that had not begun", "[cli]") {
  use_utc();
  Story story(sample_plan(), 4709);
  const auto lines = story.lines(read_event(
      row(9, 300, core::Repair{},
          {to(1, StepState::pending, 1, "repair"), to(2, StepState::pending, 0, "repair"),
           to(5, StepState::pending, 0, "repair")},
          core::RunPhase::running, "user:ana")));
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().text.ends_with("1 step again, 3 for the first time\n"));
}

TEST_CASE("what a repair keeps of a block that had begun does not run for the first time",
          "[cli]") {
  use_utc();
  Story story(sample_plan(), 4709);
  story.lines(read_event(
      row(1, 0, core::Granted{}, {to(2, StepState::running, 0)}, core::RunPhase::running)));
  const auto repaired = read_event(
      row(9, 300, core::Repair{},
          {to(2, StepState::pending, 0, "repair"), to(4, StepState::pending, 1, "repair")},
          core::RunPhase::running, "user:ana"));
  CHECK(story.lines(repaired).front().text.ends_with(": 1 step again\n"));

  Story later(sample_plan(), 4709);  // Who comes later knows it from the rows.
  later.take_begun(failed_view().instances);
  CHECK(later.lines(repaired).front().text.ends_with(": 1 step again\n"));
}

TEST_CASE("a run is told as lines, each state a word", "[cli]") {
  use_utc();
  Story story(sample_plan(), 4709);
  std::string text;
  for (const store::EventRow& event : sample_events()) {
    std::map<std::int32_t, core::Instance> rows;
    rows[4].state = StepState::retrying;
    rows[4].tries = rows[4].attempt = 1;
    rows[4].due_at = at(139);
    for (const ToldLine& line : story.lines(read_event(event), rows)) text += line.text;
  }
  check_golden("story.txt", text);
  CHECK(story.phase() == core::RunPhase::cancelled);
}

TEST_CASE("told in full, blocks, waiting steps, ids and dates are there too", "[cli]") {
  use_utc();
  Story story(sample_plan(), 4709, {StoryLines::all, true, 3764858880000000});
  Story usual(sample_plan(), 4709);
  std::string text;
  for (const store::EventRow& event : sample_events()) {
    for (const ToldLine& line : story.lines(read_event(event))) text += line.text;
    usual.lines(read_event(event));
    // Blocks and waiting steps are told, but they are none that could talk or be the longest.
    CHECK(story.take_talkers() == usual.take_talkers());
    CHECK(story.sign_of_life(event.at) == usual.sign_of_life(event.at));
  }
  check_golden("story_verbose.txt", text);
}

TEST_CASE("what a row says of a later try is not told of an earlier one", "[cli]") {
  use_utc();
  Story story(sample_plan(), 4709);
  std::map<std::int32_t, core::Instance> rows;
  rows[4].state = StepState::retrying;
  rows[4].tries = rows[4].attempt = 2;
  const auto lines = story.lines(read_event(sample_events()[2]), rows);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].text == "13:02:11 build.compile retrying: exit 2: ld: out of memory\n");
}

TEST_CASE("events prints all that the history holds", "[cli]") {
  use_utc();
  std::string text, verbose, json;
  for (const store::EventRow& event : sample_events()) {
    verbose += event_lines(read_event(event), StepBook(sample_plan()), true);
    text += event_lines(read_event(event), StepBook(sample_plan()));
    json +=
        event_record(read_event(event), StepBook(sample_plan()), 4709, RunId{3764858880000000}) +
        "\n";
  }
  check_golden("events.txt", text);
  check_golden("events_verbose.txt", verbose);
  check_golden("events.json", json);
}

TEST_CASE("a silent run gives a sign of life with its longest step", "[cli]") {
  use_utc();
  Story story(sample_plan(), 4709);
  const auto events = sample_events();
  story.lines(read_event(events[0]));
  story.lines(read_event(events[1]));
  CHECK(story.sign_of_life(at(190)) ==
        "13:03:10 run 4709 running, 1 of 4 steps, longest build.fetch 1m00s");
}

TEST_CASE("output is asked for from steps that run or have ended since", "[cli]") {
  Story story(sample_plan(), 4709);
  const auto events = sample_events();
  story.lines(read_event(events[0]));
  CHECK(story.take_talkers() == std::vector<std::int32_t>{1});
  story.lines(read_event(events[1]));
  CHECK(story.take_talkers() == std::vector<std::int32_t>{1, 3, 4});
  CHECK(story.take_talkers() == std::vector<std::int32_t>{3, 4});
}

TEST_CASE("a refused command is told with its reason", "[cli]") {
  use_utc();
  EventView event;
  event.at = at(1);
  event.kind = "resume";
  event.actor = "user:ana";
  event.refused = "the run is not paused";
  Story story(sample_plan(), 4709);
  REQUIRE(story.lines(event).size() == 1);
  CHECK(story.lines(event)[0].text ==
        "13:00:01 run 4709 refused resume of user:ana: the run is not paused\n");
}

TEST_CASE("a damaged event is an error that names it", "[cli]") {
  store::EventRow damaged;
  damaged.seq = 7;
  damaged.body = "{";
  CHECK_THROWS_WITH(read_event(damaged), "event 7 cannot be read");
}

}  // namespace
}  // namespace pawl::cli

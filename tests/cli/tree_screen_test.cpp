#include "cli/live/tree_screen.hpp"

#include "cli/live/live_block.hpp"
#include "cli/text_width.hpp"
#include "golden.hpp"
#include "sample_run.hpp"

namespace pawl::cli {
namespace {

Style columns(int width) {
  Style style;
  style.width = width;
  style.clip = true;
  return style;
}

std::string text_of(const Screen& screen) {
  std::string out;
  for (const std::string& row : screen) out += row + "\n";
  return out;
}

/// extract runs and prints, compile waits for its second try, link is to come.
LiveRun busy_run() {
  LiveRun run(running_view());
  run.take_tail(1, {{"part 46", "part\t47 of \x1b[31mmany\x1b[0m", "\xe6\x97\xa5\xe6\x9c\xac"}, 1});
  return run;
}

/// 10,000 steps in a block: the first 3,000 have ended, every hundredth of them badly; 64 run.
LiveRun wide_run() {
  auto plan = std::make_shared<dsl::Plan>(*sample_plan());
  plan->steps.resize(1);
  dsl::Step block;
  block.parent = StepId{0};
  block.id = "transform";
  std::vector<StepId> children;
  constexpr std::int32_t count = 10'000;
  for (std::int32_t i = 0; i < count; ++i) children.push_back(StepId{i + 2});
  block.spec = dsl::BlockSpec{children, false, false};
  plan->steps.push_back(block);
  plan->steps[0].spec = dsl::BlockSpec{{StepId{1}}, false, false};
  plan->hooks.on_failure = dsl::no_step;
  RunView view = failed_view();
  view.instances.assign(static_cast<std::size_t>(count) + 2, {});
  for (std::int32_t i = 0; i < count; ++i) {
    dsl::Step step;
    step.parent = StepId{1};
    step.id = "part_" + std::to_string(i);
    step.kind = dsl::Kind::run;
    step.spec = dsl::RunSpec{};
    step.settings = std::make_shared<dsl::Settings>();
    plan->steps.push_back(std::move(step));
    core::Instance& instance = view.instances[static_cast<std::size_t>(i) + 2];
    if (i < 3000) instance = ended(core::StepState::succeeded, i * 0.01, i * 0.01 + 5);
    if (i < 3000 && i % 100 == 0) {
      instance.state = core::StepState::failed;
      instance.note = "exit code 1: disk full";
    }
    if (i >= 3000 && i < 3064) {
      instance = ended(core::StepState::running, 40 + i % 7, 0);
      instance.ended_at.reset();
    }
  }
  view.run.phase = view.facts.phase = core::RunPhase::running;
  view.facts.ended_at.reset();
  view.instances[1] = ended(core::StepState::running, 0, 0);
  view.instances[1].ended_at.reset();
  view.plan = plan;
  return LiveRun(std::move(view));
}

TEST_CASE("items that have not begun are counted, though they have no rows", "[cli]") {
  use_utc();
  RunView view = running_view();
  view.unseen[2] = 40;
  const std::string text = text_of(tree_screen(LiveRun(std::move(view)), at(180), {}, columns(80)));
  CHECK_THAT(text, Catch::Contains("of 44 steps"));
  CHECK_THAT(text, Catch::Contains("of 42"));
}

TEST_CASE("a block that was skipped has a reason instead of a count, and no rows inside", "[cli]") {
  use_utc();
  RunView view = running_view();
  for (const std::size_t inst : {2, 3, 4}) view.instances[inst] = {};
  view.instances[2].state = core::StepState::skipped;
  view.instances[2].note = "when: inputs.region == 'eu'";
  view.instances[2].ended_at = at(130);
  share_end(*view.plan, view.instances, StepId{2});
  const std::string text = text_of(tree_screen(LiveRun(std::move(view)), at(180), {}, columns(80)));
  CHECK_THAT(text, Catch::Contains("build"));
  CHECK_THAT(text, Catch::Contains("skipped: when: inputs.region == 'eu'"));
  CHECK_THAT(text, !Catch::Contains("fetch"));
}

TEST_CASE("the tree shows state, progress, tries and output at 80 and 120 columns", "[cli]") {
  use_utc();
  std::string text;
  for (const int width : {80, 120, 200}) {
    text += text_of(tree_screen(busy_run(), at(180), {}, columns(width))) + "\n";
  }
  check_golden("tree_busy.txt", text);
}

/// The same with five runs before it, and a worker.
LiveRun known_run() {
  LiveRun run = busy_run();
  RunHistory history;
  history.run = {Micros{1'080'000'000}, Micros{1'200'000'000}, Micros{1'440'000'000}, 5};
  history.steps.assign(run.plan().steps.size(), {});
  history.steps[1] = {Micros{100'000'000}, Micros{130'000'000}, Micros{150'000'000}, 5};
  history.steps[2] = {Micros{400'000'000}, Micros{450'000'000}, Micros{650'000'000}, 5};
  history.steps[4] = {Micros{40'000'000}, Micros{40'000'000}, Micros{60'000'000}, 5};
  run.take(std::move(history));
  run.take_owner("w-7");
  return run;
}

TEST_CASE("at 120 columns usual time, worker and message have columns of their own", "[cli]") {
  use_utc();
  TreeSettings settings;
  settings.ends = "ends 13:18–13:24";
  std::string text;
  for (const int width : {80, 119, 120, 140}) {
    text += text_of(tree_screen(known_run(), at(180), settings, columns(width))) + "\n";
  }
  for (const int width : {80, 120}) {
    text += text_of(tree_screen(wide_run(), at(100), {14, 3, {}, "", {}}, columns(width))) + "\n";
  }
  check_golden("tree_columns.txt", text);
}

TEST_CASE("the columns stand in the same place whatever the steps are called or say", "[cli]") {
  use_utc();
  const auto column_of = [](const LiveRun& run, const std::string& name, const std::string& text) {
    for (const std::string& row : tree_screen(run, at(180), {}, columns(120))) {
      const std::size_t found = row.find(text);
      if (row.find(name) != std::string::npos && found != std::string::npos) {
        return cell_width(row.substr(0, found));
      }
    }
    return std::size_t{0};
  };
  auto plan = std::make_shared<dsl::Plan>(*sample_plan());
  plan->steps[4].id = std::string(60, 'c');
  RunView view = known_run().view();
  view.plan = plan;
  LiveRun other(std::move(view));
  other.take(RunHistory(known_run().history()));
  CHECK(column_of(known_run(), "compile", "retrying") == 35);
  CHECK(column_of(other, "cc", "retrying") == 35);
  CHECK(column_of(known_run(), "compile", "exit 2") == column_of(other, "cc", "exit 2"));
}

TEST_CASE("colours of a step's output stay in its row, and only where colour is wanted", "[cli]") {
  LiveRun run = busy_run();
  run.take_tail(1,
                {{"\x1b[31mred and never off", "\x1b[32mgreen\x1b]0;title\x07\x1b[2J\x1b[3"}, 1});
  Style style = columns(80);
  const auto tails = [&] {
    Screen found;
    for (const std::string& row : tree_screen(run, at(180), {}, style)) {
      if (row.find("│ ") != std::string::npos) found.push_back(row);
    }
    return found;
  };
  CHECK(tails() == Screen{"  │ red and never off", "  │ green"});
  style.colour = true;
  CHECK(tails() == Screen{"  │ \x1b[31mred and never off\x1b[0m", "  │ \x1b[32mgreen\x1b[0m"});
}

TEST_CASE("what was shown as done stays done", "[cli]") {
  use_utc();
  TreeSettings settings;
  settings.done = 0.75;
  CHECK(tree_screen(busy_run(), at(180), settings, columns(80))[1].rfind("  75 % ", 0) == 0);
}

TEST_CASE("a frame tells which steps have a row", "[cli]") {
  const LiveRun run = busy_run();
  const TreeFrame frame = tree_frame(run, run.tallies(at(180)), at(180), {}, columns(80));
  CHECK(frame.steps == std::vector<StepId>{StepId{1}, StepId{2}, StepId{3}, StepId{4}});
}

TEST_CASE("without UTF-8 the tree is ASCII and tells every state by a word", "[cli]") {
  use_utc();
  Style style = columns(80);
  style.ascii = true;
  RunView view = busy_run().view();
  view.progress[0].message = "plain";
  const Screen screen = tree_screen(LiveRun(std::move(view)), at(180), {}, style);
  for (const std::string& row : screen) {
    for (const char c : row) CHECK(static_cast<unsigned char>(c) < 0x80);
  }
  check_golden("tree_ascii.txt", text_of(screen));
}

TEST_CASE("ten thousand steps fold into counted rows, failures and the longest first", "[cli]") {
  use_utc();
  const LiveRun run = wide_run();
  const Screen screen = tree_screen(run, at(100), {14, 3, {}, "", {}}, columns(80));
  CHECK(screen.size() <= 14);
  check_golden("tree_wide.txt", text_of(screen));
}

TEST_CASE("a small terminal gets one row", "[cli]") {
  use_utc();
  CHECK(tree_screen(busy_run(), at(180), {5, 3, {}, "", {}}, columns(80)).size() == 1);
  CHECK(tree_screen(busy_run(), at(180), {}, columns(39)).size() == 1);
}

TEST_CASE("no row is as wide as the terminal, whatever the steps are called", "[cli]") {
  auto plan = std::make_shared<dsl::Plan>(*sample_plan());
  plan->steps[1].id = std::string(300, 'x');
  plan->steps[4].id =
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e_"
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e_\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e";
  RunView view = busy_run().view();
  view.plan = plan;
  view.run.workflow = std::string(200, 'w');
  LiveRun run(std::move(view));
  run.take_tail(1, {{std::string(1000, 'y')}, 1});
  for (int width = 40; width <= 200; ++width) {
    for (const bool colour : {false, true}) {
      Style style = columns(width);
      style.colour = colour;
      TreeSettings settings;
      settings.ends =
          "ends 13:58\xe2\x80\x93"
          "14:06";
      settings.dialogue = {std::string(300, 'd')};
      for (const std::string& row : tree_screen(run, at(180), settings, style)) {
        CAPTURE(width, row);
        REQUIRE(cell_width(row) < static_cast<std::size_t>(width));
      }
    }
  }
}

TEST_CASE("a lost connection stands in the tree, and the clock goes on", "[cli]") {
  use_utc();
  TreeSettings settings;
  settings.lost_for = Micros{4'000'000};
  const Screen screen = tree_screen(busy_run(), at(180), settings, columns(80));
  CHECK(screen[1] == "  connection lost 4.0s ago, trying");
}

TEST_CASE("a frame steps over rows that did not change, and no change is no write", "[cli]") {
  LiveBlock block;
  CHECK(block.frame({}, {"one", "two"}).find("one\x1b[K\r\ntwo\x1b[K\x1b[1A") != std::string::npos);
  CHECK(block.frame({}, {"one", "two"}).empty());
  const std::string second = block.frame({}, {"one", "zwei"});
  CHECK(second.find("one") == std::string::npos);
  CHECK(second.find("\r\nzwei\x1b[K") != std::string::npos);
  CHECK(second.find("\x1b[2J") == std::string::npos);
}

TEST_CASE("rows do not wrap in a terminal that has become narrower, lines above do", "[cli]") {
  LiveBlock block;
  const std::string frame = block.frame({"line"}, {"one", "two"});
  const std::size_t line = frame.find("line"), row = frame.find("one");
  const std::size_t off = frame.find("\x1b[?7l"), on = frame.find("\x1b[?7h");
  CHECK(line < off);
  CHECK(off < row);
  CHECK(frame.find("two") < on);
  CHECK(on != std::string::npos);
}

TEST_CASE("a frame that is shorter leaves nothing of the longer one", "[cli]") {
  LiveBlock block;
  block.frame({}, {"one", "two", "three"});
  const std::string shorter = block.frame({}, {"one"});
  CHECK(shorter.find("\r\n\x1b[K\r\n\x1b[K\x1b[2A") != std::string::npos);
}

}  // namespace
}  // namespace pawl::cli

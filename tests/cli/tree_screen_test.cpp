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

TEST_CASE("the tree shows state, progress, tries and output at 80 and 120 columns", "[cli]") {
  use_utc();
  std::string text;
  for (const int width : {80, 120, 200}) {
    text += text_of(tree_screen(busy_run(), at(180), {}, columns(width))) + "\n";
  }
  check_golden("tree_busy.txt", text);
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

TEST_CASE("a frame that is shorter leaves nothing of the longer one", "[cli]") {
  LiveBlock block;
  block.frame({}, {"one", "two", "three"});
  const std::string shorter = block.frame({}, {"one"});
  CHECK(shorter.find("\r\n\x1b[K\r\n\x1b[K\x1b[2A") != std::string::npos);
}

}  // namespace
}  // namespace pawl::cli

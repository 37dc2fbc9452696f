#include <fmt/format.h>

#include "cli/text_width.hpp"
#include "cli/top/top_view.hpp"
#include "golden.hpp"
#include "sample_run.hpp"

using namespace pawl;
using namespace pawl::cli;

namespace {

store::WorkerSight a_worker(const std::string& name, double lease_until, std::int64_t runs) {
  store::WorkerSight worker;
  worker.name = name;
  worker.host = "anvil";
  worker.build = "0.1.0";
  worker.queues = {"default"};
  worker.started_at = at(0);
  worker.lease_until = at(lease_until);
  worker.runs = runs;
  return worker;
}

TopView sample() {
  TopView view;
  view.now = at(180);
  view.commits_per_second = 1210.4;
  view.answers_in = Micros{840};
  view.queues = {{"default", 790, at(168), 64}, {"gpu", 22, at(0), 0}};
  view.workers = {a_worker("w-2", 189, 32), a_worker("w-7-with-a-very-long-name", 188, 32),
                  a_worker("w-1", 20, 3), a_worker("w-0", 10, 0)};
  TopRun running;
  running.run = running_view().run;
  running.steps = 4;
  running.ended = 1;
  running.running = 2;
  running.now = "extract 3m00s";
  TopRun failed;
  failed.run = failed_view().run;
  failed.run.number = 4708;
  failed.run.workflow = "a-workflow-whose-name-is-long";
  TopRun strange = running;
  strange.run.number = 4707;
  strange.run.workflow = "evil\x1b[2Jname";
  strange.failed = 3;
  view.runs = {running, failed, strange};
  return view;
}

std::string text(const Screen& screen) { return fmt::format("{}\n", fmt::join(screen, "\n")); }

}  // namespace

TEST_CASE("top shows queues, workers and runs at 80 and 120 columns", "[top]") {
  use_utc();
  check_golden("top_80.txt", text(top_screen(sample(), {24, 0, {}}, {.width = 80, .clip = true})));
  check_golden("top_120.txt",
               text(top_screen(sample(), {24, 1, {}}, {.width = 120, .clip = true})));
}

TEST_CASE("top fits any terminal: no row too wide, never too many, the chosen run on it", "[top]") {
  use_utc();
  TopView view = sample();
  for (int i = 0; i < 60; ++i) view.runs.push_back(view.runs[0]);
  view.runs[57].run.number = 1234;
  for (const int rows : {3, 5, 10, 24, 60}) {
    for (const int columns : {20, 40, 80, 87, 88, 120, 200}) {
      CAPTURE(rows, columns);
      const Screen screen = top_screen(view, {rows, 57, {}}, {.width = columns, .clip = true});
      CHECK(screen.size() <= static_cast<std::size_t>(rows));
      for (const std::string& row : screen) {
        CHECK(cell_width(row) <= static_cast<std::size_t>(columns - 1));
      }
      if (rows >= 10) CHECK(text(screen).find("> ") != std::string::npos);
    }
  }
}

TEST_CASE("top says when the connection is lost, when nobody works, when a filter is wrong",
          "[top]") {
  use_utc();
  TopView view = sample();
  view.lost_for = Micros{4'000'000};
  view.workers.clear();
  view.runs.clear();
  view.mistake = "there is no key 'stat'";
  const std::string shown = text(top_screen(view, {24, {}, {}}, {.width = 80, .clip = true}));
  CHECK(shown.find("connection lost 4.0s ago, trying") != std::string::npos);
  CHECK(shown.find("none is alive: pawl serve") != std::string::npos);
  CHECK(shown.find("no runs") != std::string::npos);
  CHECK(shown.find("filter: there is no key 'stat'") != std::string::npos);
  CHECK(text(top_screen(view, {24, {}, "state=f"}, {.width = 80, .clip = true}))
            .find("filter: state=f_") != std::string::npos);
}

TEST_CASE("top in a pipe cuts nothing, and is one record with --json", "[top]") {
  use_utc();
  const std::string shown = text(top_screen(sample(), {60, {}, {}}, {.width = 80}));
  CHECK(shown.find("a-workflow-whose-name-is-long") != std::string::npos);
  check_golden("top.json", top_record(sample()) + "\n");
}

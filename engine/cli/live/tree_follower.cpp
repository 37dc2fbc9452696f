#include "cli/live/tree_follower.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "cli/clock.hpp"
#include "cli/live/dialogue.hpp"
#include "cli/live/live_block.hpp"
#include "cli/live/run_feed.hpp"
#include "cli/live/terminal.hpp"
#include "cli/style_for.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto frame_interval = 100ms;
constexpr int tick_ms = 1000;
/// Lines above the block stay, so they are whole; the terminal wraps them.
constexpr std::size_t line_cells_max = 500;
constexpr auto shrink_after = 2s;
constexpr auto feed_patience = 200ms;
constexpr int block_rows_min = 6, block_rows_max = 30;

/// Keys come from the terminal even when something else is on standard input.
Fd open_keyboard() {
  if (::isatty(STDIN_FILENO) == 1) return Fd(::dup(STDIN_FILENO));
  return Fd(::open("/dev/tty", O_RDWR | O_CLOEXEC));
}

class TreeFollower {
 public:
  TreeFollower(const Database& database, std::unique_ptr<store::Reader> reader, LiveRun run,
               const FollowSettings& settings)
      : settings_(settings),
        number_(run.view().run.number),
        keyboard_(open_keyboard()),
        out_(story_descriptor(settings)),
        terminal_(keyboard_.get(), out_),
        feed_(database, std::move(reader), std::move(run), settings.after, settings.keeper,
              settings.flags, [this] { terminal_.wake(); }) {}

  int watch();

 private:
  enum class Way { on, ended, left, too_long };

  Way look();
  void heed(const Notices& notices);
  void press(char key);
  void press_in_dialogue(char key);
  void ask(const core::Happening& request);
  void take_answers(RunFeed::Shared& shared);
  void draw();
  Screen calm(Screen screen);
  int block_rows() const;
  int finish();
  int leave();
  void die(int signal);

  FollowSettings settings_;
  std::int64_t number_;
  Fd keyboard_;
  int out_;
  Terminal terminal_;
  RunFeed feed_;
  LiveBlock block_;
  std::vector<std::string> lines_;  ///< For above the block, not yet written.
  bool asks_ = false;               ///< The dialogue is open.
  bool leaves_ = false;
  bool leaves_when_stored_ = false;  ///< A pause was chosen; once it is in the inbox we go.
  bool may_draw_ = true;
  int rows_more_ = 0;  ///< By the keys + and -.
  bool shows_output_ = true;
  std::optional<Steady::time_point> deadline_ = waits_until(settings_);
  Steady::time_point drawn_{};
  Steady::time_point tall_since_ = Steady::now();
};

int TreeFollower::watch() {
  bool is_due_later = false;
  while (true) {
    // To the next tick of the clocks when nothing happens; the feed wakes us when something does.
    const auto rest = std::chrono::ceil<Millis>(drawn_ + frame_interval - Steady::now());
    const std::string keys =
        terminal_.wait(is_due_later ? std::max(1, static_cast<int>(rest.count())) : tick_ms);
    heed(terminal_.take_notices());
    for (const char key : keys) asks_ ? press_in_dialogue(key) : press(key);
    switch (look()) {
      case Way::on:
        break;
      case Way::ended:
        return finish();
      case Way::left:
        return leave();
      case Way::too_long:
        terminal_.write(block_.leave());
        return tell_timeout(number_, settings_);
    }
    const bool at_once = !keys.empty() || asks_;
    is_due_later = !at_once && Steady::now() - drawn_ < frame_interval;
    if (!is_due_later) draw();
  }
}

void TreeFollower::heed(const Notices& notices) {
  if (notices.ending != 0) die(notices.ending);
  if (notices.interrupted) {
    if (asks_ || !keyboard_) leaves_ = true;
    asks_ = true;
  }
  if (notices.resized) block_.forget();
  if (notices.stopping) {
    terminal_.write(block_.erase());
    may_draw_ = terminal_.stop();
  }
  if (notices.continued) {
    may_draw_ = true;
    block_.forget();
  }
}

void TreeFollower::press(char key) {
  constexpr int step = 4;
  if (key == '+') rows_more_ += step;
  if (key == '-') rows_more_ -= step;
  if (key == 'l') shows_output_ = !shows_output_;
  if (key == '\r' || key == '\n') {  // A copy of the tree, to look back at.
    auto shared = feed_.shared().lock();
    const Style style = style_for(settings_.flags, out_);
    for (std::string& row : final_tree(shared->run, now_here(), style)) {
      lines_.push_back(std::move(row));
    }
  }
  if (key == '?') {
    lines_.emplace_back("+ - rows   l output   Enter keeps a copy of the tree   Ctrl-C leaves");
  }
}

void TreeFollower::press_in_dialogue(char key) {
  switch (leave_choice(key)) {
    case LeaveChoice::none:
      return;
    case LeaveChoice::back:
      asks_ = false;
      return;
    case LeaveChoice::detach:
      leaves_ = true;
      return;
    case LeaveChoice::pause:
      ask(core::Pause{});
      leaves_when_stored_ = true;
      return;
    case LeaveChoice::cancel:
      ask(core::Cancel{});
      asks_ = false;
      return;
  }
}

void TreeFollower::ask(const core::Happening& request) {
  feed_.shared().lock()->requests.push_back(request);
  feed_.shared().notify_all();
}

void TreeFollower::take_answers(RunFeed::Shared& shared) {
  for (const std::string& answer : shared.answers) {
    if (answer.empty()) {
      leaves_ = leaves_ || leaves_when_stored_;
    } else {
      lines_.push_back(fmt::format("run {}: not done: {}", number_, answer));
      leaves_when_stored_ = false;
    }
  }
  shared.answers.clear();
}

TreeFollower::Way TreeFollower::look() {
  auto shared = feed_.shared().lock();
  take_answers(*shared);
  std::move(shared->attention.begin(), shared->attention.end(), std::back_inserter(lines_));
  shared->attention.clear();
  if (shared->failure) {
    terminal_.write(block_.erase());
    std::rethrow_exception(shared->failure);
  }
  if (shared->is_over) return Way::ended;
  if (deadline_ && Steady::now() >= *deadline_) return Way::too_long;
  return leaves_ ? Way::left : Way::on;
}

int TreeFollower::block_rows() const {
  const int rows = terminal_.size().rows;
  const int usual = std::clamp(rows * 3 / 5, block_rows_min, block_rows_max);
  return std::clamp(usual + rows_more_, std::min(rows - 1, 2), std::max(1, rows - 1));
}

/// A block that grows at once and shrinks only after a while does not bounce.
Screen TreeFollower::calm(Screen screen) {
  const auto now = Steady::now();
  if (screen.size() >= block_.height()) {
    tall_since_ = now;
  } else if (now - tall_since_ < shrink_after) {
    screen.resize(block_.height());
  }
  return screen;
}

void TreeFollower::draw() {
  if (!may_draw_ || !terminal_.is_writable()) return;
  Style style = style_for(settings_.flags, out_);
  TreeSettings look;
  look.rows = block_rows();
  look.tail = shows_output_ ? settings_.look.tail : 0;
  Screen screen;
  {
    auto shared = feed_.shared().lock();
    if (shared->lost_since) {
      look.lost_for = std::chrono::duration_cast<Micros>(Steady::now() - *shared->lost_since);
    }
    if (asks_) {
      const Tally whole = shared->run.tallies()[0];
      look.dialogue = leave_dialogue(number_, whole.running, style);
    }
    shared->wants_output = look.tail > 0;
    shared->wanted.clear();
    const RowLimits limits{static_cast<std::size_t>(look.rows), 0};
    for (const TreeRow& row : choose_rows(shared->run, limits)) {
      if (row.kind == TreeRow::Kind::step) shared->wanted.insert(row.step.value);
    }
    screen = tree_screen(shared->run, now_here(), look, style);
  }
  for (std::string& line : lines_) line = clip_end(line, line_cells_max);
  const std::string frame = block_.frame(lines_, calm(std::move(screen)));
  lines_.clear();
  if (frame.empty()) return;
  terminal_.write(frame);
  terminal_.set_last_words(block_.leave());
  drawn_ = Steady::now();
}

/// The tree as it stays, and the end.
int TreeFollower::finish() {
  const Style style = style_for(settings_.flags, out_);
  auto shared = feed_.shared().lock();
  std::string text = block_.erase();
  for (const std::string& line : lines_) text += line + "\n";
  const RunView& view = shared->run.view();
  for (const std::string& row : final_tree(shared->run, now_here(), style)) text += row + "\n";
  terminal_.write(text);
  const std::string summary = summary_text(view, shared->tails, style);
  write_to(out_ == STDOUT_FILENO ? std::cout : std::cerr, summary, style);
  print_result(view, settings_);
  std::cout.flush();
  return exit_code_of(view.run.phase);
}

int TreeFollower::leave() {
  terminal_.write(block_.leave());
  terminal_.set_last_words("");
  const char* how = leaves_when_stored_ ? "pauses, once what runs has ended: pawl resume"
                                        : "goes on: pawl attach";
  std::cerr << fmt::format("run {} {} {}\n", number_, how, number_);
  std::cerr.flush();
  if (!feed_.stop(feed_patience)) std::_Exit(exit_stopped_waiting);
  return exit_stopped_waiting;
}

/// SIGTERM and SIGHUP end us as they would have; the run goes on.
void TreeFollower::die(int signal) {
  terminal_.write(block_.leave());
  terminal_.restore();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

int follow_tree(const Database& database, std::unique_ptr<store::Reader> reader,
                const store::RunSummary& run, std::shared_ptr<const dsl::Plan> plan,
                const FollowSettings& settings) {
  LiveRun live(load_view(*reader, run, std::move(plan)));
  FollowSettings from_here = settings;
  from_here.after = run.version;
  return TreeFollower(database, std::move(reader), std::move(live), from_here).watch();
}

}  // namespace pawl::cli

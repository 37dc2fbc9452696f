#include "cli/live/tree_follower.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "cli/clock.hpp"
#include "cli/live/dialogue.hpp"
#include "cli/live/estimate.hpp"
#include "cli/live/live_block.hpp"
#include "cli/live/run_feed.hpp"
#include "cli/live/terminal.hpp"
#include "cli/live/terminal_title.hpp"
#include "cli/settings_for.hpp"
#include "cli/style_for.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto frame_interval = 100ms, frame_interval_remote = 250ms;
/// Drawing a large run takes at most this share of a core.
constexpr int rest_per_frame = 100;
constexpr auto frame_interval_max = 1s;
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

/// What people have set for the tree; `--tail` wins over `ui.tail`.
struct Wishes {
  int tail = 3;
  std::optional<int> rows;
  bool keys = true;
  TitleSupport title;
};

Wishes wishes_of(const FollowSettings& follow, int out) {
  Wishes wishes;
  const pawl::settings::Settings& set = settings_found(follow.flags);
  const bool is_usable = set.faults().empty();
  if (is_usable) {
    wishes.tail = set.whole("ui.tail").value_or(wishes.tail);
    wishes.rows = set.whole("ui.rows");
    wishes.keys = set.boolean("ui.keys");
  }
  if (follow.look.tail >= 0) wishes.tail = follow.look.tail;
  if (!is_usable || set.boolean("ui.title")) {
    wishes.title = title_support({environment, ::isatty(out) == 1});
  }
  return wishes;
}

Steady::duration shortest_interval() {
  return environment("SSH_CONNECTION").empty() ? frame_interval : frame_interval_remote;
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
        wishes_(wishes_of(settings, out_)),
        title_(wishes_.title),
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
  Screen screen_now();
  std::string title_now(const LiveRun& run, const Tally& whole);
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
  Wishes wishes_;
  TerminalTitle title_;
  RunFeed feed_;
  LiveBlock block_;
  Outlook outlook_;
  std::string title_bytes_;  ///< Of the next frame.
  const Steady::duration interval_min_ = shortest_interval();
  Steady::duration interval_ = interval_min_;
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
    const auto rest = std::chrono::ceil<Millis>(drawn_ + interval_ - Steady::now());
    const std::string keys =
        terminal_.wait(is_due_later ? std::max(1, static_cast<int>(rest.count())) : tick_ms);
    heed(terminal_.take_notices());
    for (const char key : keys) press(key);
    switch (look()) {
      case Way::on:
        break;
      case Way::ended:
        return finish();
      case Way::left:
        return leave();
      case Way::too_long:
        terminal_.write(block_.leave() + title_.clear());
        return tell_timeout(number_, feed_.shared().lock()->run.view().run.phase, settings_);
    }
    const bool at_once = !keys.empty() || asks_;
    is_due_later = !at_once && Steady::now() - drawn_ < interval_;
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
    terminal_.write(block_.erase() + title_.clear());
    title_.forget();
    may_draw_ = terminal_.stop();
  }
  if (notices.continued) {
    may_draw_ = true;
    block_.forget();
  }
}

void TreeFollower::press(char key) {
  if (asks_) return press_in_dialogue(key);
  if (!wishes_.keys) return;
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
    terminal_.write(block_.erase() + title_.clear());
    std::rethrow_exception(shared->failure);
  }
  if (shared->is_over) return Way::ended;
  if (deadline_ && Steady::now() >= *deadline_) return Way::too_long;
  return leaves_ ? Way::left : Way::on;
}

int TreeFollower::block_rows() const {
  const int rows = terminal_.size().rows;
  const int usual = wishes_.rows.value_or(std::clamp(rows * 3 / 5, block_rows_min, block_rows_max));
  return std::clamp(usual + rows_more_, std::min(rows - 1, 2), std::max(1, rows - 1));
}

/// A block that grows at once and shrinks only after a while does not bounce.
Screen TreeFollower::calm(Screen screen) {
  const auto now = Steady::now();
  if (screen.size() >= block_.height()) {
    tall_since_ = now;
  } else if (now - tall_since_ < shrink_after) {
    // Never taller than a terminal that has shrunk: what scrolls away there stays for good.
    const auto most = static_cast<std::size_t>(block_rows());
    screen.resize(std::max(screen.size(), std::min(block_.height(), most)));
  }
  return screen;
}

/// "38 % nightly-report, run 4711"
std::string TreeFollower::title_now(const LiveRun& run, const Tally& whole) {
  const auto percent = static_cast<int>(std::lround(outlook_.done() * 100));
  const TitleState state = run.view().run.phase == core::RunPhase::waiting ||
                                   run.view().run.phase == core::RunPhase::paused
                               ? TitleState::waits_for_people
                           : whole.failed > 0 ? TitleState::has_failures
                                              : TitleState::works;
  return title_.show(fmt::format("{} % {}, run {}", percent, run.view().run.workflow, number_),
                     percent, state);
}

Screen TreeFollower::screen_now() {
  const Style style = style_for(settings_.flags, out_);
  const TimePoint now = now_here();
  TreeSettings look;
  look.rows = block_rows();
  look.tail = shows_output_ ? wishes_.tail : 0;
  auto shared = feed_.shared().lock();
  const Tallies tallies = shared->run.tallies(now);
  if (shared->lost_since) {
    look.lost_for = std::chrono::duration_cast<Micros>(Steady::now() - *shared->lost_since);
  }
  if (asks_) look.dialogue = leave_dialogue(number_, tallies.whole().running, style);
  outlook_.look(shared->run, tallies.whole(), now);
  look.is_left = leaves_;
  look.ends = outlook_.ends(shared->run, now);
  look.done = outlook_.done();
  title_bytes_ = title_now(shared->run, tallies.whole());
  TreeFrame frame = tree_frame(shared->run, tallies, now, look, style);
  shared->output_lines = static_cast<std::size_t>(look.tail);
  shared->wanted.clear();
  for (const StepId step : frame.steps) shared->wanted.insert(step.value);
  return std::move(frame.screen);
}

void TreeFollower::draw() {
  if (!may_draw_ || !terminal_.is_writable()) return;
  const Steady::time_point begun = Steady::now();
  Screen screen = screen_now();
  for (std::string& line : lines_) line = clip_end(line, line_cells_max);
  const std::size_t height = block_.height();
  const std::string frame = block_.frame(lines_, calm(std::move(screen))) + title_bytes_;
  lines_.clear();
  interval_ = std::clamp<Steady::duration>((Steady::now() - begun) * rest_per_frame, interval_min_,
                                           frame_interval_max);
  drawn_ = Steady::now();
  if (frame.empty()) return;
  // Who is killed between the two must not end inside of the taller block.
  if (block_.height() > height) terminal_.set_last_words(block_.leave() + title_.clear());
  terminal_.write(frame);
  terminal_.set_last_words(block_.leave() + title_.clear());
}

/// The tree as it stays, and the end.
int TreeFollower::finish() {
  const Style style = style_for(settings_.flags, out_);
  auto shared = feed_.shared().lock();
  std::string text = block_.erase() + title_.clear();
  for (const std::string& line : lines_) text += line + "\n";
  const RunView& view = shared->run.view();
  for (const std::string& row : final_tree(shared->run, now_here(), style)) text += row + "\n";
  terminal_.write(text);
  const std::string summary = summary_text(view, shared->ending, style);
  write_to(out_ == STDOUT_FILENO ? std::cout : std::cerr, summary, style);
  print_result(view, settings_);
  std::cout.flush();
  return exit_code_of(view.run.phase);
}

/// The tree stays as it was last, without the question that has been answered.
int TreeFollower::leave() {
  asks_ = false;
  if (may_draw_ && terminal_.is_writable()) {
    terminal_.write(block_.frame(std::exchange(lines_, {}), screen_now()));
  }
  terminal_.write(block_.leave() + title_.clear());
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
  terminal_.write(block_.leave() + title_.clear());
  terminal_.restore();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

int follow_tree(const Database& database, std::unique_ptr<store::Reader> reader,
                const store::RunSummary& run, std::shared_ptr<const dsl::Plan> plan,
                const FollowSettings& settings) {
  LiveRun live(load_view(*reader, run, std::move(plan)));
  return TreeFollower(database, std::move(reader), std::move(live), settings).watch();
}

}  // namespace pawl::cli

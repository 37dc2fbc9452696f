#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <sstream>

#include "base/error.hpp"
#include "cli/command.hpp"
#include "cli/live/live_block.hpp"
#include "cli/live/terminal.hpp"
#include "cli/plain_text.hpp"
#include "cli/run_filter_words.hpp"
#include "cli/style_for.hpp"
#include "cli/text_width.hpp"
#include "cli/top/top_feed.hpp"

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

constexpr int snapshot_runs = 20;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// `top` on a terminal, until somebody leaves it. No key changes a run.
class Top {
 public:
  Top(TopReader reader, TopView first, std::optional<store::RunFilter> filter, CommonFlags flags)
      : flags_(std::move(flags)),
        terminal_(STDIN_FILENO, STDOUT_FILENO),
        feed_(std::move(reader), std::move(first), style_for(flags_, STDOUT_FILENO),
              [this] { terminal_.wake(); }) {
    feed_.shared().lock()->filter = std::move(filter);
  }

  int watch() {
    terminal_.set_last_words(full_screen_off);
    terminal_.write(full_screen_on);
    while (!leaves_) {
      draw();
      const std::string keys = terminal_.wait(1000);
      heed(terminal_.take_notices());
      if (feed_.shared().lock()->failure) break;
      for (std::size_t i = 0; i < keys.size() && !leaves_; ++i) press(keys, i);
    }
    terminal_.set_last_words("");
    terminal_.write(full_screen_off);
    if (signal_ != 0) {
      terminal_.restore();
      ::signal(signal_, SIG_DFL);
      ::raise(signal_);
    }
    std::exception_ptr failure = feed_.shared().lock()->failure;
    if (!feed_.stop(500ms)) {  // A dead connection holds the thread; nothing is left to be done.
      terminal_.restore();
      std::cout.flush();
      ::_exit(exit_success);
    }
    if (failure) std::rethrow_exception(failure);
    return exit_success;
  }

 private:
  void heed(const Notices& notices) {
    if (notices.interrupted) leaves_ = true;
    if (notices.ending != 0) {
      signal_ = notices.ending;
      leaves_ = true;
    }
    if (notices.resized) redraw();
    if (notices.stopping) {
      terminal_.write(full_screen_off);
      may_draw_ = terminal_.stop();
    }
    if (notices.stopping || notices.continued) {
      may_draw_ = may_draw_ || notices.continued;
      if (may_draw_) redraw();
    }
  }

  /// After what others may have done to the screen.
  void redraw() {
    block_ = {};
    terminal_.write(full_screen_on);
  }

  void press(const std::string& keys, std::size_t& i) {
    const char key = keys[i];
    const bool is_arrow = key == '\x1b' && keys.compare(i, 2, "\x1b[") == 0 && i + 2 < keys.size();
    if (is_arrow) {
      const char which = keys[i + 2];
      i += 2;
      if (which == 'A') move(-1);
      if (which == 'B') move(1);
    } else if (typing_) {
      type(key);
    } else if (shown_of_) {
      if (key == 'q' || key == '\x1b' || key == '\r' || key == '\n') close_shown();
      if (key == 'j') move(1);
      if (key == 'k') move(-1);
    } else {
      if (key == 'q') leaves_ = true;
      if (key == 'j') move(1);
      if (key == 'k') move(-1);
      if (key == '/') typing_ = feed_.shared().lock()->view.filter;
      if (key == '\r' || key == '\n') show();
    }
  }

  /// The chosen run, or the rows of the one that is shown.
  void move(int by) {
    if (shown_of_) {
      scrolled_ = std::max(0, scrolled_ + by);
      return;
    }
    const auto count = static_cast<int>(feed_.shared().lock()->view.runs.size());
    chosen_ = std::clamp(chosen_ + by, 0, std::max(0, count - 1));
  }

  void type(char key) {
    constexpr char erase = 0x7f, back = '\b', escape = '\x1b';
    if (key == escape) {
      typing_.reset();
    } else if (key == erase || key == back) {
      if (!typing_->empty()) typing_->pop_back();
    } else if (key == '\r' || key == '\n') {
      apply_filter(*typing_);
      typing_.reset();
    } else if (static_cast<unsigned char>(key) >= ' ') {
      typing_->push_back(key);
    }
  }

  void apply_filter(const std::string& text) {
    auto shared = feed_.shared().lock();
    shared->view.mistake.clear();
    try {
      const std::vector<std::string> words = words_of(text);
      shared->filter.reset();
      if (!words.empty()) shared->filter = filter_of(words);
      shared->view.filter = text;
      shared->is_new = true;
      chosen_ = 0;
    } catch (const Error& mistake) {
      shared->view.filter.clear();
      shared->view.mistake = mistake.what();
    }
    feed_.shared().notify_all();
  }

  void show() {
    auto shared = feed_.shared().lock();
    const auto& runs = shared->view.runs;
    if (static_cast<std::size_t>(chosen_) >= runs.size()) return;
    shown_of_ = runs[static_cast<std::size_t>(chosen_)].run.number;
    scrolled_ = 0;
    shared->wants = shown_of_;
    shared->shown.reset();
    shared->is_new = true;
    feed_.shared().notify_all();
  }

  void close_shown() {
    shown_of_.reset();
    feed_.shared().lock()->wants.reset();
  }

  void draw() {
    if (!may_draw_ || !terminal_.is_writable()) return;
    const TerminalSize size = terminal_.size();
    Style style = style_for(flags_, STDOUT_FILENO);
    Screen screen;
    {
      auto shared = feed_.shared().lock();
      screen = shown_of_ ? tree_rows(shared->shown.value_or("reading …"), size, style)
                         : top_screen(shared->view, look(size, *shared), style);
    }
    if (style.ascii) {
      for (std::string& row : screen) row = ascii_of(row);
    }
    const std::string bytes = block_.frame({}, screen);
    if (!bytes.empty()) terminal_.write(bytes);
  }

  TopLook look(const TerminalSize& size, const TopFeed::Shared& shared) {
    const auto count = static_cast<int>(shared.view.runs.size());
    chosen_ = std::clamp(chosen_, 0, std::max(0, count - 1));
    // The last row stays free: writing its last cell would scroll.
    return {size.rows - 1, static_cast<std::size_t>(chosen_), typing_};
  }

  Screen tree_rows(const std::string& text, const TerminalSize& size, const Style& style) {
    Screen all;
    std::istringstream stream(text);
    for (std::string row; std::getline(stream, row);) {
      all.push_back(clip_end(row, static_cast<std::size_t>(std::max(20, style.width - 1))));
    }
    const int room = std::max(1, size.rows - 2);
    scrolled_ = std::clamp(scrolled_, 0, std::max(0, static_cast<int>(all.size()) - room));
    const auto first = all.begin() + scrolled_;
    const auto last = all.begin() + std::min(static_cast<int>(all.size()), scrolled_ + room);
    Screen rows(first, last);
    rows.emplace_back("q back   j k scroll");
    return rows;
  }

  CommonFlags flags_;
  Terminal terminal_;
  TopFeed feed_;
  LiveBlock block_;
  bool leaves_ = false, may_draw_ = true;
  int signal_ = 0, chosen_ = 0, scrolled_ = 0;
  std::optional<std::string> typing_;
  std::optional<std::int64_t> shown_of_;
};

}  // namespace

int top_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::vector<std::string> words;
  FlagParser parser(command, common);
  parser.positionals("FILTER", words, false);
  if (!parser.parse(arguments)) return exit_success;

  std::optional<store::RunFilter> filter;
  if (!words.empty()) filter = filter_of(words);
  TopReader reader(find_database(common, MayStart::nothing));
  TopView first = reader.look(filter ? &*filter : nullptr, snapshot_runs);
  first.filter = fmt::format("{}", fmt::join(words, " "));
  if (common.json) {
    std::cout << top_record(first) << '\n';
    return exit_success;
  }
  if (common.quiet) {
    for (const TopRun& top : first.runs) std::cout << top.run.number << '\n';
    return exit_success;
  }
  if (wants_tree(common, STDOUT_FILENO) && ::isatty(STDIN_FILENO) == 1) {
    return Top(std::move(reader), std::move(first), std::move(filter), common).watch();
  }
  // Where nothing can be drawn twice: how it is now.
  Style style = style_for(common, STDOUT_FILENO);
  constexpr int rows_around = 16;
  Screen screen = top_screen(first, {snapshot_runs + rows_around, {}, {}}, style);
  screen.pop_back();  // the keys
  for (const std::string& row : screen) write_out(row + "\n", style);
  return exit_success;
}

}  // namespace pawl::cli

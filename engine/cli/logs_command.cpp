#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/expanded_plan.hpp"
#include "cli/follow.hpp"
#include "cli/log_filter.hpp"
#include "cli/log_page.hpp"
#include "cli/run_ref.hpp"
#include "cli/step_selection.hpp"
#include "cli/style_for.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

constexpr int terminal_lines = 200;  ///< What a terminal gets without -n; a pipe gets all.
constexpr std::size_t name_cells_max = 28;

struct LogFlags {
  CommonFlags common;
  std::vector<std::string> steps;
  std::string run, since, until, grep, stream, times;
  bool follow = false, raw = false, all = false, no_prefix = false;
  int lines = -1, context = 0, attempt = 0, from = 0;
};

bool parse(const Command& command, const Arguments& arguments, LogFlags& flags) {
  FlagParser parser(command, flags.common);
  parser.positional("RUN", flags.run)
      .positionals("STEP", flags.steps, false)
      .flag("-f,--follow", flags.follow, "Go on until the run ends")
      .number("-n,--lines", flags.lines, 0, "The last N lines; 200 on a terminal, all in a pipe")
      .flag("--all", flags.all, "All lines, on a terminal, too")
      .option("--since", flags.since, "D|TIME", "Not older: 10m, 13:30, 2026-11-20")
      .option("--until", flags.until, "D|TIME", "Not younger")
      .option("--grep", flags.grep, "RE", "Lines in which the pattern occurs")
      .number("-C,--context", flags.context, 0, "So many lines around each match")
      .option("--stream", flags.stream, "out|err", "Of one stream")
      .number("--attempt", flags.attempt, 1, "Of this attempt only")
      .option("--times", flags.times, "clock|start|delta|none", "What stands before each line")
      .flag("--no-prefix", flags.no_prefix, "The text of the lines only")
      .flag("--raw", flags.raw, "The bytes as they were, without a prefix")
      .number("--from", flags.from, 0, "With --raw and one step: skip so many bytes");
  return parser.parse(arguments);
}

LogFilter filter_of(const LogFlags& flags, TimePoint now) {
  LogFilter filter;
  if (!flags.since.empty()) filter.since = point_in_time("--since", flags.since, now);
  if (!flags.until.empty()) filter.until = point_in_time("--until", flags.until, now);
  if (flags.stream == "out") filter.stream = store::LogStream::out;
  if (flags.stream == "err") filter.stream = store::LogStream::err;
  if (flags.attempt > 0) filter.attempt = flags.attempt;
  if (!flags.grep.empty()) {
    auto pattern = scripting::Regex::compile(flags.grep);
    if (!pattern) {
      throw Error(ErrorKind::usage, "--grep: " + pattern.error().message, pattern.error().fix,
                  "pawl help logs");
    }
    filter.pattern = std::move(pattern).value();
  }
  return filter;
}

LogTimes times_of(const LogFlags& flags) {
  if (flags.times.empty()) return flags.no_prefix ? LogTimes::none : LogTimes::clock;
  if (flags.times == "clock") return LogTimes::clock;
  if (flags.times == "start") return LogTimes::start;
  if (flags.times == "delta") return LogTimes::delta;
  return LogTimes::none;
}

/// The steps whose output is asked for: those that STEP chooses and what blocks among them hold.
/// Nothing: all. States in selections are those of the beginning.
std::optional<std::vector<std::int32_t>> chosen_steps(const RunView& view,
                                                      const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  std::vector<std::int32_t> chosen;
  for (const StepId step : leaves_in(*view.plan, select_steps(view, words))) {
    chosen.push_back(step.value);
  }
  return chosen;
}

/// Prints lines; knows what stood before each.
class Printer {
 public:
  Printer(const LogFlags& flags, const RunView& view, LogFilter filter)
      : flags_(flags),
        view_(view),
        filter_(std::move(filter)),
        context_(static_cast<std::size_t>(flags.context)),
        style_(style_for(flags.common, STDOUT_FILENO)),
        skip_(static_cast<std::size_t>(flags.from)) {
    look_.prefix = !flags.no_prefix;
    look_.times = times_of(flags);
    look_.full_times = flags.common.verbose;
    look_.colours = colours_of(style_);
  }

  const LogFilter& filter() const { return filter_; }
  const Style& style() const { return style_; }
  bool has_printed() const { return has_printed_; }

  void take(const LogLine& line) {
    if (!filter_.accepts(line)) return;
    context_.take(line, filter_.matches(line), [this](const LogLine* chosen) {
      if (keep_ == 0) return print(chosen);
      kept_.push_back(chosen == nullptr ? std::nullopt : std::optional(*chosen));
      if (kept_.size() > keep_) kept_.pop_front();
    });
  }
  /// Until `release`, only the last `count` lines are kept.
  void keep_last(std::size_t count) { keep_ = count; }
  void release() {
    keep_ = 0;
    for (const auto& line : kept_) print(line ? &*line : nullptr);
    kept_.clear();
  }
  void print(const LogLine* line);

 private:
  void print_raw(const LogLine& line);
  std::string step_of(const LogLine& line);

  const LogFlags& flags_;
  const RunView& view_;
  LogFilter filter_;
  Context context_;
  LogLook look_;
  Style style_;
  std::size_t skip_;
  std::size_t keep_ = 0;
  std::deque<std::optional<LogLine>> kept_;
  std::optional<TimePoint> before_;
  bool has_printed_ = false;
};

std::string Printer::step_of(const LogLine& line) {
  const bool known = static_cast<std::size_t>(line.inst) < view_.plan->steps.size() &&
                     view_.plan->step(StepId{line.inst}).parent != nowhere;
  std::string path =
      known ? dsl::path_of(*view_.plan, StepId{line.inst}) : fmt::format("#{}", line.inst);
  look_.name_cells = std::max(look_.name_cells, std::min(name_cells_max, cell_width(path)));
  return path;
}

void Printer::print_raw(const LogLine& line) {
  std::string_view bytes = line.text;
  const std::size_t skipped = std::min(skip_, bytes.size());
  bytes.remove_prefix(skipped);
  skip_ -= skipped;
  std::cout << bytes;
  if (!line.ended) return;
  if (skip_ > 0) {
    --skip_;
  } else {
    std::cout << '\n';
  }
}

void Printer::print(const LogLine* line) {
  has_printed_ = true;
  if (line == nullptr) {
    if (!flags_.common.json && !flags_.raw) std::cout << "--\n";
    return;
  }
  if (flags_.raw) return print_raw(*line);
  const std::string step = step_of(*line);
  if (flags_.common.json) {
    std::cout << log_record(*line, step, view_.run.number) << '\n';
    return;
  }
  write_out(log_text(*line, step, look_, view_.run.created_at, before_) + "\n", style_);
  before_ = line->at;
}

class LogReading {
 public:
  LogReading(const LogFlags& flags, Database database)
      : flags_(flags),
        database_(std::move(database)),
        reader_(open_reader(database_)),
        view_(load(find_run(*reader_, flags.run))),
        has_items_(view_.plan != plan_of_file(view_)),
        insts_(chosen_steps(view_, flags.steps)),
        tail_(view_.run.run),
        printer_(flags, view_, filter_of(flags, now_here())) {}

  int run() {
    begin();
    if (over_ && !printer_.has_printed()) tell_silence();
    while (flags_.follow && !over_) {
      ::poll(nullptr, 0, poll_ms);
      try {
        go_on();
      } catch (const store::Unavailable& gone) {
        reader_ = reconnect(database_, view_.run.number, {flags_.common, 0, nullptr, {}}, gone);
      }
    }
    return exit_success;
  }

 private:
  static constexpr int poll_ms = 100;

  RunView load(const store::RunSummary& run) {
    return load_view(*reader_, run, load_plan(*reader_, run));
  }
  /// How many lines to begin with; nothing: all.
  std::optional<std::size_t> first_lines() const {
    if (flags_.all || flags_.raw) return std::nullopt;
    if (flags_.lines >= 0) return static_cast<std::size_t>(flags_.lines);
    if (::isatty(STDOUT_FILENO) == 1 && !flags_.common.json) return terminal_lines;
    return std::nullopt;
  }
  bool is_filtered() const {
    return flags_.attempt > 0 || !flags_.since.empty() || !flags_.until.empty() ||
           !flags_.grep.empty() || !flags_.stream.empty();
  }
  std::vector<store::LogMark> marks(RunId run) {
    if (insts_ && insts_->empty()) return {};  // The reader would take none for all.
    return reader_->log_marks(run, insts_.value_or(std::vector<std::int32_t>{}));
  }
  void begin();
  void print_page(std::size_t lines);
  void tell_silence() const;
  void go_on();
  void read(const std::vector<std::int32_t>& insts) {
    tail_.each(*reader_, insts, over_, [this](const LogLine& line) { printer_.take(line); });
  }

  const LogFlags& flags_;
  Database database_;
  std::unique_ptr<store::Reader> reader_;
  RunView view_;
  bool has_items_;  ///< Steps of the run hold items.
  std::optional<std::vector<std::int32_t>> insts_;
  LogTail tail_;
  Printer printer_;
  bool over_ = false;
};

void LogReading::begin() {
  // The run's state was read before its output, so that what has ended is complete.
  over_ = !flags_.follow || has_ended(view_.run.phase);
  const std::optional<std::size_t> lines = first_lines();
  if (lines && !is_filtered()) {
    print_page(*lines);
  } else {
    if (lines) printer_.keep_last(std::max<std::size_t>(*lines, 1));
    read(tail_.grown(marks(view_.run.run)));
    printer_.release();
  }
  std::cout.flush();
}

void LogReading::print_page(std::size_t lines) {
  LogPage page = last_page(*reader_, view_, marks(view_.run.run), lines, over_, now_here(),
                           [](const LogLine&) { return true; });
  const bool says = !flags_.common.json && !flags_.common.quiet;
  if (says && page.earlier.value_or(1) > 0 && flags_.lines < 0) {
    std::cerr << (page.earlier ? fmt::format("{} earlier lines: --all\n", *page.earlier)
                               : std::string("there may be earlier lines: --all\n"));
  }
  for (const LogLine& line : page.lines) printer_.print(&line);
  tail_.resume(std::move(page.resume));
}

/// At a terminal nothing would look as if the command had failed.
void LogReading::tell_silence() const {
  const bool says = !flags_.common.json && !flags_.common.quiet && !flags_.raw;
  if (!says || ::isatty(STDOUT_FILENO) != 1 || flags_.lines == 0) return;
  const std::string who = insts_ && insts_->size() == 1
                              ? quoted(dsl::path_of(*view_.plan, StepId{insts_->front()}))
                              : fmt::format("run {}", view_.run.number);
  if (is_filtered()) {
    std::cerr << "no line of " << who << " is what you ask for\n";
  } else if (has_ended(view_.run.phase)) {
    std::cerr << who << " has printed nothing\n";
  } else {
    std::cerr << who << " has printed nothing yet: -f waits for it\n";
  }
}

void LogReading::go_on() {
  const store::RunSummary run = find_run(*reader_, std::to_string(view_.run.number));
  over_ = has_ended(run.phase);
  if (has_items_ && run.version != view_.run.version) {  // Some may have begun.
    view_ = load_view(*reader_, run, plan_of_file(view_));
    insts_ = chosen_steps(view_, flags_.steps);
  }
  std::vector<std::int32_t> insts = tail_.grown(marks(run.run));
  if (over_) {  // Also what has no end of line and has not grown.
    for (const std::int32_t inst : tail_.known()) {
      if (std::ranges::find(insts, inst) == insts.end()) insts.push_back(inst);
    }
  }
  read(insts);
  std::cout.flush();
}

}  // namespace

int logs_command(const Command& command, const Arguments& arguments) {
  LogFlags flags;
  if (!parse(command, arguments, flags)) return exit_success;
  return LogReading(flags, find_database(flags.common, MayStart::nothing)).run();
}

}  // namespace pawl::cli

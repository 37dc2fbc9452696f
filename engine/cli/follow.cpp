#include "cli/follow.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/background_worker.hpp"
#include "cli/clock.hpp"
#include "cli/errors.hpp"
#include "cli/interrupt_note.hpp"
#include "cli/json_reading.hpp"
#include "cli/live/tree_follower.hpp"
#include "cli/log_lines.hpp"
#include "cli/run_summary.hpp"
#include "cli/run_view.hpp"
#include "cli/story.hpp"
#include "cli/style_for.hpp"
#include "cli/weave.hpp"
#include "cli/wording.hpp"
#include "core/codec.hpp"

namespace pawl::cli {
namespace {

using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view all_outputs = "*";
constexpr int events_page = 500;
constexpr auto poll_min = 15ms, poll_max = 250ms;
constexpr auto silence_max = 60s;     ///< Then a sign of life, always after the same time.
constexpr auto reconnect_max = 120s;  ///< Without the database for so long, we give up watching.

class Follower {
 public:
  Follower(const Database& database, std::unique_ptr<store::Reader> reader,
           const store::RunSummary& run, std::shared_ptr<const dsl::Plan> plan,
           const FollowSettings& settings)
      : database_(database),
        reader_(std::move(reader)),
        run_(run),
        settings_(settings),
        plan_(std::move(plan)),
        story_(plan_, run.number, {StoryLines::all, settings.flags.verbose, run.run.value}),
        tail_(run.run),
        out_(settings.look.result.empty() ? std::cout : std::cerr),
        colours_(colours_of(style_for(settings.flags, story_descriptor(settings)))) {}

  int watch();

 private:
  void catch_up();
  bool turn();
  void tell(const std::vector<store::EventRow>& rows);
  std::map<std::int32_t, core::Instance> retry_details(const std::vector<std::int32_t>& retrying);
  void print(const std::string& text);
  int finish();

  Database database_;
  std::unique_ptr<store::Reader> reader_;
  store::RunSummary run_;
  FollowSettings settings_;
  std::shared_ptr<const dsl::Plan> plan_;
  Story story_;
  LogTail tail_;
  std::ostream& out_;
  Colours colours_;
  std::int32_t seq_ = 0;
  Steady::time_point told_ = Steady::now();
};

int Follower::watch() {
  Steady::duration pause = poll_min;
  const auto deadline = waits_until(settings_);
  bool caught_up = false;
  while (true) {
    try {
      if (!caught_up) catch_up();
      caught_up = true;
      const std::int32_t before = seq_;
      if (turn()) return finish();
      if (deadline && Steady::now() >= *deadline) {
        return tell_timeout(run_.number, story_.phase(), settings_);
      }
      if (settings_.keeper != nullptr) settings_.keeper->look(*reader_);
      pause = seq_ != before ? Steady::duration{poll_min}
                             : std::min<Steady::duration>(pause * 3 / 2, poll_max);
    } catch (const store::Unavailable& gone) {
      reader_ = reconnect(database_, run_.number, settings_, gone);
    }
    leave_if_interrupted(run_.number, settings_.flags.json);
    ::poll(nullptr, 0, static_cast<int>(std::chrono::duration_cast<Millis>(pause).count()));
    leave_if_interrupted(run_.number, settings_.flags.json);
  }
}

/// Reads what was told before, without telling it again.
void Follower::catch_up() {
  while (seq_ < settings_.after) {
    const auto rows =
        reader_->events(run_.run, seq_, std::min(events_page, settings_.after - seq_));
    if (rows.empty()) break;
    for (const store::EventRow& row : rows) story_.lines(read_event(row));
    seq_ = rows.back().seq;
  }
  for (const std::int32_t inst : story_.take_talkers()) tail_.fresh(*reader_, inst, false);
}

/// Tells what is new; true when the run has ended and all is told.
bool Follower::turn() {
  const auto rows = reader_->events(run_.run, seq_, events_page);
  tell(rows);
  if (!rows.empty()) return false;
  if (Steady::now() - told_ >= silence_max && !settings_.flags.json) {
    print(story_.sign_of_life(now_here()) + "\n");
  }
  return has_ended(story_.phase());
}

void Follower::tell(const std::vector<store::EventRow>& rows) {
  std::vector<EventView> events;
  std::vector<std::int32_t> retrying;
  std::set<std::int32_t> moved;
  for (const store::EventRow& row : rows) {
    events.push_back(read_event(row));
    seq_ = row.seq;
    for (const EventView::Change& change : events.back().changes) {
      if (change.to == core::StepState::retrying) retrying.push_back(change.inst);
      if (change.to != core::StepState::running) moved.insert(change.inst);
    }
  }
  if (const auto unknown = story_.book().unknown_in(events); !unknown.empty()) {
    story_.book().learn(reader_->steps_of(run_.run, unknown));
  }
  const auto details = retry_details(retrying);
  std::vector<ToldLine> lines;
  for (const EventView& event : events) {
    std::vector<ToldLine> told = story_.lines(event, details);
    if (settings_.flags.json) {
      told = {told_by(event, event_record(event, story_.book(), run_.number, run_.run) + "\n")};
    }
    std::ranges::move(told, std::back_inserter(lines));
  }
  std::vector<OutputLine> output;
  const std::vector<std::int32_t> talkers = story_.take_talkers();
  for (const std::int32_t inst : settings_.flags.quiet ? std::vector<std::int32_t>{} : talkers) {
    const std::string step = story_.book().path(inst);
    for (const LogLine& line : tail_.fresh(*reader_, inst, moved.count(inst) > 0)) {
      const std::string text = settings_.flags.json
                                   ? log_record(line, step, run_.number)
                                   : prefixed(line, step, colours_, settings_.flags.verbose);
      output.push_back({line.at, text + "\n", {inst, line.attempt}});
    }
  }
  const std::string text = weave(lines, std::move(output));
  if (!text.empty()) print(text);
}

/// When the retries are due, which stands in the rows of the steps only.
std::map<std::int32_t, core::Instance> Follower::retry_details(
    const std::vector<std::int32_t>& retrying) {
  std::map<std::int32_t, core::Instance> details;
  for (const store::StepRow& row : reader_->steps_of(run_.run, retrying)) {
    core::load_instance(details[row.inst], stored(row));
  }
  return details;
}

void Follower::print(const std::string& text) {
  told_ = Steady::now();
  if (!settings_.flags.quiet) out_ << text << std::flush;
}

int Follower::finish() {
  const std::vector<store::RunSummary> found = reader_->find(std::to_string(run_.number));
  if (!found.empty()) run_ = found[0];
  const RunView view = load_view(*reader_, run_, plan_);
  if (settings_.flags.json) {
    out_ << result_record(view) << '\n';
  } else if (!settings_.flags.quiet) {
    const Style style = style_for(settings_.flags, story_descriptor(settings_));
    write_to(out_, summary_text(view, read_ending(*reader_, view), style), style);
  }
  print_result(view, settings_);
  std::cout.flush();
  return exit_code_of(view.run.phase);
}

}  // namespace

void add_follow_flags(FlagParser& parser, FollowFlags& flags) {
  parser.flag("--no-tree", flags.no_tree, "Plain lines, also on a terminal")
      .number("--tail", flags.tail, 0, "Lines of output under a running step")
      .option("--timeout", flags.timeout, "D", "Stop waiting after so long (exit 5); it goes on")
      .optional("--result", flags.result, "NAME", "Print this output, or all; the story: stderr");
}

int story_descriptor(const FollowSettings& settings) {
  return settings.look.result.empty() ? STDOUT_FILENO : STDERR_FILENO;
}

std::optional<Steady::time_point> waits_until(const FollowSettings& settings) {
  if (settings.look.timeout.empty()) return std::nullopt;
  const Result<Millis> patience = parse_duration(settings.look.timeout);
  if (!patience) {
    throw Error(ErrorKind::usage, "--timeout: " + patience.error().message, patience.error().fix);
  }
  return settings.started + patience.value();
}

int tell_timeout(std::int64_t run, core::RunPhase phase, const FollowSettings& settings) {
  const bool is_paused = phase == core::RunPhase::paused;
  std::cout.flush();
  std::cerr << notice(settings.flags.json,
                      fmt::format("stopped waiting after {}; run {} {}", settings.look.timeout, run,
                                  is_paused ? "is paused" : "goes on"),
                      fmt::format("pawl {} {}", is_paused ? "resume" : "attach", run));
  return exit_stopped_waiting;
}

void print_result(const RunView& view, const FollowSettings& settings) {
  const std::string& wanted = settings.look.result;
  if (wanted.empty() || view.run.phase != core::RunPhase::succeeded) return;
  if (wanted == all_outputs) {
    std::cout << view.facts.outputs.text << '\n';
    return;
  }
  const Members outputs = members_of(view.facts.outputs);
  const auto found = std::ranges::find(outputs, wanted, &Members::value_type::first);
  if (found == outputs.end()) {
    std::string known;
    for (const auto& [name, value] : outputs) known += (known.empty() ? "" : ", ") + name;
    throw Error(ErrorKind::usage,
                fmt::format("run {} has no output {}", view.run.number, pawl::quoted(wanted)),
                known.empty() ? "the workflow declares no outputs" : "it has: " + known,
                fmt::format("pawl show {}", view.run.number));
  }
  std::cout << plain(found->second) << '\n';
}

std::unique_ptr<store::Reader> reconnect(Database& database, std::int64_t run,
                                         const FollowSettings& settings,
                                         const store::Unavailable& gone) {
  std::cerr << notice(
      settings.flags.json,
      fmt::format("connection to the database lost, trying again: {}", one_line(gone.what())));
  const auto deadline = Steady::now() + reconnect_max;
  while (true) {
    leave_if_interrupted(run, settings.flags.json);
    try {
      if (settings.keeper != nullptr && database.source == Database::Source::private_cluster) {
        database = find_database(settings.flags, MayStart::private_cluster);
      }
      return store::open_reader(database.address);
    } catch (const store::Unavailable& still) {
      if (Steady::now() < deadline) {
        ::poll(nullptr, 0, 500);
        continue;
      }
      throw Error(
          ErrorKind::environment, "the connection to the database is lost",
          fmt::format("{}\nrun {} goes on when its worker reaches the database", still.what(), run),
          fmt::format("pawl attach {}", run));
    }
  }
}

int follow(Database database, std::unique_ptr<store::Reader> reader, const store::RunSummary& run,
           const FollowSettings& settings) {
  const InterruptNote note;
  std::shared_ptr<const dsl::Plan> plan;
  while (plan == nullptr) {
    try {
      plan = load_plan(*reader, run);
    } catch (const store::Unavailable& gone) {
      reader = reconnect(database, run.number, settings, gone);
    }
  }
  waits_until(settings);  // A mistake in it is told before anything is waited for.
  leave_if_interrupted(run.number, settings.flags.json);
  if (!settings.look.no_tree && wants_tree(settings.flags, story_descriptor(settings))) {
    return follow_tree(database, std::move(reader), run, std::move(plan), settings);
  }
  return Follower(database, std::move(reader), run, std::move(plan), settings).watch();
}

}  // namespace pawl::cli

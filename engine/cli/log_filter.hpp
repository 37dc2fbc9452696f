#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "cli/log_lines.hpp"
#include "scripting/regex.hpp"

/// Which lines of output are asked for, and how one is printed.
namespace pawl::cli {

struct LogFilter {
  std::optional<TimePoint> since, until;
  std::optional<store::LogStream> stream;
  std::optional<std::int32_t> attempt;
  std::optional<scripting::Regex> pattern;

  /// All but the pattern.
  bool accepts(const LogLine& line) const;
  /// The pattern occurs in it, if there is one.
  bool matches(const LogLine& line) const;
};

/// "2h" before `now`, or a time: RFC 3339, "13:30", "2026-11-20", "2026-11-20 13:30" (local).
/// Throws Error (usage) that names the flag.
TimePoint point_in_time(const std::string& flag, const std::string& text, TimePoint now);

/// Passes on the lines that match with `context` lines around each, and nullptr where lines are
/// left out between two such places.
class Context {
 public:
  explicit Context(std::size_t around) : around_(around) {}
  void take(const LogLine& line, bool matches, const std::function<void(const LogLine*)>& print);

 private:
  std::size_t around_;
  std::deque<LogLine> before_;
  std::size_t after_ = 0;  ///< How many more belong to the last match.
  bool printed_ = false, gap_ = false;
};

enum class LogTimes { clock, start, delta, none };

/// How lines are printed.
struct LogLook {
  bool prefix = true;
  LogTimes times = LogTimes::clock;
  bool full_times = false;     ///< Clock times with their date.
  std::size_t name_cells = 0;  ///< Names of steps are padded to this.
  Colours colours = Colours::drop;
};

/// "13:41:12.010 build.compile  !  ld: out of memory". `start`: of the run; `before`: of the line
/// before, for deltas.
std::string log_text(const LogLine& line, const std::string& step, const LogLook& look,
                     TimePoint start, std::optional<TimePoint> before);

}  // namespace pawl::cli

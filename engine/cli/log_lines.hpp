#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/plain_text.hpp"
#include "store/log_frame.hpp"
#include "store/reader.hpp"

namespace pawl::cli {

/// One line that a step printed.
struct LogLine {
  TimePoint at{};  ///< When its last byte came.
  std::int32_t inst = 0;
  std::int32_t attempt = 0;
  store::LogStream stream = store::LogStream::out;
  bool ended = true;  ///< By an end of line, which is not part of `text`.
  std::string text;

  bool operator==(const LogLine&) const = default;
};

/// Puts the pieces of one step's output together to lines, each stream for itself.
class LineMaker {
 public:
  void take(std::int32_t inst, std::int32_t attempt, const std::vector<store::LogPiece>& pieces,
            std::vector<LogLine>& out);
  /// What has no end of line yet.
  void finish(std::vector<LogLine>& out);

 private:
  std::map<store::LogStream, LogLine> open_;
};

/// Where the reading of a step stands: its last chunk, and the line that has no end yet.
struct LogResume {
  store::LogPosition position;
  LineMaker lines;
};

/// Reads the output of a run's steps as it grows. Nothing is given twice.
class LogTail {
 public:
  explicit LogTail(RunId run) : run_(run) {}

  /// What is new of one step; with `over` also a last line without an end.
  std::vector<LogLine> fresh(store::Reader& reader, std::int32_t inst, bool over);
  /// What is new of several steps, merged by time. Holds a part of each step at a time, so that it
  /// can pass on more than fits into memory.
  void each(store::Reader& reader, const std::vector<std::int32_t>& insts, bool over,
            const std::function<void(const LogLine&)>& take);

  /// The steps of `marks` that have more than was read.
  std::vector<std::int32_t> grown(const std::vector<store::LogMark>& marks) const;
  /// Goes on from there.
  void resume(std::map<std::int32_t, LogResume> from) { reading_ = std::move(from); }
  /// Every step of which something was read.
  std::vector<std::int32_t> known() const;

 private:
  /// The next lines of a step; false when there is nothing further.
  bool page(store::Reader& reader, std::int32_t inst, int chunks, std::vector<LogLine>& out);

  RunId run_;
  std::map<std::int32_t, LogResume> reading_;
};

/// The last `lines` lines of each of these attempts (inst, attempt), from the end of what is
/// stored: cheap, however much was printed.
std::vector<LogLine> last_lines(store::Reader& reader, RunId run,
                                const std::vector<std::pair<std::int32_t, std::int32_t>>& attempts,
                                std::size_t lines);

/// "13:30:15 build.compile | text"; `!` for stderr. Harmless to a terminal.
std::string prefixed(const LogLine& line, const std::string& step, Colours colours = Colours::drop,
                     bool full_times = false);
std::string log_record(const LogLine& line, const std::string& step, std::int64_t number);

}  // namespace pawl::cli

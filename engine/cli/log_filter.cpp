#include "cli/log_filter.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/local_time.hpp"
#include "cli/plain_text.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

/// "+1.204s" since `from`.
std::string offset_text(TimePoint at, TimePoint from) {
  const double seconds = static_cast<double>((at - from).count()) / 1e6;
  return fmt::format("{:+.3f}s", seconds);
}

}  // namespace

bool LogFilter::accepts(const LogLine& line) const {
  if (since && line.at < *since) return false;
  if (until && line.at > *until) return false;
  if (attempt && line.attempt != *attempt) return false;
  return !stream || line.stream == *stream || line.stream == store::LogStream::note;
}

bool LogFilter::matches(const LogLine& line) const {
  if (!pattern) return true;
  return pattern->search(to_valid_utf8(line.text), 0, [](std::size_t) {}).has_value();
}

TimePoint point_in_time(const std::string& flag, const std::string& text, TimePoint now) {
  if (const auto span = parse_duration(text)) return now - span.value();
  if (const auto at = from_rfc3339(text)) return *at;
  if (const auto at = local_time(text, now)) return *at;
  throw Error(ErrorKind::usage,
              fmt::format("{}: {} is neither a duration nor a time", flag, quoted(text)),
              "a duration counts back from now: 2h, 30m; a time is 13:30, 2026-11-20 or both",
              fmt::format("pawl logs last {} 10m", flag));
}

void Context::take(const LogLine& line, bool matches,
                   const std::function<void(const LogLine*)>& print) {
  if (matches) {
    if (printed_ && gap_ && around_ > 0) print(nullptr);
    for (const LogLine& earlier : before_) print(&earlier);
    before_.clear();
    print(&line);
    after_ = around_;
    printed_ = true;
    gap_ = false;
  } else if (after_ > 0) {
    --after_;
    print(&line);
  } else {
    before_.push_back(line);
    if (before_.size() > around_) {
      before_.pop_front();
      gap_ = true;
    }
  }
}

std::string log_text(const LogLine& line, const std::string& step, const LogLook& look,
                     TimePoint start, std::optional<TimePoint> before) {
  std::string out;
  switch (look.times) {
    case LogTimes::clock:
      out = (look.full_times ? full_time(line.at) : clock_millis(line.at)) + " ";
      break;
    case LogTimes::start:
      out = pad_left(offset_text(line.at, start), 11) + " ";
      break;
    case LogTimes::delta:
      out = pad_left(offset_text(line.at, before.value_or(line.at)), 9) + " ";
      break;
    case LogTimes::none:
      break;
  }
  if (!look.prefix) return harmless(line.text, look.colours);
  const std::string_view mark = line.stream == store::LogStream::err    ? "!"
                                : line.stream == store::LogStream::note ? "⋯"
                                                                        : "|";
  return fmt::format("{}{} {} {}", out, pad_right(step, look.name_cells), mark,
                     harmless(line.text, look.colours));
}

}  // namespace pawl::cli

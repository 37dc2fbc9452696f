#include "cli/log_page.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace pawl::cli {
namespace {

/// Chunks fetched in one statement: 2 MiB of output at most.
constexpr std::size_t fetch_max = 32;

/// The chunks of one attempt, fetched from the back.
struct Attempt {
  std::vector<store::LogMark> marks;
  TimePoint end{};          ///< Nothing of it is younger.
  bool has_next = false;    ///< A later attempt printed, so its last line is over.
  std::size_t missing = 0;  ///< marks[0 … missing) are not fetched.
  std::vector<std::vector<store::LogPiece>> pieces;  ///< Of marks[missing …), in order.

  /// No line that we lack is younger. The first line behind what is missing may have begun there,
  /// so it is lacking, too.
  TimePoint horizon() const {
    if (missing == 0) return TimePoint::min();
    if (missing == marks.size()) return end;
    return first_line_end();
  }
  TimePoint first_line_end() const;
  /// Lines that are whole; `over`: also a last one without an end.
  std::vector<LogLine> lines(bool over, LineMaker& maker) const;
};

/// The latest of the first ends of lines, over the streams that occur.
TimePoint Attempt::first_line_end() const {
  std::map<store::LogStream, std::optional<TimePoint>> first;
  for (const auto& chunk : pieces) {
    for (const store::LogPiece& piece : chunk) {
      std::optional<TimePoint>& at = first[piece.stream];
      if (!at && piece.bytes.find('\n') != std::string::npos) at = piece.at;
    }
  }
  TimePoint latest = marks[missing].at;
  for (const auto& [stream, at] : first) latest = std::max(latest, at.value_or(end));
  return latest;
}

std::vector<LogLine> Attempt::lines(bool over, LineMaker& maker) const {
  const std::int32_t inst = marks[0].inst, attempt = marks[0].attempt;
  std::vector<LogLine> lines;
  for (const auto& chunk : pieces) maker.take(inst, attempt, chunk, lines);
  if (over) maker.finish(lines);
  return lines;
}

std::vector<Attempt> attempts_of(const RunView& view, const std::vector<store::LogMark>& marks,
                                 TimePoint now) {
  std::vector<Attempt> attempts;
  for (const store::LogMark& mark : marks) {
    const bool same = !attempts.empty() && attempts.back().marks[0].inst == mark.inst &&
                      attempts.back().marks[0].attempt == mark.attempt;
    if (!same) attempts.emplace_back();
    attempts.back().marks.push_back(mark);
  }
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    Attempt& attempt = attempts[i];
    attempt.missing = attempt.marks.size();
    attempt.end = now;
    const store::LogMark& last = attempt.marks.back();
    if (i + 1 < attempts.size() && attempts[i + 1].marks[0].inst == last.inst) {
      attempt.end = attempts[i + 1].marks[0].at;
      attempt.has_next = true;
    } else if (static_cast<std::size_t>(last.inst) < view.instances.size()) {
      const auto& ended = view.instances[static_cast<std::size_t>(last.inst)].ended_at;
      // The two clocks are the worker's estimate of one; the margin is for what it lacks.
      constexpr Micros margin = std::chrono::seconds{5};
      if (ended) attempt.end = std::max(*ended + margin, last.at);
    }
  }
  return attempts;
}

/// Fetches the next chunks of the attempts whose missing lines may be the youngest.
void fetch(store::Reader& reader, RunId run, std::vector<Attempt>& attempts,
           const std::vector<std::size_t>& order) {
  std::vector<store::LogPosition> wanted;
  std::vector<std::size_t> asked;
  for (const std::size_t i : order) {
    if (wanted.size() == fetch_max || attempts[i].missing == 0) break;
    const store::LogMark& mark = attempts[i].marks[--attempts[i].missing];
    wanted.push_back({mark.inst, mark.attempt, mark.n});
    asked.push_back(i);
  }
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<store::LogPiece>> found;
  for (const store::LogChunk& chunk : reader.log_chunks(run, wanted)) {
    auto pieces = store::decode_log(chunk.at, chunk.bytes);
    found[{chunk.inst, chunk.attempt}] =
        pieces ? pieces.value()
               : std::vector<store::LogPiece>{
                     {store::LogStream::note, chunk.at, pieces.error().message + "\n"}};
  }
  for (const std::size_t i : asked) {
    Attempt& attempt = attempts[i];
    attempt.pieces.insert(attempt.pieces.begin(),
                          found[{attempt.marks[0].inst, attempt.marks[0].attempt}]);
  }
}

/// The lines younger than `horizon`, merged by time.
std::vector<LogLine> gather(const std::vector<Attempt>& attempts, TimePoint horizon, bool over,
                            const std::function<bool(const LogLine&)>& wanted,
                            std::map<std::int32_t, LogResume>& resume) {
  std::vector<LogLine> lines;
  resume.clear();
  for (const Attempt& attempt : attempts) {
    const store::LogMark& last = attempt.marks.back();
    LogResume& after = resume[last.inst];
    after = {{last.inst, last.attempt, last.n}, {}};
    if (attempt.pieces.empty()) continue;
    for (LogLine& line : attempt.lines(over || attempt.has_next, after.lines)) {
      if (line.at > horizon && wanted(line)) lines.push_back(std::move(line));
    }
  }
  std::ranges::stable_sort(lines, {}, &LogLine::at);
  return lines;
}

}  // namespace

LogPage last_page(store::Reader& reader, const RunView& view,
                  const std::vector<store::LogMark>& marks, std::size_t count, bool over,
                  TimePoint now, const std::function<bool(const LogLine&)>& wanted) {
  std::vector<Attempt> attempts = attempts_of(view, marks, now);
  LogPage page;
  while (true) {
    std::vector<std::size_t> order(attempts.size());
    std::vector<TimePoint> horizons;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      order[i] = i;
      horizons.push_back(attempts[i].horizon());
    }
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return horizons[i]; });
    const TimePoint horizon = order.empty() ? TimePoint::min() : horizons[order[0]];
    page.lines = gather(attempts, horizon, over, wanted, page.resume);
    if (page.lines.size() >= count || horizon == TimePoint::min()) break;
    fetch(reader, view.run.run, attempts, order);
  }
  if (page.lines.size() > count) {
    page.lines.erase(page.lines.begin(), page.lines.end() - static_cast<std::ptrdiff_t>(count));
  }
  page.earlier = 0;
  for (const store::LogMark& mark : marks) {
    page.earlier =
        mark.lines && page.earlier ? std::optional(*page.earlier + *mark.lines) : std::nullopt;
  }
  if (page.earlier) {
    *page.earlier -= std::ranges::count_if(page.lines, [](const auto& line) { return line.ended; });
  }
  return page;
}

}  // namespace pawl::cli

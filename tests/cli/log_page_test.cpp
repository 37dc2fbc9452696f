#include "cli/log_page.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "cli/log_filter.hpp"
#include "empty_reader.hpp"
#include "sample_run.hpp"

namespace pawl::cli {
namespace {

using store::LogStream;

/// Output of a run, as chunks. Counts what is read of it.
class StoredLogs : public EmptyReader {
 public:
  void add(std::int32_t inst, std::int32_t attempt, const std::vector<store::LogPiece>& pieces) {
    const auto n = static_cast<std::int32_t>(std::ranges::count_if(
        chunks, [&](const auto& chunk) { return chunk.inst == inst && chunk.attempt == attempt; }));
    std::int32_t lines = 0;
    for (const auto& piece : pieces) {
      lines += static_cast<std::int32_t>(std::ranges::count(piece.bytes, '\n'));
    }
    const TimePoint begin = pieces.front().at;
    chunks.push_back({RunId{1}, inst, attempt, n, begin, store::encode_log(begin, pieces), lines});
  }
  std::vector<store::LogMark> log_marks(RunId, const std::vector<std::int32_t>&) override {
    std::ranges::sort(chunks, {}, key_of);
    std::vector<store::LogMark> marks;
    for (const auto& c : chunks) marks.push_back({c.inst, c.attempt, c.n, c.at, c.lines});
    return marks;
  }
  std::vector<store::LogChunk> log_chunks(RunId,
                                          const std::vector<store::LogPosition>& wanted) override {
    std::vector<store::LogChunk> found;
    for (const auto& c : chunks) {
      for (const auto& w : wanted) {
        if (std::tuple(w.inst, w.attempt, w.n) == key_of(c)) found.push_back(c);
      }
    }
    read += found.size();
    return found;
  }
  /// Everything, as reading from the front gives it.
  std::vector<LogLine> all(bool over) {
    log_marks(RunId{1}, {});
    std::map<std::int32_t, LineMaker> makers;
    std::vector<LogLine> lines;
    std::map<std::int32_t, std::vector<LogLine>> by_step;
    for (const auto& c : chunks) {
      makers[c.inst].take(c.inst, c.attempt, store::decode_log(c.at, c.bytes).value(),
                          by_step[c.inst]);
    }
    for (auto& [inst, step] : by_step) {
      if (over) makers[inst].finish(step);
      lines.insert(lines.end(), step.begin(), step.end());
    }
    std::ranges::stable_sort(lines, {}, &LogLine::at);
    return lines;
  }

  std::vector<store::LogChunk> chunks;
  std::size_t read = 0;

 private:
  static std::tuple<std::int32_t, std::int32_t, std::int32_t> key_of(const store::LogChunk& c) {
    return {c.inst, c.attempt, c.n};
  }
};

LogPage page_of(StoredLogs& logs, std::size_t count, bool over = true) {
  RunView view = failed_view();
  view.run.run = RunId{1};
  for (auto& instance : view.instances) instance.ended_at = at(100'000);
  return last_page(logs, view, logs.log_marks(RunId{1}, {}), count, over, at(100'000),
                   [](const LogLine&) { return true; });
}

TEST_CASE("the last page is what the end of everything is, for any output", "[cli]") {
  std::mt19937 random(20261121);
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  for (int round = 0; round < 200; ++round) {
    StoredLogs logs;
    int line = 0;
    for (std::int32_t inst = 1; inst <= 1 + below(4); ++inst) {
      double clock = below(50);
      for (std::int32_t attempt = 1; attempt <= 1 + below(2); ++attempt) {
        for (int chunk = below(6); chunk > 0; --chunk) {
          std::vector<store::LogPiece> pieces;
          for (int piece = 1 + below(5); piece > 0; --piece) {
            clock += below(4);
            std::string bytes;
            for (int part = 1 + below(3); part > 0; --part) {
              bytes += "line " + std::to_string(line++);
              if (below(3) > 0) bytes += '\n';
            }
            const LogStream stream = below(3) == 0 ? LogStream::err : LogStream::out;
            pieces.push_back({stream, at(clock), bytes});
          }
          logs.add(inst, attempt, pieces);
        }
      }
    }
    const bool over = below(2) == 0;
    const std::vector<LogLine> everything = logs.all(over);
    for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{200}}) {
      const LogPage page = page_of(logs, count, over);
      CAPTURE(round, count, over);
      const std::size_t shown = std::min(count, everything.size());
      REQUIRE(page.lines.size() == shown);
      REQUIRE(std::equal(page.lines.begin(), page.lines.end(),
                         everything.end() - static_cast<std::ptrdiff_t>(shown)));
      const auto is_ended = [](const LogLine& each) { return each.ended; };
      const auto ended =
          std::ranges::count_if(everything, is_ended) - std::ranges::count_if(page.lines, is_ended);
      // A step that is tried again ends the open line of the try before, which has no end of line.
      REQUIRE(page.earlier == ended);
    }
  }
}

TEST_CASE("the last page of much output reads little of it", "[cli]") {
  StoredLogs logs;
  for (int chunk = 0; chunk < 2000; ++chunk) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += "line\n";
    logs.add(1, 1, {{LogStream::out, at(chunk), bytes}});
  }
  const LogPage page = page_of(logs, 200);
  CHECK(page.lines.size() == 200);
  CHECK(page.earlier == 2000 * 100 - 200);
  CHECK(logs.read < 10);
}

TEST_CASE("who goes on behind a page gets each further line once", "[cli]") {
  StoredLogs logs;
  logs.add(1, 1, {{LogStream::out, at(1), "one\ntw"}});
  const LogPage page = page_of(logs, 200, false);
  LogTail tail(RunId{1});
  tail.resume(page.resume);
  CHECK(tail.grown(logs.log_marks(RunId{1}, {})).empty());
  logs.add(1, 1, {{LogStream::out, at(2), "o\n"}});
  logs.add(2, 1, {{LogStream::out, at(3), "other\n"}});
  CHECK(tail.grown(logs.log_marks(RunId{1}, {})) == std::vector<std::int32_t>{1, 2});
}

TEST_CASE("grep shows lines around a match, and where some are left out", "[cli]") {
  std::string seen;
  Context context(1);
  for (int i = 1; i <= 9; ++i) {
    LogLine line{at(i), 1, 1, LogStream::out, true, std::to_string(i)};
    context.take(line, i == 2 || i == 8,
                 [&](const LogLine* chosen) { seen += chosen == nullptr ? "-" : chosen->text; });
  }
  CHECK(seen == "123-789");
}

TEST_CASE("--since reads durations and times, and says what it could not read", "[cli]") {
  use_utc();
  const TimePoint now = at(3600);  // 14:00:00
  CHECK(point_in_time("--since", "10m", now) == at(3000));
  CHECK(point_in_time("--since", "13:30", now) == at(1800));
  CHECK(point_in_time("--since", "2026-11-20 13:00", now) == at(0));
  CHECK(point_in_time("--since", "2026-11-20T13:00:00Z", now) == at(0));
  CHECK_THROWS_WITH(point_in_time("--since", "soon", now), Catch::Contains("--since: 'soon'"));
}

TEST_CASE("lines of logs are told with the clock, from the start, or by the time between",
          "[cli]") {
  use_utc();
  const LogLine line{at(15.5), 4, 1, LogStream::err, true, "ld: \x1b[31mout\x1b[0m of memory"};
  LogLook look;
  look.name_cells = 15;
  CHECK(log_text(line, "build.compile", look, at(0), {}) ==
        "13:00:15.500 build.compile   ! ld: out of memory");
  look.times = LogTimes::start;
  CHECK(log_text(line, "build.compile", look, at(0), {}) ==
        "   +15.500s build.compile   ! ld: out of memory");
  look.times = LogTimes::delta;
  look.name_cells = 0;
  CHECK(log_text(line, "b", look, at(0), at(15)) == "  +0.500s b ! ld: out of memory");
  look.prefix = false;
  CHECK(log_text(line, "b", look, at(0), at(15)) == "ld: out of memory");
}

}  // namespace
}  // namespace pawl::cli

#include "cli/live/pace.hpp"

#include <catch2/catch.hpp>

namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint started{Micros{1'700'000'000'000'000}};

/// `count` ends, one each `gap`, the last of them `quiet` ago.
std::string pace(std::int64_t count, Micros gap, Micros quiet = Micros{0}) {
  const TimePoint now = started + count * gap + quiet;
  Ends ends, half;
  for (std::int64_t i = 1; i <= count; ++i) (i % 2 == 0 ? half : ends).add(started + i * gap, now);
  ends.add(half);
  return pace_text(pace_of(ends, started, now));
}

TEST_CASE("a pace is a number a minute, of two digits", "[cli]") {
  CHECK(pace(100, 190ms) == "320/min");
  CHECK(pace(5000, 49ms) == "1,200/min");
  CHECK(pace(40, 2s) == "30/min");
  CHECK(pace(12, 50s) == "1/min");
  CHECK(pace(12, 400s) == "12/h");
}

TEST_CASE("a few ends make no pace", "[cli]") {
  CHECK(pace(9, 1s).empty());
  CHECK(pace_text(pace_of({}, started, started + 1h)).empty());
  CHECK(pace_text(pace_of({100, 100, 100, started + 10s}, {}, started + 10s)).empty());
}

TEST_CASE("when none has ended for three times the usual gap, that is told instead", "[cli]") {
  CHECK(pace(60, 2s, 9s) == "28/min");
  CHECK(pace(60, 2s, 40s) == "no step ended for 40s");
  CHECK(pace(60, 2s, 250s) == "no step ended for 4m");
  CHECK(pace(20, 60s, 170s) == "48/h");
  CHECK(pace(20, 60s, 190s) == "no step ended for 3m");
}

TEST_CASE("what was long ago does not count", "[cli]") {
  Ends ends;
  const TimePoint now = started + 1h;
  for (int i = 0; i < 1000; ++i) ends.add(started + i * 1s, now);  // The first quarter of an hour …
  for (int i = 1; i <= 60; ++i) ends.add(now - i * 10s, now);      // … and slower since.
  CHECK(pace_text(pace_of(ends, started, now)) == "6/min");
}

}  // namespace
}  // namespace pawl::cli

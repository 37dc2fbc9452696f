#include "base/units.hpp"

#include <catch2/catch.hpp>

using namespace pawl;
using namespace std::chrono_literals;

TEST_CASE("a duration is numbers with units, largest first", "[base]") {
  CHECK(parse_duration("500ms").value() == 500ms);
  CHECK(parse_duration("30s").value() == 30s);
  CHECK(parse_duration("10m").value() == 10min);
  CHECK(parse_duration("1h30m").value() == 90min);
  CHECK(parse_duration("7d").value() == 168h);
  CHECK(parse_duration("1.5s").value() == 1500ms);
  CHECK(parse_duration("0s").value() == 0ms);
}

TEST_CASE("a duration may be ISO 8601 without years and months", "[base]") {
  CHECK(parse_duration("PT1H30M").value() == 90min);
  CHECK(parse_duration("P7D").value() == 168h);
  CHECK(parse_duration("P2W").value() == 336h);
  CHECK(parse_duration("P1DT2.5S").value() == 24h + 2500ms);
  CHECK(parse_duration("P1M").error().fix == "write it in days, for example P30D");
  for (const char* text :
       {"P", "PT", "P1H", "PT1D", "P1DT", "PT1M1H", "PT1.5H3M", "P1W1D", "P1WT1H"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a bare number is refused with what to write", "[base]") {
  CHECK(parse_duration("12").error() == Problem{"'12' has no unit", "write 12s, 12m or 12h"});
  CHECK(parse_size("10").error() == Problem{"'10' has no unit", "write 10B, 10KiB or 10MB"});
}

TEST_CASE("what is no duration is refused", "[base]") {
  for (const char* text :
       {"", "s", "-1s", "1m1h", "1s1s", "1y", "1 s", "1e3s", "100001d", "1.s", ".5s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("sizes are decimal or binary", "[base]") {
  CHECK(parse_size("64KiB").value() == 65'536);
  CHECK(parse_size("10MB").value() == 10'000'000);
  CHECK(parse_size("512B").value() == 512);
  CHECK_FALSE(parse_size("10 MB").has_value());
  CHECK_FALSE(parse_size("MB").has_value());
}

TEST_CASE("durations and sizes are short for people", "[base]") {
  CHECK(format_duration(400ms) == "0.4s");
  CHECK(format_duration(58s) == "58s");
  CHECK(format_duration(12min + 4s) == "12m04s");
  CHECK(format_duration(3h + 2min) == "3h02m");
  CHECK(format_duration(52h) == "2d04h");
  CHECK(format_size(17) == "17 B");
  CHECK(format_size(64 << 10) == "64 KiB");
  CHECK(format_size(1'288'490'189) == "1.2 GiB");
}

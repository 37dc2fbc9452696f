#include "base/time.hpp"

#include <catch2/catch.hpp>

using namespace pawl;
using namespace std::chrono_literals;

TEST_CASE("instants are RFC 3339", "[base]") {
  CHECK(to_rfc3339(TimePoint{}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_rfc3339(TimePoint{1'000'000'000s + 1500us}) == "2001-09-09T01:46:40.001Z");
  CHECK(from_rfc3339("2001-09-09T01:46:40.001500Z") == TimePoint{1'000'000'000s + 1500us});
  CHECK(from_rfc3339("2001-09-09T03:46:40+02:00") == TimePoint{1'000'000'000s});
  for (const char* text : {"", "2001-02-30T00:00:00Z", "2001-09-09T01:46:40", "2001-09-09", "x"}) {
    INFO(text);
    CHECK_FALSE(from_rfc3339(text).has_value());
  }
}

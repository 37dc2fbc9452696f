#include "cli/inputs.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "cli/json_reading.hpp"

namespace pawl::cli {
namespace {

TEST_CASE("labels are pairs", "[cli]") {
  CHECK(gather_labels({"team=data", "team=web", "note=a=b"}).text ==
        R"({"team":"web","note":"a=b"})");
  CHECK_THROWS_WITH(gather_labels({"team"}), "--label 'team' is not a pair");
}

TEST_CASE("an object is taken as written, anything else is refused", "[cli]") {
  CHECK(parse_object(R"( {"b": 1, "a": 12345678901234567} )").value().text ==
        R"({"b":1,"a":12345678901234567})");
  CHECK(parse_object("[1]").error().message == "it holds a JSON array, not an object");
  CHECK(parse_object("{\"a\":").error().message.rfind("it is not JSON: ", 0) == 0);
}

TEST_CASE("values are shown as people write them", "[cli]") {
  CHECK(plain({R"("two\nlines")"}) == "two\nlines");
  CHECK(plain({"[1,2]"}) == "[1,2]");
  CHECK(pairs_text({R"({"day":"2026-11-20","who":"a b","n":3})"}) ==
        "day=2026-11-20 who='a b' n=3");
}

}  // namespace
}  // namespace pawl::cli

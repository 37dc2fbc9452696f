#include "cli/weave.hpp"

#include <catch2/catch.hpp>

#include "sample_run.hpp"

namespace pawl::cli {
namespace {

const AttemptKey a{1, 1}, a_again{1, 2}, b{2, 1};

TEST_CASE("output stands between the story's lines by time", "[cli]") {
  CHECK(weave({{at(1), "a started\n", {a}, {}}, {at(5), "b started\n", {b}, {}}},
              {{at(2), "a | early\n", a}, {at(6), "a | late\n", a}}) ==
        "a started\na | early\nb started\na | late\n");
}

TEST_CASE("output of two steps is merged by time", "[cli]") {
  CHECK(weave({}, {{at(2), "a | 2\n", a}, {at(4), "a | 4\n", a}, {at(3), "b | 3\n", b}}) ==
        "a | 2\nb | 3\na | 4\n");
}

TEST_CASE("output never stands before the start of its attempt nor behind its end", "[cli]") {
  CHECK(weave({{at(5), "a started\n", {a}, {}}, {at(6), "a succeeded\n", {}, {a}}},
              {{at(4), "a | clock is behind\n", a}, {at(7), "a | clock is ahead\n", a}}) ==
        "a started\na | clock is behind\na | clock is ahead\na succeeded\n");
}

TEST_CASE("each attempt keeps its own output", "[cli]") {
  CHECK(weave({{at(5), "a retrying\n", {}, {a}}, {at(5), "a started, attempt 2\n", {a_again}, {}}},
              {{at(5), "a | first\n", a}, {at(5), "a | second\n", a_again}}) ==
        "a | first\na retrying\na started, attempt 2\na | second\n");
}

}  // namespace
}  // namespace pawl::cli

#include "cli/did_you_mean.hpp"

#include <catch2/catch.hpp>

#include "cli/errors.hpp"
#include "cli/sample_commands.hpp"

namespace pawl::cli {
namespace {

std::string answer(std::string_view word) { return unknown_command(sample_commands, word).why(); }

TEST_CASE("a slip of the finger is answered with the nearest commands", "[cli]") {
  CHECK(error_text(unknown_command(sample_commands, "rnus")) ==
        "error: pawl has no command 'rnus'\n"
        "  did you mean: runs (List runs, newest first)\n"
        "  pawl help\n");
  CHECK(answer("rum") == "did you mean: run (Start a workflow and follow it)");
}

TEST_CASE("a word of another tool is answered with ours", "[cli]") {
  CHECK(answer("submit") == "did you mean: run (Start a workflow and follow it)");
  CHECK(answer("tail") == "did you mean: logs -f (Output of steps, merged by time)");
  CHECK(answer("ps") == "did you mean: runs (List runs, newest first)");
}

TEST_CASE("a word that was cut short is answered with the whole one", "[cli]") {
  CHECK(answer("expl") == "did you mean: explain (The long form of one message)");
}

TEST_CASE("what is near nothing is not guessed at", "[cli]") {
  CHECK(answer("xylophone").empty());
  CHECK(answer("").empty());
  CHECK(answer(std::string(100000, 'r')).empty());
}

TEST_CASE("a synonym for a command that does not exist is not suggested", "[cli]") {
  CHECK(answer("kill").empty());  // There is no cancel among these commands.
}

TEST_CASE("flags of other tools are answered with what there is", "[cli]") {
  CHECK(instead_of_flag("run", "--dry-run") == "pawl preview FILE shows what would run");
  CHECK(instead_of_flag("runs", "--dry-run").empty());
  CHECK(instead_of_flag("run", "--detach").empty());
}

TEST_CASE("words stand as in a sentence", "[cli]") {
  CHECK(alternatives({}).empty());
  CHECK(alternatives({"a"}) == "a");
  CHECK(alternatives({"a", "b"}) == "a or b");
  CHECK(alternatives({"a", "b", "c"}) == "a, b or c");
}

}  // namespace
}  // namespace pawl::cli

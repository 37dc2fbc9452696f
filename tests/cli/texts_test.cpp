#include <catch2/catch.hpp>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/json_record.hpp"
#include "cli/wording.hpp"
#include "cli/workflow_file.hpp"

namespace pawl::cli {
namespace {

TEST_CASE("an error says what, why and what to type", "[cli]") {
  const Error error(ErrorKind::environment, "cannot reach the database at db1:5432",
                    "connection refused\nset by PAWL_DATABASE_URL", "pawl db status");
  CHECK(error_text(error) ==
        "error: cannot reach the database at db1:5432\n"
        "  connection refused\n  set by PAWL_DATABASE_URL\n  pawl db status\n");
  CHECK(error_record(error) ==
        R"({"v":1,"kind":"error","error":"cannot reach the database at db1:5432",)"
        R"("why":"connection refused\nset by PAWL_DATABASE_URL","fix":"pawl db status","exit":4})"
        "\n");
}

TEST_CASE("on a terminal an error is cut between words, but not what is typed again", "[cli]") {
  const Error error(ErrorKind::usage, "this is a rather long line of words",
                    "so is the cause of it, in words", "pawl run a-command --that is-longer");
  CHECK(error_text(error, 24) ==
        "error: this is a rather\n"
        "       long line of\n"
        "       words\n"
        "  so is the cause of it,\n"
        "  in words\n"
        "  pawl run a-command --that is-longer\n");
  CHECK(error_text(error, 0) ==
        "error: this is a rather long line of words\n"
        "  so is the cause of it, in words\n"
        "  pawl run a-command --that is-longer\n");
}

TEST_CASE("a database that goes away is told with the command that looks at it", "[cli]") {
  CHECK(error_text(database_gone("server closed the connection")) ==
        "error: the connection to the database is lost\n  server closed the connection\n"
        "  pawl db status\n");
}

TEST_CASE("what is said beside the results is one line, or one record", "[cli]") {
  CHECK(notice(false, "run 7 goes on", "pawl attach 7") == "run 7 goes on: pawl attach 7\n");
  CHECK(notice(false, "the database is back") == "the database is back\n");
  CHECK(notice(true, "run 7 goes on", "pawl attach 7") ==
        R"({"v":1,"kind":"notice","text":"run 7 goes on","command":"pawl attach 7"})"
        "\n");
  CHECK(notice(true, "the database is back") ==
        R"({"v":1,"kind":"notice","text":"the database is back","command":null})"
        "\n");
}

TEST_CASE("a failure is told on one line", "[cli]") {
  core::Failure failure;
  failure.exit_code = 2;
  failure.message = "ld: \x1b[31mout of memory\nmore";
  CHECK(failure_text(failure) == "exit 2, \"ld: out of memory\"");
  failure.message = "exit 2";
  CHECK(failure_text(failure) == "exit 2");
  failure.exit_code.reset();
  failure.kind = core::FailureKind::timeout;
  failure.message = "it took longer than its timeout of 10m";
  CHECK(failure_text(failure) == "it took longer than its timeout of 10m");
}

TEST_CASE("the end of a run decides the exit code", "[cli]") {
  CHECK(exit_code_of(core::RunPhase::succeeded) == 0);
  CHECK(exit_code_of(core::RunPhase::failed) == 1);
  CHECK(exit_code_of(core::RunPhase::interrupted) == 1);
  CHECK(exit_code_of(core::RunPhase::quarantined) == 1);
  CHECK(exit_code_of(core::RunPhase::cancelled) == 3);
}

TEST_CASE("ill-formed text becomes a JSON string that can be read", "[cli]") {
  CHECK(json_string("a\"\\\n\x01\xff") == "\"a\\\"\\\\\\n\\u0001\xEF\xBF\xBD\"");
}

TEST_CASE("a workflow that cannot be read is refused with the reason", "[cli]") {
  CHECK_THROWS_WITH(read_workflow("/nonexistent/flow.yaml"),
                    "cannot read the workflow '/nonexistent/flow.yaml'");
  CHECK_THROWS_WITH(read_workflow("/"), "cannot read the workflow '/'");
  CHECK_THROWS_WITH(read_workflow("/dev/null"), "cannot read the workflow '/dev/null'");
}

}  // namespace
}  // namespace pawl::cli

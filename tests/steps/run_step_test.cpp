#include "attempt_world.hpp"
#include "steps/proc_files.hpp"

using namespace pawl;
using namespace pawl::steps;
using namespace std::chrono_literals;

namespace {

dsl::Code code(const std::string& text) { return {text, {9, 5}}; }

StepUnderTest printing(dsl::OutputFormat format, const std::string& script) {
  auto step = StepUnderTest::script(script);
  step.settings.output = format;
  return step;
}

}  // namespace

TEST_CASE("a script succeeds with what it reported", "[run]") {
  AttemptWorld world;
  SECTION("nothing") {
    world.run(StepUnderTest::script("echo hello; echo talk >&2"));
    CHECK(world.outcome() == "succeeded null");
    CHECK(world.heard.out == "hello\n");
    CHECK(world.heard.err == "talk\n");
  }
  SECTION("members, the last of each name") {
    world.run(StepUnderTest::script(
        R"(echo '{"output":{"a":1,"b":2}}' >> $PAWL_REPORT
echo '{"output":{"a":3}}' >> $PAWL_REPORT)"));
    CHECK(world.outcome() == R"(succeeded {"b":2,"a":3})");
  }
  SECTION("with progress, checkpoints, comments and warnings on the way") {
    world.run(StepUnderTest::script(
        R"(cat >> $PAWL_REPORT <<'X'
{"progress":0.5,"message":"half"}
{"checkpoint":{"at":3}}
{"comment":"so far"}
oops
X
)"));
    CHECK(world.heard.talk == "progress 0.50 -/- half\ncheckpoint {\"at\":3}\ncomment :so far\n");
    CHECK_THAT(world.heard.err, Catch::StartsWith("pawl: a line that is not JSON"));
    CHECK(world.outcome() == "succeeded null");
  }
}

TEST_CASE("reports are heard while the step runs", "[run]") {
  AttemptWorld world;
  world.start(StepUnderTest::script(
      "echo '{\"progress\":0.5}' >> $PAWL_REPORT; until [ -e go ]; do sleep 0.01; done"));
  world.run_until_heard("progress 0.50");
  CHECK(world.heard.ends == 0);
  world.folder.write("go", "");
  world.finish();
  CHECK(world.outcome() == "succeeded null");
}

TEST_CASE("stdout becomes the output where the step says so", "[run]") {
  AttemptWorld world;
  SECTION("text") {
    world.run(printing(dsl::OutputFormat::text, "echo hello"));
    CHECK(world.outcome() == "succeeded \"hello\"");
  }
  SECTION("JSON") {
    world.run(printing(dsl::OutputFormat::json, "echo '{\"big\": 9223372036854775807}'"));
    CHECK(world.outcome() == "succeeded {\"big\":9223372036854775807}");
  }
  SECTION("what is not the JSON it should be fails the step") {
    world.run(printing(dsl::OutputFormat::json, "echo '{oops'"));
    CHECK_THAT(world.outcome(),
               Catch::StartsWith("failed output: stdout is not JSON: line 1, column 2"));
  }
  SECTION("so does a gigabyte, with flat memory") {
    world.heard.keep = false;
    world.run(printing(dsl::OutputFormat::text, "yes | head -c 100M"));
    CHECK(world.heard.bytes == 100u << 20);
    CHECK_THAT(world.outcome(),
               Catch::StartsWith("failed output: stdout is larger than the 256 KiB"));
  }
  SECTION("and what is no text") {
    world.run(printing(dsl::OutputFormat::text, "printf 'a\\377'"));
    CHECK_THAT(world.outcome(),
               Catch::StartsWith("failed output: stdout is not UTF-8 text: byte 1 (line 1)"));
  }
}

TEST_CASE("a failing script tells its code and its last words", "[run]") {
  AttemptWorld world;
  SECTION("the exit code and the last line of stderr") {
    world.run(StepUnderTest::script("echo first >&2; echo no such table >&2; exit 3"));
    CHECK(world.outcome() == "failed exit(3): exit code 3: no such table");
    const auto& failed = std::get<core::Failed>(*world.heard.outcome);
    CHECK(failed.failure.attempt == 1);
    CHECK(failed.failure.step == "work");
  }
  SECTION("the error it reported") {
    world.run(StepUnderTest::script(
        R"(echo '{"error":{"type":"KeyError","message":"no id","stack":"f.py:3"}}' > $PAWL_REPORT
exit 1)"));
    CHECK(world.outcome() == "failed exit(1): exit code 1: KeyError: no id");
    CHECK(std::get<core::Failed>(*world.heard.outcome).failure.stack == "f.py:3");
  }
  SECTION("the first command that fails ends it, as in make") {
    world.run(StepUnderTest::script("false; echo survived"));
    CHECK(world.outcome() == "failed exit(1): exit code 1");
    CHECK(world.heard.out.empty());
  }
  SECTION("an unset variable too") {
    world.run(StepUnderTest::script("echo $NO_SUCH_VARIABLE"));
    CHECK_THAT(world.outcome(), Catch::StartsWith("failed exit(2): exit code 2: "));
  }
  SECTION("bash fails with the pipe") {
    auto step = StepUnderTest::script("false | true");
    step.settings.shell = dsl::Shell::bash;
    world.run(step);
    CHECK(world.outcome() == "failed exit(1): exit code 1");
  }
  SECTION("a signal by its name") {
    world.run(StepUnderTest::script("kill -SEGV $$"));
    CHECK(world.outcome() == "failed signal: ended by SIGSEGV");
  }
  SECTION("other codes may count as success") {
    auto step = StepUnderTest::script("exit 3");
    step.settings.success_codes = {0, 3};
    world.run(step);
    CHECK(world.outcome() == "succeeded null");
  }
}

TEST_CASE("the list form runs a program without a shell", "[run]") {
  AttemptWorld world;
  SECTION("each item one argument, an item that is a list several") {
    auto step = StepUnderTest::arguments({"printf", "<%s>"});
    step.run_spec().arguments.push_back(template_of("inputs.rows", true));
    step.run_spec().arguments.push_back(template_of("$(date); *"));
    step.settings.output = dsl::OutputFormat::text;
    world.run(step);
    CHECK(world.outcome() == "succeeded \"<1><2><a b><$(date); *>\"");
  }
  SECTION("a program that is nowhere") {
    world.run(StepUnderTest::arguments({"no-such-program"}));
    CHECK_THAT(world.outcome(),
               Catch::StartsWith("failed exit(127): no such program: no-such-program ("));
  }
}

TEST_CASE("values reach a script as data", "[run]") {
  AttemptWorld world;
  world.job.inputs = {R"({"name":"$(touch hacked) 'x' \"y\"\n*"})"};
  auto step = StepUnderTest::script("printf '%s' \"${PAWL_V1}\"");
  step.settings.output = dsl::OutputFormat::text;
  SECTION("through a variable of their own") {
    step.run_spec().values = {{"PAWL_V1", code("inputs.name"), false}};
    world.run(step);
    CHECK(world.outcome() == "succeeded \"$(touch hacked) 'x' \\\"y\\\"\\n*\"");
    CHECK_FALSE(std::filesystem::exists(world.folder.file("hacked")));
  }
  SECTION("or through a file, of any size") {
    step.run_spec().script = template_of("wc -c < \"${PAWL_V1}\"");
    step.run_spec().values = {{"PAWL_V1", code("('x'):rep(200000)"), true}};
    world.run(step);
    CHECK(world.outcome() == "succeeded \"200000\"");
  }
  SECTION("too large ones are refused with the way to write it") {
    step.run_spec().values = {{"PAWL_V1", code("('x'):rep(200000)"), false}};
    world.run(step);
    CHECK(world.outcome() ==
          "failed expression: nightly.yaml:9: the value of ${{ ('x'):rep(200000) }} has 195 KiB; "
          "at most 100 KiB can be passed this way; pass it as ${{ file(…) }}, which gives the path "
          "of a file with the value");
  }
  SECTION("ones with a NUL too") {
    step.run_spec().values = {{"PAWL_V1", code("'a\\0b'"), false}};
    world.run(step);
    CHECK_THAT(world.outcome(), Catch::Contains("has a NUL byte"));
  }
  SECTION("raw text is spliced, and a long script needs no shorter one") {
    step.run_spec().script.pieces.push_back({"'; echo ' .. ('x'):rep(150000)", {9, 5}, true});
    step.run_spec().values = {{"PAWL_V1", code("'v'"), false}};
    world.run(step);
    CHECK(world.outcome() == "succeeded \"v" + std::string(150'000, 'x') + "\"");
  }
  SECTION("an expression that fails names the place") {
    step.run_spec().values = {{"PAWL_V1", code("inputs.nome"), false}};
    world.run(step);
    CHECK_THAT(world.outcome(), Catch::StartsWith("failed expression: nightly.yaml:9:"));
  }
}

TEST_CASE("a step's processes find what the language promises around them", "[run]") {
  AttemptWorld world;
  SECTION("variables, and none that were not declared") {
    ::setenv("PAWL_DATABASE_URL", "postgres://secret", 1);
    auto step = StepUnderTest::script("env | sort | grep -v '^PATH\\|^PWD\\|^HOME\\|^LANG\\|^TZ'");
    step.step.env = {{"DAY", template_of("inputs.day", true)},
                     {"BOTH", template_of("env.DAY .. env.REGION", true)}};
    world.run(step);
    ::unsetenv("PAWL_DATABASE_URL");
    const std::string scratch = world.folder.file("scratch");
    CHECK(world.heard.out ==
          "BOTH=2026-11-21eu\nDAY=2026-11-21\nPAWL_ATTEMPT=1\nPAWL_CHECKPOINT=" + scratch +
              "/.pawl-checkpoint\nPAWL_CHECKPOINT_DUE=" + scratch +
              "/.pawl-checkpoint-due\nPAWL_IDEMPOTENCY_KEY=" + world.job.idempotency_key +
              "\nPAWL_REPORT=" + scratch +
              "/.pawl-report\nPAWL_RUN=77\nPAWL_STEP=work\nPAWL_TMP=" + scratch + "\nREGION=eu\n");
  }
  SECTION("the folder of the file, or the workdir in it") {
    std::filesystem::create_directory(world.folder.file("eu"));
    auto step = StepUnderTest::script("pwd");
    world.run(step);
    CHECK(world.heard.out == world.folder.path + "\n");
    step.step.workdir = std::make_shared<dsl::Template>(template_of("env.REGION", true));
    world.heard = {};
    world.run(step);
    CHECK(world.heard.out == world.folder.path + "/eu\n");
  }
  SECTION("the last checkpoint of an earlier attempt") {
    world.job.checkpoint = {R"({"at":3})"};
    world.run(printing(dsl::OutputFormat::json, "cat $PAWL_CHECKPOINT"));
    CHECK(world.outcome() == R"(succeeded {"at":3})");
  }
}

TEST_CASE("a checkpoint is due now and then", "[run]") {
  StepSettings settings;
  settings.checkpoint_every = 20ms;
  AttemptWorld world(settings);
  world.run(StepUnderTest::script(
      "until [ -e $PAWL_CHECKPOINT_DUE ]; do sleep 0.01; done; echo '{\"checkpoint\":1}' > "
      "$PAWL_REPORT"));
  CHECK(world.heard.talk == "checkpoint 1\n");
}

TEST_CASE("a timeout ends the group and says so", "[run]") {
  StepSettings settings;
  settings.grace = 50ms;
  AttemptWorld world(settings);
  auto step = StepUnderTest::script("trap '' TERM; echo $$ >&2; while :; do sleep 0.05; done");
  step.settings.timeout = 300ms;
  world.run(step);
  CHECK(world.outcome() == "failed timeout: timed out after 0.3s");
  CHECK(live_members(std::stoi(world.heard.err)).empty());
}

TEST_CASE("an attempt without a sign of life fails; each sign gives it new time", "[run]") {
  StepSettings settings;
  settings.grace = 50ms;
  AttemptWorld world(settings);
  SECTION("silence") {
    auto step = StepUnderTest::script("while :; do sleep 0.05; done");
    step.settings.heartbeat = 300ms;
    world.run(step);
    CHECK(world.outcome() == "failed heartbeat: no sign of life for 0.3s");
  }
  SECTION("a script of Lua that sleeps") {
    auto step = StepUnderTest::lua("sleep('1h')");
    step.settings.heartbeat = 300ms;
    world.run(step);
    CHECK(world.outcome() == "failed heartbeat: no sign of life for 0.3s");
  }
  SECTION("output, and progress") {
    auto step = StepUnderTest::script(
        "for i in 1 2 3 4; do echo $i; sleep 0.4; "
        "echo '{\"progress\":0.5}' >> $PAWL_REPORT; sleep 0.4; done");
    step.settings.heartbeat = 2s;
    world.run(step);
    CHECK(world.outcome() == "succeeded null");
  }
}

TEST_CASE("an attempt is stopped in the way that was asked", "[run]") {
  AttemptWorld world;
  auto step = StepUnderTest::script("echo ready; exec sleep 1000");
  step.settings.deadline = 2h;
  SECTION("a cancel") {
    step.hooks.on_cancel = code("log('cancelled', run.name)");
    world.start(step);
    world.run_until_heard("ready");
    world.attempt->stop(core::StopWhy::cancel);
    world.attempt->stop(core::StopWhy::cancel);
    world.finish();
    CHECK(world.outcome() == "cancelled");
    CHECK(world.heard.out == "ready\ncancelled nightly\n");
  }
  SECTION("a pause lets it go") {
    world.start(step);
    world.run_until_heard("ready");
    world.attempt->stop(core::StopWhy::pause);
    world.finish();
    CHECK(world.outcome() == "released");
  }
  SECTION("a deadline is a timeout") {
    world.start(step);
    world.run_until_heard("ready");
    world.attempt->stop(core::StopWhy::deadline);
    world.finish();
    CHECK(world.outcome() == "failed timeout: the deadline of 2h00m has passed");
  }
  SECTION("before it has begun") {
    world.start(step);
    world.attempt->stop(core::StopWhy::cancel);
    world.finish();
    CHECK(world.outcome() == "cancelled");
    CHECK(world.heard.out.empty());
  }
  SECTION("by nobody: its destruction kills it unheard") {
    world.start(StepUnderTest::script("echo $$; exec sleep 1000"));
    world.run_until_heard("\n");
    world.attempt.reset();
    CHECK(live_members(std::stoi(world.heard.out)).empty());
    CHECK(world.heard.ends == 0);
  }
}

TEST_CASE("without a place for its scratch folder a step fails as one that may be tried again",
          "[run]") {
  AttemptWorld world;
  world.job.scratch = world.folder.write("file", "") + "/scratch";
  world.run(StepUnderTest::script("true"));
  CHECK_THAT(world.outcome(), Catch::StartsWith("failed resource: cannot make the scratch folder"));
}

TEST_CASE("hooks surround a step", "[hooks]") {
  AttemptWorld world;
  auto step = StepUnderTest::script("echo hello $WHO");
  step.settings.output = dsl::OutputFormat::text;
  step.step.env = {{"WHO", template_of("you")}};
  SECTION("before may change the environment") {
    step.hooks.before = code("env.WHO = 'them'");
    world.run(step);
    CHECK(world.outcome() == "succeeded \"hello them\"");
  }
  SECTION("before may skip the step") {
    step.hooks.before = code("skip('nothing to do')");
    world.run(step);
    CHECK(world.outcome() == "skipped: nothing to do");
    CHECK(world.heard.out.empty());
  }
  SECTION("an error of before fails it, with a traceback into the file") {
    step.hooks.before = code("local x = nil\nreturn x.y");
    world.run(step);
    CHECK_THAT(world.outcome(), Catch::StartsWith("failed lua: nightly.yaml:10:"));
    CHECK_THAT(std::get<core::Failed>(*world.heard.outcome).failure.stack,
               Catch::Contains("nightly.yaml:10"));
  }
  SECTION("after may give another output") {
    step.hooks.after = code("return {text = output, n = #output}");
    world.run(step);
    CHECK_THAT(world.outcome(), Catch::Contains("\"n\":9"));
  }
  SECTION("or keep it") {
    step.hooks.after = code("log('saw ' .. output)");
    world.run(step);
    CHECK(world.outcome() == "succeeded \"hello you\"");
    CHECK(world.heard.out == "hello you\nsaw hello you\n");
  }
  SECTION("or fail") {
    step.hooks.after = code("fail('empty: ' .. output)");
    world.run(step);
    CHECK(world.outcome() == "failed lua: empty: hello you");
  }
  SECTION("an endless after costs its own step only") {
    step.hooks.after = code("while true do end");
    StepSettings settings;
    settings.hook_caps.cpu = 50ms;
    AttemptWorld capped(settings);
    capped.run(step);
    CHECK_THAT(capped.outcome(), Catch::StartsWith("failed limit: "));
  }
}

TEST_CASE("on_error decides what a failure means", "[hooks]") {
  AttemptWorld world;
  auto step = StepUnderTest::script("exit 3");
  SECTION("to retry, with a delay of its own") {
    step.hooks.on_error = code("if error.exit_code == 3 then return retry{delay = '5s'} end");
    world.run(step);
    CHECK(world.outcome() == "failed exit(3): exit code 3 [retry 5000]");
  }
  SECTION("to ignore it") {
    step.hooks.on_error = code("ignore({partial = true})");
    world.run(step);
    CHECK(world.outcome() == "failed exit(3): exit code 3 [ignore {\"partial\":true}]");
  }
  SECTION("to pause") {
    step.hooks.on_error = code("pause('look at ' .. error.message)");
    world.run(step);
    CHECK(world.outcome() == "failed exit(3): exit code 3 [pause look at exit code 3]");
  }
  SECTION("nothing") {
    step.hooks.on_error = code("log(error.kind)");
    world.run(step);
    CHECK(world.outcome() == "failed exit(3): exit code 3");
    CHECK(world.heard.out == "exit\n");
  }
  SECTION("a broken one does not hide the failure") {
    step.hooks.on_error = code("local x = nil; return x.y");
    world.run(step);
    CHECK_THAT(world.outcome(),
               Catch::StartsWith(
                   "failed exit(3): exit code 3; and its on_error hook failed: nightly.yaml:9:"));
  }
}

TEST_CASE("on_retry and on_progress are told", "[hooks]") {
  AttemptWorld world;
  auto step = StepUnderTest::script(
      "echo '{\"done\":1,\"total\":4}' > $PAWL_REPORT; "
      "until [ -e go ]; do sleep 0.01; done");
  step.hooks.on_retry = code("log('again after', error.message)");
  step.hooks.on_progress = code("log('at', progress.fraction)");
  world.job.attempt = 2;
  world.job.last_error = core::Failure{core::FailureKind::exit, "exit code 9", 9, "", 1, "work"};
  world.start(step);
  world.run_until_heard("at 0.25");
  world.folder.write("go", "");
  world.finish();
  CHECK(world.heard.out == "again after exit code 9\nat 0.25\n");
}

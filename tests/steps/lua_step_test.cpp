#include <sys/stat.h>

#include "attempt_world.hpp"
#include "steps/proc_files.hpp"

using namespace pawl;
using namespace pawl::steps;
using namespace std::chrono_literals;

namespace {

std::string ran(AttemptWorld& world, const std::string& lua) {
  world.run(StepUnderTest::lua(lua));
  return world.outcome();
}

std::string ran(const std::string& lua) {
  AttemptWorld world;
  return ran(world, lua);
}

}  // namespace

TEST_CASE("a lua step succeeds with the value it returns", "[lua]") {
  CHECK(ran("return 1 + 1") == "succeeded 2");
  CHECK(ran("return {day = inputs.day}") == R"(succeeded {"day":"2026-11-21"})");
  CHECK(ran("local x = 1") == "succeeded null");
  CHECK(ran("return list{}") == "succeeded []");
}

TEST_CASE("a lua step sees the run and the steps it reads", "[lua]") {
  AttemptWorld world;
  world.job.reads.push_back({"fetch", core::StepState::succeeded, {R"({"n":3})"}, std::nullopt});
  world.job.reads.push_back({"broken",
                             core::StepState::failed,
                             {},
                             core::Failure{core::FailureKind::exit, "no", 4, "", 1, "broken"}});
  CHECK(ran(world,
            "return {run.id, run.number, workflow.name, steps.fetch.output.n, steps.fetch.state, "
            "steps.broken.error.exit_code, env.REGION}") ==
        R"(succeeded ["77",5,"nightly",3,"succeeded",4,"eu"])");
}

TEST_CASE("a failing lua step points into the file", "[lua]") {
  AttemptWorld world;
  SECTION("an error, with its traceback") {
    CHECK_THAT(ran(world, "local function f() error('no rows') end\nf()"),
               Catch::StartsWith("failed lua: nightly.yaml:7:") && Catch::Contains("no rows"));
    CHECK_THAT(std::get<core::Failed>(*world.heard.outcome).failure.stack,
               Catch::Contains("nightly.yaml:8"));
  }
  SECTION("fail") { CHECK(ran(world, "fail('no rows')") == "failed lua: no rows"); }
  SECTION("an output over 256 KiB") {
    CHECK(ran(world, "return ('x'):rep(262143)") ==
          "failed output: the output has 256 KiB, more than the 256 KiB that an output may have; "
          "write it to a file and give its path");
    world.heard = {};
    CHECK(ran(world, "return ('x'):rep(262142)").size() == 10 + 262144);
  }
  SECTION("what cannot be JSON") {
    CHECK_THAT(ran(world, "return function() end"), Catch::StartsWith("failed lua: "));
    world.heard = {};
    CHECK_THAT(ran(world, "return 0/0"), Catch::StartsWith("failed lua: "));
  }
}

TEST_CASE("an output that is not what output_schema wants fails the attempt", "[lua]") {
  AttemptWorld world;
  const auto with_schema = [&](const std::string& lua, const std::string& after = "") {
    StepUnderTest step = StepUnderTest::lua(lua);
    step.step.output_schema = std::make_shared<const JsonText>(JsonText{
        R"({"properties":{"files":{"items":{"properties":{"rows":{"type":"integer"}}}}}})"});
    if (!after.empty()) step.hooks.after = dsl::Code{after, {9, 3}};
    world.run(step);
    return world.outcome();
  };
  CHECK(with_schema("return {files = list{{rows = 1}}}") == R"(succeeded {"files":[{"rows":1}]})");
  world.heard = {};
  CHECK(with_schema("return {files = list{{rows = 1}, {rows = 'many'}}}") ==
        "failed output: output.files[2].rows: the string 'many', and output_schema wants an "
        "integer");
  world.heard = {};
  SECTION("what the hook after makes of it is what counts") {
    CHECK(with_schema("return {files = {rows = 'many'}}", "return {files = list{}}") ==
          R"(succeeded {"files":[]})");
    world.heard = {};
    CHECK(with_schema("return {files = list{}}", "return {files = list{{rows = true}}}") ==
          "failed output: output.files[1].rows: true, and output_schema wants an integer");
  }
}

TEST_CASE("a runaway script costs its own step only", "[lua]") {
  StepSettings settings;
  settings.lua_caps = {std::size_t{8} << 20, 100ms};
  AttemptWorld world(settings);
  SECTION("an endless loop") {
    CHECK_THAT(ran(world, "while true do end"), Catch::StartsWith("failed limit: "));
  }
  SECTION("one that catches everything") {
    CHECK_THAT(ran(world, "while true do pcall(function() while true do end end) end"),
               Catch::StartsWith("failed limit: "));
  }
  SECTION("ten gigabytes") {
    CHECK_THAT(ran(world, "return #('x'):rep(10000000000)"), Catch::StartsWith("failed limit: "));
  }
  SECTION("an endless recursion") {
    CHECK_THAT(ran(world, "local function f() return 1 + f() end\nreturn f()"),
               Catch::StartsWith("failed l"));
  }
}

TEST_CASE("shell runs a command and waits for it", "[lua]") {
  CHECK(ran("local r = shell('echo out; echo err >&2; exit 3')\nreturn {r.exit_code, r.stdout, "
            "r.stderr}") == R"(succeeded [3,"out\n","err\n"])");
  CHECK(ran("return shell({'printf', '<%s>', 'a b', '*'}).stdout") == "succeeded \"<a b><*>\"");
  CHECK(ran("return shell('echo $X$REGION', {env = {X = 'x'}}).stdout") == "succeeded \"xeu\\n\"");
  CHECK(ran("local n = 0\nfor i = 1, 20 do n = n + shell({'true'}).exit_code end\nreturn n") ==
        "succeeded 0");
  AttemptWorld world;
  std::filesystem::create_directory(world.folder.file("sub"));
  CHECK(ran(world, "return shell('pwd', {workdir = 'sub'}).stdout") ==
        "succeeded \"" + world.folder.path + "/sub\\n\"");
}

TEST_CASE("a shell that fails raises an error where it was called", "[lua]") {
  SECTION("when asked to check") {
    CHECK_THAT(ran("shell('echo why >&2; exit 3', {check = true})"),
               Catch::StartsWith("failed lua: nightly.yaml:7: shell: exit code 3: why"));
    CHECK_THAT(ran("local ok, why = pcall(shell, 'exit 3', {check = true})\nreturn why"),
               Catch::Contains("exit code 3"));
  }
  SECTION("a program that is nowhere") {
    CHECK_THAT(ran("shell({'no-such-program'})"), Catch::Contains("no such program"));
  }
  SECTION("a signal") {
    CHECK_THAT(ran("shell('kill -TERM $$')"), Catch::Contains("ended by SIGTERM"));
  }
  SECTION("its timeout") {
    CHECK_THAT(ran("shell({'sleep', '1000'}, {timeout = '50ms'})"),
               Catch::Contains("shell: timed out after 0.0s") ||
                   Catch::Contains("shell: timed out after 0.1s"));
  }
  SECTION("options that there are not") {
    CHECK_THAT(ran("shell('true', {chek = true})"), Catch::Contains("there is no option 'chek'"));
    CHECK_THAT(ran("shell()"), Catch::Contains("needs a command"));
    CHECK_THAT(ran("shell('true', {timeout = 5})"), Catch::Contains("shell: timeout: "));
  }
  SECTION("too much output") {
    CHECK_THAT(ran("shell('yes | head -c 20M')"), Catch::Contains("wrote more than 16 MiB"));
  }
}

TEST_CASE("sleep waits without holding a thread", "[lua]") {
  CHECK(ran("sleep('10ms')\nreturn 'awake'") == "succeeded \"awake\"");
  CHECK_THAT(ran("sleep(5)"), Catch::StartsWith("failed lua: nightly.yaml:7: sleep: "));
  StepSettings settings;
  settings.lua_threads = 1;
  AttemptWorld world(settings);
  world.start(StepUnderTest::lua("sleep('1h')"));
  const auto sleeping = std::move(world.attempt);
  CHECK(ran(world, "return 'the thread is free'") == "succeeded \"the thread is free\"");
}

TEST_CASE("memo keeps what was computed across attempts", "[lua]") {
  const std::string lua =
      "local v = memo('rows', function() log('computing'); return {n = 1} end)\n"
      "local w = memo('rows', function() error('not again') end)\n"
      "return {v.n, w.n}";
  AttemptWorld world;
  SECTION("the first time it is computed and stored") {
    CHECK(ran(world, lua) == "succeeded [1,1]");
    CHECK(world.heard.talk == "memo rows={\"n\":1}\n");
    CHECK(world.heard.out == "computing\n");
  }
  SECTION("on a later attempt it is there") {
    world.job.memos = {{"rows", {R"({"n":7})"}}};
    CHECK(ran(world, lua) == "succeeded [7,7]");
    CHECK(world.heard.talk.empty());
    CHECK(world.heard.out.empty());
  }
  SECTION("what cannot be stored any more is an error") {
    world.heard.store_memos = false;
    CHECK_THAT(ran(world, lua), Catch::Contains("memo: the value cannot be stored any more"));
  }
  SECTION("the function may wait") {
    CHECK(ran(world,
              "return memo('k', function() sleep('1ms'); return shell('echo x').stdout "
              "end)") == "succeeded \"x\\n\"");
  }
}

TEST_CASE("a lua step reports", "[lua]") {
  AttemptWorld world;
  world.job.checkpoint = {R"({"at":2})"};
  CHECK(ran(world,
            "log('from', checkpoint.at, {1})\nprint('x')\nprogress(0.5, 'half')\n"
            "progress{done = 1, total = 2}\ncheckpoint{at = 3}\ncomment('c')\n"
            "comment{kind = 'note', text = 't'}\nreturn checkpoint_due()") == "succeeded false");
  CHECK(world.heard.out == "from 2 [1]\nx\n");
  CHECK(world.heard.talk ==
        "progress 0.50 -/- half\nprogress - 1.00/2.00 \ncheckpoint {\"at\":3}\ncomment :c\n"
        "comment note:t\n");
}

TEST_CASE("what a script says is heard in the order in which it was said", "[lua]") {
  AttemptWorld world;
  CHECK(ran(world, "for i = 1, 3 do log(i); sleep('1ms'); shell('echo x' .. i .. ' >&2') end") ==
        "succeeded null");
  CHECK(world.heard.out == "1\n2\n3\n");
  CHECK(world.heard.err == "x1\nx2\nx3\n");
}

TEST_CASE("step.remaining tells what is left of the timeout", "[lua]") {
  CHECK(ran("return step.remaining() > 1e300") == "succeeded true");
  AttemptWorld world;
  auto step = StepUnderTest::lua("local s = step.remaining()\nreturn s > 3000 and s <= 3600");
  step.settings.timeout = 1h;
  world.run(step);
  CHECK(world.outcome() == "succeeded true");
}

TEST_CASE("files are read and written from the workdir", "[lua]") {
  AttemptWorld world;
  CHECK(ran(world,
            "fs.mkdir('a/b')\nfs.write('a/b/f', 'one\\n')\nfs.append('a/b/f', 'two\\n')\n"
            "local t = {fs.read('a/b/f'), fs.exists('a/b/f'), fs.exists('none'), fs.list('a')}\n"
            "fs.remove('a/b/f')\nt[5] = fs.exists('a/b/f')\nreturn t") ==
        R"(succeeded ["one\ntwo\n",true,false,["b"],false])");
  world.heard = {};
  world.folder.write("binary", "\xff");
  REQUIRE(::mkfifo(world.folder.file("fifo").c_str(), 0600) == 0);
  CHECK_THAT(ran(world, "fs.read('none')"), Catch::Contains("No such file or directory"));
  world.heard = {};
  CHECK_THAT(ran(world, "fs.read('binary')"), Catch::Contains("not UTF-8 text (byte 0)"));
  world.heard = {};
  CHECK_THAT(ran(world, "fs.read('fifo')"), Catch::Contains("not a regular file"));
  world.heard = {};
  std::filesystem::resize_file(world.folder.write("large", ""), (16 << 20) + 1);
  CHECK_THAT(ran(world, "fs.read('large')"), Catch::Contains("larger than 16 MiB"));
}

TEST_CASE("hooks have no files and no waits", "[lua]") {
  AttemptWorld world;
  auto step = StepUnderTest::lua("return 1");
  step.hooks.after = dsl::Code{"return {fs == nil, shell == nil, sleep == nil}", {9, 5}};
  world.run(step);
  CHECK(world.outcome().find("succeeded [true") == std::string::npos);
  step.hooks.after = dsl::Code{"log('fine')", {9, 5}};
  world.heard = {};
  world.run(step);
  CHECK(world.outcome() == "succeeded 1");
}

TEST_CASE("a waiting script is stopped at once and its processes are gone", "[lua]") {
  AttemptWorld world;
  SECTION("in a sleep") {
    world.start(StepUnderTest::lua("log('ready')\nsleep('1h')"));
    world.run_until_heard("ready");
    world.attempt->stop(core::StopWhy::cancel);
    world.finish();
    CHECK(world.outcome() == "cancelled");
  }
  SECTION("in a shell") {
    world.start(StepUnderTest::lua("shell('echo $$ >&2; exec sleep 1000')"));
    world.run_until_heard("\n");
    world.attempt->stop(core::StopWhy::pause);
    world.finish();
    CHECK(world.outcome() == "released");
    CHECK(live_members(std::stoi(world.heard.err)).empty());
  }
  SECTION("by its timeout") {
    auto step = StepUnderTest::lua("sleep('1h')");
    step.settings.timeout = 20ms;
    world.run(step);
    CHECK_THAT(world.outcome(), Catch::StartsWith("failed timeout: timed out after"));
  }
  SECTION("a busy one too") {
    auto step = StepUnderTest::lua("while true do end");
    step.settings.timeout = 50ms;
    world.run(step);
    CHECK_THAT(world.outcome(), Catch::StartsWith("failed timeout: timed out after"));
  }
  SECTION("busy when a cancel comes") {
    world.start(StepUnderTest::lua("sleep('1ms')\nlog('ready')\nwhile true do end"));
    world.run_until_heard("ready");
    world.attempt->stop(core::StopWhy::cancel);
    world.finish();
    CHECK(world.outcome() == "cancelled");
  }
  SECTION("busy from the first slice on") {
    world.start(StepUnderTest::lua("log('ready')\nwhile true do end"));
    world.run_until_heard("ready");
    world.attempt->stop(core::StopWhy::cancel);
    world.finish();
    CHECK(world.outcome() == "cancelled");
  }
  SECTION("busy and forgotten") {
    world.start(StepUnderTest::lua("log('ready')\nwhile true do end"));
    world.run_until_heard("ready");
    world.attempt.reset();
  }
  SECTION("with its to-be-closed variables run") {
    world.start(StepUnderTest::lua(
        "local x <close> = setmetatable({}, {__close = function() fs.write('closed', '') end})\n"
        "log('ready')\nsleep('1h')"));
    world.run_until_heard("ready");
    world.loop.run_until([turns = 0]() mutable { return ++turns > 3; });
    world.attempt->stop(core::StopWhy::cancel);
    world.finish();
    CHECK(std::filesystem::exists(world.folder.file("closed")));
  }
  SECTION("by its destruction") {
    world.start(StepUnderTest::lua("shell('echo $$ >&2; exec sleep 1000')"));
    world.run_until_heard("\n");
    world.attempt.reset();
    CHECK(live_members(std::stoi(world.heard.err)).empty());
  }
}

TEST_CASE("a thousand scripts at once need two threads", "[lua]") {
  AttemptWorld world;
  world.job.plan = StepUnderTest::lua("sleep('5ms')\nreturn 1").make();
  std::vector<std::unique_ptr<Attempt>> attempts;
  for (int i = 0; i < 1000; ++i) {
    attempts.push_back(start_attempt(world.job, world.heard, world.services));
  }
  world.loop.run_until([&] { return world.heard.ends == 1000; });
  CHECK(world.outcome() == "succeeded 1");
}

#include <thread>

#include "run.hpp"

namespace pawl::scripting {
namespace {

/// A script that waits, with all that it borrows.
struct Waiting {
  RecordingHost host;
  Script script{{}, {}, all_functions(), &host};

  std::string start(std::string_view text) { return show(script.start(a_block(text))); }
  std::string answer(const char* json) { return show(script.resume(JsonText{json})); }
  std::string refuse(const char* why) { return show(script.resume(Problem{why, ""})); }
};

TEST_CASE("an await leaves the script and goes on with the answer", "[await]") {
  Waiting w;
  CHECK(w.start("local a = shell('ls', {cwd = '/'})\nlocal b = sleep('1s')\nreturn {a.out, b}") ==
        R"(await shell["ls",{"cwd":"/"}])");
  CHECK(w.answer(R"({"out":"x"})") == R"(await sleep["1s"])");
  CHECK(w.answer("null") == R"(["x",null])");
}

TEST_CASE("a problem as an answer is an error at the call", "[await]") {
  SECTION("that ends the script") {
    Waiting w;
    w.start("\n\nshell('false')");
    CHECK(w.refuse("exit code 1") == "f.yaml:12: shell: exit code 1");
  }
  SECTION("or is caught") {
    Waiting w;
    w.start("local ok, why = pcall(shell, 'false') return why");
    CHECK(w.refuse("exit code 1") == "\"f.yaml:10: shell: exit code 1\"");
  }
}

TEST_CASE("awaits work under pcall, in metamethods and in iterators", "[await]") {
  SECTION("pcall") {
    Waiting w;
    CHECK(w.start("return pcall(pcall, function() return shell('a') + shell('b') end)") ==
          R"(await shell["a"])");
    CHECK(w.answer("1") == R"(await shell["b"])");
    CHECK(w.answer("2") == "true");
  }
  SECTION("an error after the wait is still caught") {
    Waiting w;
    w.start("local ok, why = pcall(function() shell('a') error('x') end) return why");
    CHECK(w.answer("1") == "\"f.yaml:10: x\"");
  }
  SECTION("xpcall calls its handler after the wait") {
    Waiting w;
    w.start(
        "local ok, why = xpcall(function() shell('a') error('x', 0) end, "
        "function(m) return m .. '!' end) return why");
    CHECK(w.answer("1") == "\"x!\"");
  }
  SECTION("metamethod") {
    Waiting w;
    w.start(
        "local t = setmetatable({}, {__index = function(_, k) return shell(k) end}) "
        "return t.a .. t.b");
    CHECK(w.answer("\"x\"") == R"(await shell["b"])");
    CHECK(w.answer("\"y\"") == "\"xy\"");
  }
  SECTION("iterator of a for loop") {
    Waiting w;
    w.start(
        "local sum = 0 for x in function() return shell('n') end do "
        "if x == 0 then break end sum = sum + x end return sum");
    CHECK(w.answer("4") == R"(await shell["n"])");
    CHECK(w.answer("5") == R"(await shell["n"])");
    CHECK(w.answer("0") == "9");
  }
}

TEST_CASE("an await inside a callback of C is refused with the way out", "[await]") {
  const std::string why =
      "sleep cannot wait inside a function that another one calls back (string.gsub, table.sort, "
      "list.map, a __close and the like); call it before and keep the result";
  CHECK(run("return ('a'):gsub('a', function() sleep('1s') end)") == "f.yaml:10: " + why);
  CHECK(run("table.sort({1, 2}, function() sleep('1s') end)") == "f.yaml:10: " + why);
  CHECK(run("list.map({1}, function() sleep('1s') end)") == "f.yaml:10: " + why);
  CHECK(run("do local x <close> = setmetatable({}, {__close = function() sleep('1s') end}) end")
            .starts_with("await sleep"));
}

TEST_CASE("memo asks once, stores once, and gives later attempts the same value", "[await]") {
  const char* text = "return memo('key', function() return {n = 1 + shell('count')} end)";
  SECTION("first attempt") {
    Waiting w;
    CHECK(w.start(text) == R"(await memo_get["key"])");
    CHECK(w.answer("[]") == R"(await shell["count"])");
    CHECK(w.answer("2") == R"(await memo_set["key",{"n":3}])");
    CHECK(w.answer("null") == R"({"n":3})");
  }
  SECTION("later attempt") {
    Waiting w;
    w.start(text);
    CHECK(w.answer(R"([{"n":3}])") == R"({"n":3})");
  }
  SECTION("null is a value too") {
    Waiting w;
    w.start(text);
    CHECK(w.answer("[null]") == "null");
  }
  SECTION("not stored") {
    Waiting w;
    w.start("return memo('key', function() return 1 end)");
    w.answer("[]");
    CHECK(w.refuse("the run has moved on") == "f.yaml:10: memo: the run has moved on");
  }
}

TEST_CASE("cancelling a waiting script runs its to-be-closed variables", "[await]") {
  Waiting w;
  CHECK(w.start("local x <close> = setmetatable({}, {__close = function() log('closed') end})\n"
                "pcall(function() local y <close> = setmetatable({}, {__close = function() "
                "log('inner') end}) sleep('1h') end)") == R"(await sleep["1h"])");
  w.script.cancel();
  CHECK(w.host.calls == std::vector<std::string>{R"(log["inner"])", R"(log["closed"])"});
}

TEST_CASE("cancelling ends even where the closing does not", "[await]") {
  RecordingHost host;
  Caps caps;
  caps.cpu = std::chrono::milliseconds(30);
  Script script(caps, {}, all_functions(), &host);
  script.start(
      a_block("local x <close> = setmetatable({}, {__close = function() "
              "while true do pcall(error) end end}) sleep('1h')"));
  script.cancel();
  CHECK(host.calls.empty());
}

TEST_CASE("a decision while closing, an error while deciding: the first decision counts",
          "[await]") {
  CHECK(run("local x <close> = setmetatable({}, {__close = function() error('late') end}) "
            "fail('first')") == R"(fail "first")");
  CHECK(run("local x <close> = setmetatable({}, {__close = function() skip('late') end}) "
            "fail('first')") == R"(fail "first")");
}

TEST_CASE("a script may be dropped while it waits", "[await]") {
  for (int i = 0; i < 100; ++i) {
    Waiting w;
    CHECK(w.start("local t = {} for i = 1, 100 do t[i] = {} end sleep('1h') return t") ==
          R"(await sleep["1h"])");
  }
}

TEST_CASE("a waiting script may go on in another thread", "[await]") {
  Waiting w;
  w.start("local sum = 0 for i = 1, 5 do sum = sum + shell(i) end return sum");
  std::string last;
  for (int i = 1; i <= 5; ++i) {
    std::thread([&] { last = w.answer("10"); }).join();
  }
  CHECK(last == "50");
}

TEST_CASE("the CPU cap counts all stretches between waits together", "[await]") {
  RecordingHost host;
  Caps caps;
  caps.cpu = std::chrono::milliseconds(40);
  Script script(caps, {}, all_functions(), &host);
  Step step = script.start(a_block("while true do for i = 1, 100000 do end sleep('1s') end"));
  int waits = 0;
  for (; step.await && waits < 100'000; ++waits) step = script.resume(JsonText{});
  CHECK(show(step) ==
        "cpu: f.yaml:10: the script used more CPU time than its cap of 0.0s; is "
        "there an endless loop?");
  CHECK(waits > 0);
}

}  // namespace
}  // namespace pawl::scripting

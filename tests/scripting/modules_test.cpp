#include "run.hpp"

using namespace pawl::scripting;

namespace {

/// A block in "f.yaml" from line 10 on, with these modules: names and texts.
Chunk with_modules(std::string_view text,
                   const std::vector<std::pair<std::string, std::string>>& modules) {
  Chunk chunk = a_block(text);
  for (const auto& [name, lua] : modules) {
    std::string file = name + ".lua";
    if (const auto dot = file.find('.'); dot != file.rfind('.')) file[dot] = '/';
    chunk.modules.push_back({name, file, lua});
  }
  return chunk;
}

std::string run_with(std::string_view text,
                     const std::vector<std::pair<std::string, std::string>>& modules,
                     const Caps& caps = {}) {
  RecordingHost host;
  Script script(caps, {{{"inputs", {R"({"day":"monday"})"}}}, {}, {}}, all_functions(), &host);
  const Step step = script.start(with_modules(text, modules));
  std::string shown = show(step);
  for (const std::string& call : host.calls) shown += " | " + call;
  if (step.error) shown += "\n" + step.error->traceback;
  return shown;
}

}  // namespace

TEST_CASE("require gives what the module returns", "[scripting][modules]") {
  CHECK(run_with("return require('lib.clean').row('x')",
                 {{"lib.clean", "return {row = function(t) return t .. '!' end}"}}) == R"("x!")");
  CHECK(run_with("return require 'nothing'", {{"nothing", "local x = 1"}}) == "true");
}

TEST_CASE("a module is loaded once, whoever requires it", "[scripting][modules]") {
  CHECK(run_with("require 'a' require 'b' return require 'a' == require 'b'.a",
                 {{"a", "log('a') return {}"}, {"b", "log('b') return {a = require 'a'}"}}) ==
        R"(true | log["a"] | log["b"])");
}

TEST_CASE("a module sees what the script sees, and may wait as it may", "[scripting][modules]") {
  CHECK(run_with("return require 'm'", {{"m", "return inputs.day"}}) == R"("monday")");
  CHECK(run_with("return require 'm'", {{"m", "return sleep('1s')"}}) == R"(await sleep["1s"])");
  RecordingHost host;
  Script script({}, {}, all_functions(), &host);
  const auto modules = std::vector<std::pair<std::string, std::string>>{
      {"m", "local got = sleep('1s') return {got = got}"}};
  CHECK(script.start(with_modules("return require('m').got", modules)).await);
  CHECK(show(script.resume(pawl::JsonText{"7"})) == "7");
}

TEST_CASE("an error in a module names its file and line, and who called it",
          "[scripting][modules]") {
  const std::string shown =
      run_with("local m = require 'lib.m'\nm.go()", {{"lib.m",
                                                      "local m = {}\nfunction m.go()\n"
                                                      "  error('no rows')\nend\nreturn m"}});
  CHECK(shown ==
        "lib/m.lua:3: no rows\nlib/m.lua:3: in function 'go'\n"
        "f.yaml:11: in the script\n");
  CHECK(run_with("require 'm'", {{"m", "local x = nil\nreturn x.y"}}) ==
        "m.lua:2: attempt to index a nil value (local 'x')\nm.lua:2: in the module\n"
        "f.yaml:10: in the script\n");
}

TEST_CASE("modules that load each other are an error with their chain", "[scripting][modules]") {
  const auto modules = std::vector<std::pair<std::string, std::string>>{
      {"a", "return require 'b'"}, {"b", "return require 'c'"}, {"c", "return require 'a'"}};
  CHECK_THAT(run_with("require 'a'", modules),
             Catch::Contains("c.lua:1: require: modules load each other: a → b → c → a"));
  // A failed load leaves nothing behind.
  CHECK_THAT(run_with("pcall(require, 'a') require 'a'", modules), Catch::Contains("a → b → c"));
}

TEST_CASE("modules share the caps of the script", "[scripting][modules]") {
  Caps little;
  little.cpu = std::chrono::milliseconds{20};
  CHECK_THAT(run_with("require 'm'", {{"m", "while true do end"}}, little),
             Catch::StartsWith("cpu: m.lua:1: the script used more CPU time"));
  little = {};
  little.memory_bytes = std::size_t{1} << 20;
  CHECK_THAT(run_with("require 'm'", {{"m", "return string.rep('x', 9000000)"}}, little),
             Catch::Contains("memory"));
}

TEST_CASE("there is no other module than the given ones", "[scripting][modules]") {
  CHECK_THAT(run_with("require 'io'", {{"m", ""}}),
             Catch::Contains("require: there is no module 'io' (there are: m)"));
  CHECK_THAT(run("require 'm'"), Catch::Contains("'require' is not defined here"));
  CHECK_THAT(run_with("return package", {{"m", ""}}), Catch::Contains("'package' is not defined"));
}

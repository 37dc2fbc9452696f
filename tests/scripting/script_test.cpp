#include "run.hpp"

namespace pawl::scripting {
namespace {

Scope a_scope() {
  Scope scope;
  scope.values["inputs"] = JsonText{R"({"day":"2026-11-21","rows":3,"tags":[],"none":null})"};
  scope.values["env"] = JsonText{R"({"REGION":"eu"})"};
  scope.steps["fetch"] =
      JsonText{R"({"state":"succeeded","output":{"count":2,"rows":[1,2]},"error":null})"};
  scope.steps["later"] = JsonText{"null"};
  scope.now = *from_rfc3339("2026-11-21T01:57:06.123Z");
  return scope;
}

TEST_CASE("an expression gives its value as JSON", "[script]") {
  const Scope scope = a_scope();
  CHECK(eval("1 + 2") == "3");
  CHECK(eval("7 / 2") == "3.5");
  CHECK(eval("4 / 2") == "2.0");
  CHECK(eval("'a' .. \"b\"") == "\"ab\"");
  CHECK(eval("nil") == "null");
  CHECK(eval("null") == "null");
  CHECK(eval("{}") == "{}");
  CHECK(eval("list{}") == "[]");
  CHECK(eval("{1, 2, {b = true, a = null}}") == R"([1,2,{"a":null,"b":true}])");
  CHECK(eval("inputs.rows * 2 -- comment", scope) == "6");
  CHECK(eval("inputs", scope) == R"({"day":"2026-11-21","none":null,"rows":3,"tags":[]})");
  CHECK(eval("steps.fetch.output.rows[2]", scope) == "2");
  CHECK(eval("steps['fetch'].state == 'succeeded'", scope) == "true");
  CHECK(eval("inputs.none == null", scope) == "true");
  CHECK(eval("steps.fetch.error == null", scope) == "true");
  CHECK(eval("9223372036854775807") == "9223372036854775807");
}

TEST_CASE("reading what is not there names the path and what there is", "[script]") {
  const Scope scope = a_scope();
  CHECK(eval("steps.fetch.output.files", scope) ==
        "error: f.yaml:3: steps.fetch.output.files: output has no field 'files' "
        "(it has: count, rows)");
  CHECK(eval("steps.fetch.output.row", scope) ==
        "error: f.yaml:3: steps.fetch.output.row: output has no field 'row' "
        "(it has: count, rows); did you mean 'rows'?");
  CHECK(eval("steps.fetsh.output", scope) ==
        "error: f.yaml:3: steps.fetsh: there is no step 'fetsh' here (there are: fetch, later); "
        "did you mean 'fetch'?");
  CHECK(eval("foo", scope) ==
        "error: f.yaml:3: 'foo' is not defined here (in scope: env, inputs, steps)");
  CHECK(eval("input.day", scope) ==
        "error: f.yaml:3: 'input' is not defined here (in scope: env, inputs, steps); "
        "did you mean 'inputs'?");
  CHECK(eval("inputs.tags.size", scope) ==
        "error: f.yaml:3: inputs.tags.size: tags is a list of 0, it has no field 'size'; items "
        "are read as [1]");
  CHECK(eval("steps.later == nil", scope) == "true");
  CHECK(eval("inputs.none.x", scope) == "error: f.yaml:3: inputs.none is null, it has no fields");
  CHECK(eval("steps.fetch.error.message", scope) ==
        "error: f.yaml:3: steps.fetch.error is null, it has no fields");
  CHECK(eval("inputs[('x'):rep(1000000)]", scope).size() < 300);
  CHECK(eval("rawget(inputs, 'x')", scope) == "null");
  CHECK(eval("contains(inputs, 'x')", scope) == "false");
}

TEST_CASE("messages and tracebacks name the file and its lines", "[script]") {
  Script script({}, {}, {}, nullptr);
  const Step step =
      script.start(a_block("local function inner(x)\n"
                           "  return x.y.z\n"
                           "end\n"
                           "local function outer()\n"
                           "  local r = inner({})\n"
                           "  return r\n"
                           "end\n"
                           "local a = outer()\n"
                           "return a\n"));
  REQUIRE(step.error.has_value());
  CHECK(step.error->message == "f.yaml:11: attempt to index a nil value (field 'y')");
  CHECK(
      step.error->traceback ==
      "f.yaml:11: in function 'inner'\nf.yaml:14: in function 'outer'\nf.yaml:17: in the script\n");
}

TEST_CASE("syntax errors name the line in the file", "[script]") {
  CHECK(run("local a = 1\nreturn a +") == "f.yaml:11: unexpected symbol near the end");
  CHECK(run("if x then\n") == "f.yaml:11: 'end' expected (to close 'if' at line 10) near the end");
}

TEST_CASE("errors keep their text through pcall and error objects show their message", "[script]") {
  CHECK(run("local ok, why = pcall(error, 'x') return why") == "\"f.yaml:10: x\"");
  CHECK(run("local ok, why = pcall(function() error('x') end) return why") == "\"f.yaml:10: x\"");
  CHECK(run("local ok, why = pcall(function() error('x', 0) end) return why") == "\"x\"");
  CHECK(run("local ok, why = pcall(function() local a = nil; return a.b end) return why") ==
        "\"f.yaml:10: attempt to index a nil value (local 'a')\"");
  CHECK(run("\nerror({message = 'broken', code = 3})") == "f.yaml:10: broken");
  CHECK(run("error({code = 3})") == "f.yaml:10: error value {\"code\":3}");
  CHECK(run("error('plain')") == "f.yaml:10: plain");
  CHECK(run("return xpcall(function() error('x') end, function(m) return m .. '!' end)") ==
        "false");
}

TEST_CASE("a result that is no JSON is an error that says where", "[script]") {
  CHECK(run("return {a = {1, print}}") ==
        "f.yaml:10: the result.a[2]: a function cannot be written as JSON");
  CHECK(run("return 0/0") ==
        "f.yaml:10: the result: a number that is not one (nan) cannot be written as JSON");
  CHECK(run("return {1, nil, 3}") ==
        "f.yaml:10: the result: a list with holes cannot be written as JSON: item 2 is missing, "
        "item 3 is there; put null in its place");
  CHECK(run("return {1, a = 2}") ==
        "f.yaml:10: the result: a list with the name 'a' cannot be written as JSON; it must be a "
        "list or an object");
  CHECK(run("return '\\xff'") ==
        "f.yaml:10: the result: byte 1 of the text is not valid UTF-8; encode it, as base64 for "
        "example");
  CHECK(run("local t = {} t.t = t return t") ==
        "f.yaml:10: the result.t.t.t: nested deeper than 200 levels, or it contains itself");
}

TEST_CASE("calls reach the host in order and a problem is an error at the call", "[script]") {
  RecordingHost host;
  Script script({}, {}, all_functions(), &host);
  const Step step =
      script.start(a_block("progress(0.5, 'half') log('a', {1}, null, print)\n"
                           "local ok, why = pcall(progress, 'refused')\n"
                           "return {why, checkpoint({n = 1}).due, step.remaining().due}"));
  CHECK(show(step) == R"(["f.yaml:11: progress: not possible; try another word",true,true])");
  CHECK(host.calls == std::vector<std::string>{
                          R"(progress[0.5,"half"])", R"(log["a",[1],null,"function"])",
                          R"(progress["refused"])", R"(checkpoint[{"n":1}])", "step.remaining[]"});
}

TEST_CASE("a decision ends the script whatever surrounds it", "[script]") {
  CHECK(run("fail('why')") == R"(fail "why")");
  CHECK(run("skip()") == "skip null");
  CHECK(run("pcall(function() retry{delay = '5s'} end) return 1") == R"(retry {"delay":"5s"})");
  CHECK(run("xpcall(function() ignore({1}) end, function() return 2 end) return 1") ==
        "ignore [1]");
  CHECK(run("while true do pcall(pcall, pause, 'x') end") == R"(pause "x")");
}

TEST_CASE("error and checkpoint are values and functions at once", "[script]") {
  Scope scope;
  scope.values["error"] = JsonText{R"({"kind":"exit","message":"no"})"};
  scope.values["checkpoint"] = JsonText{"null"};
  CHECK(run("return error.message", scope) == "\"no\"");
  CHECK(run("\nerror('mine')", scope) == "f.yaml:11: mine");
  CHECK(run("checkpoint(1) return (checkpoint or 5) + 1", scope) == "6");
  scope.values["error"] = JsonText{"null"};
  CHECK(run("if error ~= null then return 1 end error('mine')", scope) == "f.yaml:10: mine");
  scope.values["checkpoint"] = JsonText{"41"};
  CHECK(run("checkpoint(2) return checkpoint + 1", scope) == "42");
  scope.values["checkpoint"] = JsonText{R"({"at":3})"};
  CHECK(run("checkpoint(2) return checkpoint.at", scope) == "3");
  scope.values["checkpoint"] = JsonText{"\"abc\""};
  CHECK(run("checkpoint(2) return checkpoint:upper()", scope) == "\"ABC\"");
  CHECK(run("local a = null a()") ==
        "f.yaml:10: 'a' is nothing (nil or null), it cannot be called");
}

TEST_CASE("a hook's changes of a global can be read after it", "[script]") {
  Script script({}, a_scope(), {}, nullptr);
  CHECK(show(script.start(a_block("env.NEW = 'x'"))) == "null");
  CHECK(script.global("env").value().text == R"({"NEW":"x","REGION":"eu"})");
  CHECK(script.global("inputs").value().text == a_scope().values["inputs"].text);
  CHECK(script.global("other").value().text == "null");
}

TEST_CASE("values become text inside a longer text", "[script]") {
  const auto text = [](const char* json) { return template_text(JsonText{json}); };
  CHECK(text("null").empty());
  CHECK(text("\"a\\n\\u00e4\\ud83d\\ude00\\\"\"") == "a\nä😀\"");
  CHECK(text("2.0") == "2");
  CHECK(text("-2.5") == "-2.5");
  CHECK(text("true") == "true");
  CHECK(text("[1,2.0]") == "[1,2.0]");
}

}  // namespace
}  // namespace pawl::scripting

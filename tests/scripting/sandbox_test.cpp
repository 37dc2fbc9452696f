#include "run.hpp"

namespace pawl::scripting {
namespace {

using std::chrono::milliseconds;

Caps small_caps() {
  Caps caps;
  caps.memory_bytes = std::size_t{16} << 20;
  caps.cpu = milliseconds(50);
  return caps;
}

std::string kind_of(std::string_view text, const Caps& caps = small_caps()) {
  const std::string shown = run(text, {}, caps);
  return shown.substr(0, shown.find(':'));
}

TEST_CASE("memory beyond the cap ends the script, whatever it catches", "[sandbox]") {
  Caps patient = small_caps();
  patient.memory_bytes = std::size_t{1} << 20;
  patient.cpu = std::chrono::seconds(20);
  CHECK(run("\nreturn ('x'):rep(10 * 1000 * 1000 * 1000)") ==
        "memory: f.yaml:11: the script needs more memory than its cap of 64 MiB");
  for (const char* text : {
           "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
           "while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end",
           "local s = 'x' while true do s = s .. s end",
           "local s = 'x' while true do s = s:gsub('.', '%0%0%0%0') end",
           "local s = 'x' while true do s = str.replace(s, 'x', 'xxxx') end",
           "local s = 'x' while true do s = regex.replace(s, 'x', 'xxxx') end",
           "local s = 'x' while true do s = table.concat({s, s, s, s}) end",
           "local s = 'x' while true do s = str.join({s, s, s, s}) end",
           "local s = 'x' while true do s = json.encode({s, s, s, s}) end",
           "local s = 'x' while true do s = hash.base64_encode(s .. s) end",
           "local s = 'x' while true do s = hash.url_encode(s .. '%%%') end",
           "local s = 'x' while true do s = string.format('%s%s%s', s, s, s) end",
           "local s = 'x' while true do s = string.pack('s4s4s4', s, s, s) end",
           "return str.pad('x', 1 << 40)",
           "return list.range(1, 1 << 40)",
           "local t = {} for i = 1, 1 << 40 do t[i] = i end",
           "local t = 'x' return {t:rep(3000000), t:rep(3000001), t:rep(3000002)}",
           "return string.rep('', 10, ('x'):rep(1000000))",
       }) {
    INFO(text);
    CHECK(kind_of(text, patient) == "memory");
  }
}

TEST_CASE("an endless loop ends by its CPU time, whatever it catches", "[sandbox]") {
  CHECK(run("\nwhile true do end", {}, small_caps()) ==
        "cpu: f.yaml:11: the script used more CPU time than its cap of 0.1s; is there an endless "
        "loop?");
  for (const char* text : {
           "while true do pcall(function() while true do end end) end",
           "while true do xpcall(function() while true do end end, function() end) end",
           "local function f() pcall(f) f() end f()",
           "local function h() while true do end end xpcall(error, h)",
           "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) "
           "while true do pcall(function() return t[1] end) end",
           "local x <close> = setmetatable({}, {__close = function() while true do end end})",
           "for i = 1, 100 do local x <close> = setmetatable({}, {__close = function() "
           "while true do end end}) end",
           "local t = setmetatable({}, {__close = function() while true do end end}) "
           "local a <close> = nil local b <close> = t error('x')",
           "goto top ::top:: goto top",
           "repeat local x <const> = 1 until false",
       }) {
    INFO(text);
    CHECK(kind_of(text) == "cpu");
  }
}

TEST_CASE("no single C function runs unbounded", "[sandbox]") {
  for (
      const char* text : {
          "return ('a'):rep(3000):find('.-.-.-.-b')",
          "return ('a'):rep(100):match(('a?'):rep(60) .. ('a'):rep(60) .. 'b')",
          "return ('a'):rep(3000):gsub('(.*)(.*)(.*)(.*)b', '')",
          "for _ in ('a'):rep(3000):gmatch('.-.-.-.-b') do end",
          "local s = ('('):rep(200000) while true do s:match('%b()') end",
          "local s = ('a'):rep(1000000) while true do s:find('aaaaaaab', 1, true) end",
          "local s = ('a'):rep(1000000) while true do s:upper() end",
          "local s = ('a'):rep(1000000) while true do s:byte(1) end",
          "local s = ('a'):rep(1000000) while true do utf8.len(s) end",
          "local s = ('a'):rep(1000000) while true do hash.sha256(s) end",
          "local s = ('a'):rep(1000000) local t = {s} while true do json.encode(t) end",
          "local s = json.encode(list.range(10000)) while true do json.decode(s) end",
          "local s = ('a'):rep(200000) while true do regex.find(s, '(a*)*b') end",
          "while true do regex.find('', '(((a{30}){30}){5})') end",
          "local s = ('a,'):rep(10000) while true do str.split(s, ',') end",
          "local s, p = ('a'):rep(1000000), ('a'):rep(5000) .. 'b' while true do "
          "contains(s, p) end",
          "table.move({}, 1, 90000000, 2, {}) while true do table.move({}, 1, 90000000, 2, {}) end",
          "local t = list.range(200000) while true do table.insert(t, 1, 1) table.remove(t, 1) end",
          "local t = list.range(100000) while true do table.sort(t) end",
          "local t = list.range(1000) while true do table.sort(t, function() return true end) end",
          "local t = list.range(100000) while true do list.contains(t, 0) end",
          "local s = ('x'):rep(1500000) local u = s:sub(1, -2) .. 'x' "
          "while true do local _ = s == u end",
          "local s = ('x'):rep(1500000) while true do local _ = s < s .. 'y' end",
          "local t = {} for i = 1, 200000 do t[i] = 1 end for i = 1, 200000 do t[i] = nil end "
          "while true do next(t) end",
          "while true do string.format('%99.99f', 1e300) end",
          "while true do select('#', table.unpack(list.range(90000))) end",
      }) {
    INFO(text);
    CHECK(kind_of(text) == "cpu");
  }
  CHECK(run("return table.concat(setmetatable({}, {__index = table.concat}), '', 1, 1 << 60)")
            .starts_with("f.yaml:10: concat: item 1 is a nil"));
  CHECK(run("table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)") ==
        "null");
  CHECK(run("table.move({}, 1, 1 << 60, 2, {})") == "f.yaml:10: move: too many items");
  CHECK(run("return string.format('%1000d', 1)").starts_with("f.yaml:10: invalid conversion"));
  CHECK(run("return table.unpack({}, 1, 1 << 40)") ==
        "f.yaml:10: unpack: more than 100,000 results");
}

TEST_CASE("deep nesting of any kind is an error, never a crash", "[sandbox]") {
  const auto fails = [](std::string_view text, std::string_view words) {
    const std::string shown = run(text);
    INFO(text);
    INFO(shown);
    CHECK(shown.find(words) != std::string::npos);
  };
  fails("local function f() local a, b, c, d = 1, 2, 3, 4 return a + f() end return f()",
        "stack overflow");
  fails("local function f() return pcall(f) end f() return 'alive'", "alive");
  fails("local function f() local ok, why = pcall(f) return why end return f()", "overflow");
  fails(
      "local t = setmetatable({}, {__tostring = function(t) return tostring(t) end}) "
      "return tostring(t)",
      "overflow");
  fails("local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x", "loop");
  fails("local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x",
        "overflow");
  fails("return json.decode(('['):rep(100000))", "nested deeper than 200 levels");
  fails("local t = {} for i = 1, 1000 do t = {t} end return json.encode(t)",
        "nested deeper than 200 levels");
  fails("return ('x'):rep(1000):match(('(x'):rep(500))", "too");
  fails("return ('x'):gsub('x', function(s) return s:gsub('x', error) end)", "x");
  fails("local function f(s) return s:gsub('.', f) end return f('x')", "overflow");
  fails("local function f() return table.sort({1, 2}, f) end f()", "overflow");
  fails("return xpcall(error, function() error() end)", "false");
  fails("local function h(m) error(m) end local ok, why = xpcall(error, h, 'x') return ok",
        "false");
  fails("return regex.test('x', ('(?:'):rep(5000))", "nested too deeply");
}

TEST_CASE("what reaches out of the sandbox does not exist", "[sandbox]") {
  for (const char* name : {"load", "loadstring", "loadfile", "dofile", "require", "collectgarbage",
                           "io", "os", "debug", "package", "coroutine", "_G", "_VERSION",
                           "newproxy", "getfenv", "setfenv", "arg", "module", "warn"}) {
    INFO(name);
    CHECK(run(std::string("return ") + name).find("is not defined here") != std::string::npos);
  }
  CHECK(run("return string.dump") == "null");
  CHECK(run("return math.random") == "null");
  CHECK(run("return getmetatable('')") == "false");
  CHECK(run("return getmetatable(_ENV)") == "false");
  CHECK(run("return getmetatable(inputs)", {{{"inputs", JsonText{"{}"}}}, {}, {}}) == "false");
  CHECK(run("return getmetatable(list{})") == "false");
  CHECK(run("return getmetatable(steps)", {{}, {{"a", JsonText{"{}"}}}, {}}) == "false");
  CHECK(run("setmetatable(_ENV, {})") == "f.yaml:10: cannot change a protected metatable");
  CHECK(run("setmetatable({}, {__gc = function() end})") ==
        "f.yaml:10: finalizers (__gc) are not available");
  CHECK(run("local m = {} local t = setmetatable({}, m) m.__gc = function() log('out') end t = nil "
            "return 1") == "1");
  CHECK(run("return tostring({}) .. tostring(print) .. tostring(null)") == "\"tablefunctionnull\"");
  CHECK(run("return ('%s'):format({})") == "\"table\"");
  CHECK(run("return ('%p'):format({})").find("not available") != std::string::npos);
  CHECK(run("local _ENV = {} return x") == "null");
  CHECK(run("local _ENV <const> = {a = 1} return a") == "1");
}

TEST_CASE("bytecode is refused", "[sandbox]") {
  CHECK(run(std::string("\x1bLua\x54\x00\x19\x93", 8)).starts_with("f.yaml:10: "));
  CHECK(run(std::string("\x1bLua\x54\x00\x19\x93", 8)).find("binary") != std::string::npos);
}

TEST_CASE("what one script breaks, the next one does not see", "[sandbox]") {
  CHECK(run("string.upper = nil str.trim = nil rawset(math, 'floor', nil) json = 1 "
            "rawset(_ENV, 'pcall', nil) table.insert = error return 1") == "1");
  CHECK(run("string.upper = function() return 'mine' end return ('a'):upper()") == "\"mine\"");
  CHECK(run("return ('a'):upper() .. str.trim(' b ') .. math.floor(1.5) .. json.encode{} .. "
            "tostring(pcall(table.insert, {}, 1))") == "\"Ab1{}true\"");
}

TEST_CASE("a tiny memory cap is an error, never a crash", "[sandbox]") {
  for (std::size_t bytes = 0; bytes < 40'000; bytes += 97) {
    Caps caps;
    caps.memory_bytes = bytes;
    const std::string shown =
        run("local t = json.decode('[1,2]') return {#t, str.trim(' a '), inputs.a}",
            {{{"inputs", JsonText{R"({"a":[1,2,3]})"}}}, {}, {}}, caps);
    INFO(bytes);
    CHECK((shown == R"([2,"a",[1,2,3]])" || shown.starts_with("memory: ")));
  }
}

TEST_CASE("thousands of scripts leave nothing behind", "[sandbox]") {
  for (int i = 0; i < 3000; ++i) {
    switch (i % 4) {
      case 0:
        CHECK(run("return 1") == "1");
        break;
      case 1:
        CHECK(run("error{}") == "f.yaml:10: error value {}");
        break;
      case 2:
        CHECK(run("fail('x')") == "fail \"x\"");
        break;
      default:
        CHECK(run("sleep('1s')") == R"(await sleep["1s"])");
    }
  }
}

}  // namespace
}  // namespace pawl::scripting

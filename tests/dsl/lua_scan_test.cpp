#include "dsl/lua_scan.hpp"

#include <catch2/catch.hpp>

#include "dsl/lua_token.hpp"

namespace pawl::dsl {
namespace {

/// "text|<code>|text": the pieces of a scalar; mistakes as "rule@offset+length".
std::string split(std::string_view scalar) {
  const SplitText result = split_template(scalar);
  std::string shown;
  for (const TextPiece& piece : result.pieces) {
    if (!shown.empty()) shown += '|';
    shown += piece.is_code ? "<" + piece.text + ">" : piece.text;
    // An offset is where the text stands, whatever was left out.
    CHECK(scalar.substr(piece.offset, piece.text.size()) == piece.text);
  }
  for (const TextMistake& m : result.mistakes)
    shown += " !" + m.rule + "@" + std::to_string(m.offset) + "+" + std::to_string(m.length);
  return shown;
}

std::string show(std::string_view lua, const std::vector<Use>& uses) {
  std::string shown;
  for (const Use& use : uses) {
    if (!shown.empty()) shown += ' ';
    shown += use.name;
    for (const UseField& field : use.fields) {
      shown += field.is_position ? "[" + field.name + "]" : "." + field.name;
    }
    const std::string_view written = lua.substr(use.offset, use.length);
    if (written.find('\\') == std::string_view::npos)
      CHECK(written.find(use.name) != std::string_view::npos);
  }
  return shown;
}
std::string steps(std::string_view lua) {
  const LuaUses uses = scan_uses(lua);
  return show(lua, uses.steps) + (uses.dynamic_steps ? " dynamic" : "");
}
std::string globals(std::string_view lua) { return show(lua, scan_uses(lua).globals); }

/// What is said about `lua`: "message -> fix" of each mistake.
std::string said(std::string_view lua, bool expression = true) {
  std::string shown;
  for (const TextMistake& m : check_lua(lua, expression)) {
    if (!shown.empty()) shown += "; ";
    shown += m.message;
    if (!m.fix.empty()) shown += " -> " + m.fix;
  }
  return shown;
}
/// The text under the first mistake.
std::string marked(std::string_view lua, bool expression = true) {
  const auto mistakes = check_lua(lua, expression);
  return mistakes.empty() ? "" : std::string(lua.substr(mistakes[0].offset, mistakes[0].length));
}

TEST_CASE("a scalar is split into text and expressions", "[dsl][lua]") {
  CHECK(split("plain $HOME ${x} {{y}}") == "plain $HOME ${x} {{y}}");
  CHECK(split("a ${{ inputs.day }} b${{env.X}}") == "a |<inputs.day>| b|<env.X>");
  CHECK(split("") == "");
}

TEST_CASE("one expression with only blanks around it is the whole scalar", "[dsl][lua]") {
  CHECK(split_template("${{ inputs.n }}").whole);
  CHECK(split_template("  ${{ inputs.n }}\n").whole);
  CHECK(split("  ${{ inputs.n }}\n") == "<inputs.n>");
  CHECK_FALSE(split_template("${{ inputs.n }}${{ inputs.n }}").whole);
  CHECK_FALSE(split_template("n=${{ inputs.n }}").whole);
  CHECK_FALSE(split_template("text").whole);
}

TEST_CASE("the end of an expression is found as Lua reads it", "[dsl][lua]") {
  CHECK(split("${{ {a={b={}}} }}!") == "<{a={b={}}}>|!");
  CHECK(split("${{{}}}") == "<{}>");
  CHECK(split("${{ \"}}\" .. '}}' }}") == "<\"}}\" .. '}}'>");
  CHECK(split("${{ [[ }} ]] .. [==[ ]] }} ]==] }}x") == "<[[ }} ]] .. [==[ ]] }} ]==]>|x");
  CHECK(split("${{ 1 --[[ }} ]] }}") == "<1 --[[ }} ]]>");
  CHECK(split("${{ 1 -- }}\n + 2 }}") == "<1 -- }}\n + 2>");
  CHECK(split(R"(${{ "\"}}" }})") == R"(<"\"}}">)");
}

TEST_CASE("a doubled dollar makes the braces plain text", "[dsl][lua]") {
  CHECK(split("a $${{ b }} c") == "a |${{ b }} c");
  CHECK(split("$$${{ x }}") == "$|${{ x }}");
  CHECK(split("$${{ ${{ 1 }}") == "${{ |<1>");
}

TEST_CASE("a broken expression is reported where it breaks", "[dsl][lua]") {
  CHECK(split("a ${{ inputs.day") == "a  !expression-end@2+3");
  CHECK(split("${{ it's }} b ${{ 2 }}") == " b |<2> !expression-end@6+1");
  CHECK(split("${{ 1 -- no }}") == " !expression-end@6+2");
  CHECK(split("x${{ }}y") == "x|y !expression-empty@1+6");
  CHECK(split("${{ 1 + }}") == "<1 +> !lua-syntax@6+1");
  CHECK(split("x ${{ a != b }}") == "x |<a != b> !lua-spelling@8+2");
}

TEST_CASE("a file full of broken expressions is not read over and over", "[dsl][lua]") {
  std::string scalar;
  for (int i = 0; i < 100'000; ++i) scalar += "${{ [[ }} ";
  CHECK(split_template(scalar).mistakes.size() == 20);
}

TEST_CASE("steps are found with the fields behind them", "[dsl][lua]") {
  CHECK(steps("steps.a.output.files") == "a.output.files");
  CHECK(steps("steps['a'][\"output\"].rows[1].x") == "a.output.rows[1].x");
  CHECK(steps("steps[ [[a]] ].output") == "a.output");
  CHECK(steps(R"(steps["\97\x62\u{63}"])") == "abc");
  CHECK(steps("#steps.a.output + f(steps.b){steps.c} .. steps.d:m()") == "a.output b c d");
  CHECK(steps("steps.a[steps.b.output]") == "a b.output");
  CHECK(steps("if steps.a.output then return steps.b end") == "a.output b");
}

TEST_CASE("what only looks like steps is no use of it", "[dsl][lua]") {
  CHECK(steps("x.steps.a") == "");
  CHECK(steps("x:steps(1)") == "");
  CHECK(steps("{steps = 1, [1] = steps.b}") == "b");
  CHECK(steps("'steps.a' .. [[steps.b]] -- steps.c") == "");
  CHECK(steps("goto steps ::steps::") == "");
}

TEST_CASE("a use of steps that cannot be followed is told apart", "[dsl][lua]") {
  CHECK(steps("steps[x]") == " dynamic");
  CHECK(steps("for k, v in pairs(steps) do end") == " dynamic");
  CHECK(steps("local s = steps") == " dynamic");
  CHECK(steps("steps = {}") == " dynamic");
  CHECK(steps("steps['a' .. x].output") == " dynamic");
  CHECK(steps("_ENV.steps.a") == " dynamic");
  CHECK(steps("_G['st' .. 'eps']") == " dynamic");
}

TEST_CASE("a local hides the global only inside its scope", "[dsl][lua]") {
  CHECK(steps("local steps = {a = steps.a} return steps.b") == "a");
  CHECK(steps("do local steps = {} local x = steps.b end return steps.a") == "a");
  CHECK(steps("function f(steps) return steps.b end return steps.a") == "a");
  CHECK(steps("for steps = 1, 2 do print(steps.b) end print(steps.a)") == "a");
  CHECK(steps("for i, steps in ipairs(steps.a) do print(steps.b) end") == "a");
  CHECK(steps("repeat local steps = f() until steps.b print(steps.a)") == "a");
  CHECK(
      steps(
          "if x then local steps = 1 elseif steps.a then local y = steps.b else z(steps.c) end") ==
      "a b c");
  CHECK(steps("local function steps() return steps.b end steps.c()") == "");
  CHECK(steps("local x <const>, steps <close> = 1, steps.a; y = steps.b") == "a");
}

TEST_CASE("inputs, env and other globals are told apart", "[dsl][lua]") {
  const std::string_view lua = "inputs.day .. env['HOME'] .. output.rows.n .. item";
  const LuaUses uses = scan_uses(lua);
  CHECK(show(lua, uses.inputs) == "day");
  CHECK(show(lua, uses.env) == "HOME");
  CHECK(globals(lua) == "output.rows.n item");
  CHECK(globals("pairs(inputs)") == "pairs inputs");
  CHECK(globals("x = output; y, z = error.kind") == "output error.kind");
  CHECK(globals("function f(a) return a + b end") == "f b");
}

TEST_CASE("modules that are required by a constant name are found", "[dsl][lua]") {
  const auto names = [](std::string_view lua) {
    std::string found;
    const LuaUses uses = scan_uses(lua);
    for (const Word& one : uses.modules) {
      found += one.name + "@" + std::to_string(one.offset) + " ";
    }
    return found + (uses.dynamic_require ? "dynamic" : "");
  };
  CHECK(names("require 'a.b'") == "a.b@8 ");
  CHECK(names("local x = require(\"a\").field + require[[b]]") == "a@18 b@38 ");
  CHECK(names("require(inputs.name)") == "dynamic");
  CHECK(names("require('a' .. x)") == "dynamic");
  CHECK(names("local load = require") == "dynamic");
  CHECK(names("local function require(x) end require(y)") == "");
  CHECK(names("-- require 'a'\nlocal t = {require = 1} return t.require") == "");
  CHECK(names("require(steps.a.output)") == "dynamic");
}

TEST_CASE("text that is no Lua still gives the uses it has", "[dsl][lua]") {
  CHECK(steps("end end steps.a ) } steps.b = = steps.c") == "a b c");
  CHECK(steps("if steps.a { steps.b }") == "a b");
  CHECK(steps(std::string(100'000, '(') + "steps.a") == "");
  CHECK(steps(std::string(100'000, '{')) == "");
}

TEST_CASE("right Lua is left in peace", "[dsl][lua]") {
  for (const char* expression :
       {"a == null", "not (a and b)", "a ~= b", "{1, 2, [3] = 4, x = 5}", "f{...}", "#a // 2 | 3",
        "t[ [[k]] ]", "a.b['c'](x):m'y'", "0x1p-3 + .5e+2", "'it\\'s' .. \"\\u{48}\"",
        "function(x) local y = x; return y end", "~a & b << 2", "-- why\n1", "(f or g)(1)[2]"})
    CHECK(said(expression) == "");
  for (const char* block : {"x = 1; y = {z:m()}", "if a then b() else if c then d() end end",
                            "::top:: goto top", "local a <const> = 1", "return 1, 2", ""})
    CHECK(said(block, false) == "");
}

TEST_CASE("the spellings of other languages are answered with Lua's", "[dsl][lua]") {
  CHECK(said("a != b") == "'!=' is not Lua -> write '~='");
  CHECK(said("a && b || !c") ==
        "'&&' is not Lua -> write 'and'; '||' is not Lua -> write 'or'; '!' is not Lua -> write "
        "'not'");
  CHECK(marked("a && b") == "&&");
  CHECK(said("a === b") == "'===' is not Lua -> write '=='");
  CHECK(said("x += 1", false) == "'+=' is not Lua -> write 'x = x + y'");
  CHECK(said("a ? b : c") == "'a ? b : c' is not Lua -> write 'a and b or c'");
  CHECK(said("a ?\? b") == "'?\?' is not Lua -> write 'coalesce(a, b)'");
  CHECK(said("{\"a\": 1}") == "a table's key is followed by '=' -> write '[\"a\"] = …'");
  CHECK(said("{a: b}") == "a table's key is followed by '=' -> write 'a = …'");
  CHECK(said("[1, 2]") == "a list is written in braces -> write '{1, 2}'");
  CHECK(said("a = \"eu\"") == "'=' does not compare -> write '=='");
  CHECK(said("x == True") == "'True' is not Lua -> write 'true'");
  CHECK(said("“eu”").substr(0, 33) == "a typographic quote is not Lua ->");
  CHECK(said("if a then b() elif c then d() end", false) == "'elif' is not Lua -> write 'elseif'");
}

TEST_CASE("Lua's own errors are worded for people and placed", "[dsl][lua]") {
  CHECK(said("1 +") == "this ends too early");
  CHECK(said("(1") == "')' is missing at the end");
  CHECK(said("a b") == "'b' does not belong here");
  CHECK(marked("x +\n  * y") == "*");
  CHECK(said("if x then\n  y()\n", false) == "'end' is missing (to close 'if') at the end");
  CHECK(said("if x return end", false) == "'then' is missing before 'return'");
  CHECK(marked("if x return end", false) == "return");
  CHECK(said("\"abc") ==
        "a text without its closing quote -> close it, or write \\\" for a quote inside");
  CHECK(said("a, b") == "a single expression is expected, not ','");
  CHECK(said("f(") == "this ends too early");
  CHECK(said("3x") == "malformed number: '3x'");
}

TEST_CASE("strings of Lua are decoded as Lua does", "[dsl][lua]") {
  const auto value = [](std::string_view text) { return lua_string_value(lua_tokens(text).at(0)); };
  CHECK(value(R"("a\tb\\\"\065\x41\u{41}\u{20AC}\z   c")") == "a\tb\\\"AAA€c");
  CHECK(value("[==[\nx]]\n]==]") == "x]]\n");
  CHECK(value("'\\\n'") == "\n");
}

TEST_CASE("a script is brief when nothing in it can take long", "[dsl][lua]") {
  for (const char* lua :
       {"return 1", "return steps.a.output.n * 2", "local x = inputs.day\nreturn {day = x}",
        "if inputs.n > 3 then return 'many' else return 'few' end", "return tostring(run.number)",
        "return math.floor(inputs.n / 2)", "assert(inputs.n > 0, 'n must be positive')",
        "return (1 + 2) * 3 -- for while"}) {
    INFO(lua);
    CHECK(is_brief(lua));
  }
  for (const char* lua :
       {"for i = 1, 10 do end", "while true do end", "repeat until x", "::a:: goto a",
        "local function f() return f() end f()", "return ('x'):rep(1e9)", "fs.write('a', 'b')",
        "shell 'ls'", "sleep{1}", "return string.rep('x', 9)", "log(1)", "(tostring)(1)", "t[1](2)",
        "return f()()", "x = 'unfinished", "a ! b"}) {
    INFO(lua);
    CHECK_FALSE(is_brief(lua));
  }
}

}  // namespace
}  // namespace pawl::dsl

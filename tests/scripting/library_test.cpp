#include "run.hpp"

namespace pawl::scripting {
namespace {

TEST_CASE("len, coalesce, contains and format serve every kind of value", "[library]") {
  CHECK(eval("{len(nil), len(null), len('abc'), len({1, 2}), len({a = 1, b = 2}), len(list{})}") ==
        "[0,0,3,2,2,0]");
  CHECK(eval("coalesce(nil, null, false, 1)") == "false");
  CHECK(eval("coalesce(nil, null)") == "null");
  CHECK(eval("contains('abc', 'bc') and contains({1, 2}, 2) and contains({a = 1}, 'a')") == "true");
  CHECK(eval("contains(null, 1) or contains({1}, 2) or contains('a', 'b')") == "false");
  CHECK(eval("format('%05.1f|%s|%q', 2, true, 'x')") == R"("002.0|true|\"x\"")");
  CHECK(eval("len(5)") == "error: f.yaml:3: len: a text, list or object is expected, got a number");
}

TEST_CASE("str works without patterns", "[library]") {
  CHECK(eval("str.split('a,b,,c', ',')") == R"(["a","b","","c"])");
  CHECK(eval("str.split('a::b::c', '::', 2)") == R"(["a","b::c"])");
  CHECK(eval("str.split('  two  words ')") == R"(["two","words"])");
  CHECK(eval("str.split('', ',')") == R"([""])");
  CHECK(eval("str.split('')") == "[]");
  CHECK(eval("str.split('aab', 'ab')") == R"(["a",""])");
  CHECK(eval("str.lines('a\\r\\nb\\n\\nc\\n')") == R"(["a","b","","c"])");
  CHECK(eval("'[' .. str.trim('  x ') .. str.trim_start(' y ') .. str.trim_end(' z ') .. ']'") ==
        R"("[xy  z]")");
  CHECK(eval("{str.starts_with('abc', 'ab'), str.ends_with('abc', 'bc')}") == "[true,true]");
  CHECK(eval("str.replace('a.b.c', '.', '%1')") == R"("a%1b%1c")");
  CHECK(eval("str.replace('aaa', 'aa', 'b')") == R"("ba")");
  CHECK(eval("str.upper('ab') .. str.lower('CD')") == R"("ABcd")");
  CHECK(eval("str.pad('ä', 3) .. str.pad('5', -3, '0')") == R"("ä  005")");
  CHECK(eval("str.join({1, 'a', 2.5, true}, '-')") == R"("1-a-2.5-true")");
  CHECK(eval("str.split('a', '')") == "error: f.yaml:3: split: the separator is empty");
}

TEST_CASE("list makes new lists and leaves its arguments alone", "[library]") {
  CHECK(eval("list.map({1, 2}, function(x, i) return x * 10 + i end)") == "[11,22]");
  CHECK(eval("list.map({1}, function() end)") == "[null]");
  CHECK(eval("list.filter({1, 2, 3}, function(x) return x > 1 end)") == "[2,3]");
  CHECK(eval("list.filter({1}, function() return false end)") == "[]");
  CHECK(eval("list.reduce({1, 2, 3}, function(a, b) return a + b end, 10)") == "16");
  CHECK(eval("list.find({5, 6}, function(x) return x == 6 end)") == "6");
  CHECK(eval("list.sort({3, 1, 2})") == "[1,2,3]");
  CHECK(eval("list.sort({'b', 'a'}, function(a, b) return a > b end)") == R"(["b","a"])");
  CHECK(run("local t = {3, 1} list.sort(t) return t") == "[3,1]");
  CHECK(eval("list.keys({b = 1, a = 2})") == R"(["a","b"])");
  CHECK(eval("list.values({b = 1, a = 2})") == "[2,1]");
  CHECK(eval("{list.sum({1, 2}), list.sum({0.5, 1}), list.min({2, 1}), list.max({2, 3, 1})}") ==
        "[3,1.5,1,3]");
  CHECK(eval("{list.range(3), list.range(2, 4), list.range(5, 1, -2), list.range(0)}") ==
        "[[1,2,3],[2,3,4],[5,3,1],[]]");
  CHECK(eval("list.unique({1, 2, 1, 'a', 'a'})") == R"([1,2,"a"])");
  CHECK(eval("list.flatten({1, {2, {3}}, list{}})") == "[1,2,[3]]");
  CHECK(eval("list.concat({1}, {2, 3}, {})") == "[1,2,3]");
  CHECK(eval("list.slice({1, 2, 3, 4}, 2, 3)") == "[2,3]");
  CHECK(eval("list.slice({1, 2, 3, 4}, -2)") == "[3,4]");
  CHECK(eval("list.reverse({1, 2, 3})") == "[3,2,1]");
  CHECK(eval("list.contains({'a'}, 'a')") == "true");
  CHECK(eval("list.sum({1, 'a'})") ==
        "error: f.yaml:3: sum: item 2 is a string, a number is expected");
}

TEST_CASE("time is the time of the event, in UTC", "[library]") {
  Scope scope;
  scope.now = *from_rfc3339("2026-11-21T01:57:06.123Z");
  CHECK(eval("time.now()", scope) == R"("2026-11-21T01:57:06.123Z")");
  CHECK(eval("time.today()", scope) == R"("2026-11-21")");
  CHECK(eval("time.add(time.now(), '1h30m')", scope) == R"("2026-11-21T03:27:06.123Z")");
  CHECK(eval("time.add('2026-03-01', '-1d')") == R"("2026-02-28T00:00:00.000Z")");
  CHECK(eval("time.add('2026-03-01', 90)") == R"("2026-03-01T00:01:30.000Z")");
  CHECK(eval("time.diff('2026-03-01T00:00:01.5Z', '2026-03-01')") == "1.5");
  CHECK(eval("time.parse('1970-01-02T01:00:00+01:00')") == "86400");
  CHECK(eval("time.duration('1h30m')") == "5400");
  CHECK(eval("time.format('2026-11-21T01:57:06Z', '%d.%m.%Y %H:%M:%S %a %B %j %%')") ==
        R"("21.11.2026 01:57:06 Sat November 325 %")");
  CHECK(eval("time.format(0)") == R"("1970-01-01T00:00:00.000Z")");
  CHECK(eval("time.parse('tomorrow')").starts_with("error: f.yaml:3: time: 'tomorrow' is not"));
  CHECK(eval("time.add('2026-01-01', '5')").starts_with("error: f.yaml:3: time: "));
  CHECK(eval("time.add('9999-12-31', '100000d')") ==
        "error: f.yaml:3: time: outside of the years 0 to 9999");
  CHECK(eval("time.format(0, '%Q')").starts_with("error: f.yaml:3: time.format: unknown letter"));
}

TEST_CASE("hash gives digests and encodings", "[library]") {
  CHECK(eval("hash.sha256('abc')") ==
        R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")");
  CHECK(eval("hash.sha512(''):sub(1, 16)") == R"("cf83e1357eefb8bd")");
  CHECK(eval("hash.hmac_sha256('key', 'The quick brown fox jumps over the lazy dog')") ==
        R"("f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8")");
  CHECK(eval("hash.base64_encode('light work.')") == R"("bGlnaHQgd29yay4=")");
  CHECK(eval("hash.base64_decode('bGlnaHQgd29yay4=')") == R"("light work.")");
  CHECK(eval("hash.hex_encode(hash.base64_decode('-_-_'))") == R"("fbffbf")");
  CHECK(eval("hash.hex_decode('6162')") == R"("ab")");
  CHECK(eval("hash.url_encode('a b/ä')") == R"("a%20b%2F%C3%A4")");
  CHECK(eval("hash.url_decode('a%20b%2F%C3%A4')") == R"("a b/ä")");
  CHECK(eval("hash.base64_decode('a b')").starts_with("error: f.yaml:3: hash.base64_decode: byte"));
  CHECK(eval("hash.url_decode('%zz')").starts_with("error: f.yaml:3: hash.url_decode: byte 1"));
  CHECK(eval("hash.hex_decode('abc')").starts_with("error: f.yaml:3: hash.hex_decode"));
}

TEST_CASE("regex knows Perl's syntax and matches like it", "[library]") {
  const auto match = [](const char* text, const char* pattern) {
    Scope scope;
    scope.values["t"] = JsonText{"\"" + std::string(text) + "\""};
    scope.values["p"] = JsonText{"\"" + std::string(pattern) + "\""};
    return eval("{regex.match(t, p)}", scope);
  };
  CHECK(match("v1.20", "v([0-9]+)\\\\.(\\\\d+)") == R"(["1","20"])");
  CHECK(match("abc", "b") == R"(["b"])");
  CHECK(match("foobar", "foo|foobar") == R"(["foo"])");
  CHECK(match("aaa", "a+?") == R"(["a"])");
  CHECK(match("aaa", "a{2}") == R"(["aa"])");
  CHECK(match("aaaa", "a{2,3}") == R"(["aaa"])");
  CHECK(match("ab", "(a*)*b") == R"(["a"])");
  CHECK(match("xay", "[^x]y?") == R"(["ay"])");
  CHECK(match("äöü", "^...$") == R"(["äöü"])");
  CHECK(match("HeLLo", "(?i)hello") == R"(["HeLLo"])");
  CHECK(match("a-b_c", "\\\\b\\\\w+$") == R"(["b_c"])");
  CHECK(match("x{y", "x{y") == R"(["x{y"])");
  CHECK(match("a]b", "[]a]+") == R"(["a]"])");
  CHECK(match("tab\\tx", "\\\\s\\\\S") == R"(["\tx"])");
  CHECK(eval("regex.match('a', 'b')") == "null");
  CHECK(eval("{regex.find('hello world', 'o w')}") == "[5,7]");
  CHECK(eval("regex.test('abc', '^abc$')") == "true");
  CHECK(eval("regex.find_all('a1b22', '[0-9]+')") == R"(["1","22"])");
  CHECK(eval("regex.find_all('a=1,b=2', '(\\\\w)=(\\\\d)')") == R"([["a","1"],["b","2"]])");
  CHECK(eval("regex.find_all('aä', '')") == R"(["","",""])");
  CHECK(eval("regex.replace('2026-11-21', '(\\\\d+)-(\\\\d+)-(\\\\d+)', '$3.$2.$1 $$')") ==
        R"("21.11.2026 $")");
  CHECK(eval("regex.replace('abc', '[ac]', function(c) return '<' .. c .. '>' end)") ==
        R"("<a>b<c>")");
  CHECK(eval("regex.replace('abc', 'x*', '-')") == R"("-a-b-c-")");
  const auto error = [](const char* pattern) {
    return eval("regex.test('', '" + std::string(pattern) + "')").substr(17);
  };
  CHECK(error("(") == "regex: byte 2 of the pattern: '(' without ')'");
  CHECK(error(")") == "regex: byte 1 of the pattern: ')' without '('");
  CHECK(error("[a") == "regex: byte 3 of the pattern: '[' without ']'");
  CHECK(error("*") == "regex: byte 1 of the pattern: nothing to repeat");
  CHECK(error("a{2,1}") == "regex: byte 7 of the pattern: a repetition {n,m} with m below n");
  CHECK(error("(a)\\\\1") == "regex: byte 5 of the pattern: back references are not supported");
  CHECK(error("(?=a)") ==
        "regex: byte 3 of the pattern: only (?: and, in front, (?i) are supported after '('");
  CHECK(error("((a{1000}){1000})").find("too large") != std::string::npos);
}

TEST_CASE("semver compares by precedence", "[library]") {
  CHECK(eval("semver.compare('1.0.0-rc.1', '1.0.0')") == "-1");
  CHECK(eval("semver.compare('1.10.0', '1.9.0')") == "1");
  CHECK(eval("semver.parse('1.2.3-rc.1+b')") ==
        R"({"build":"b","major":1,"minor":2,"patch":3,"prerelease":"rc.1"})");
  CHECK(eval("semver.valid('1.2')") == "false");
  CHECK(eval("semver.parse('v1')") ==
        "error: f.yaml:3: semver: 'v1' is not a version; one looks like 1.4.0 or 2.0.0-rc.1");
}

TEST_CASE("Lua's own libraries are there as far as they are pure", "[library]") {
  CHECK(eval("math.floor(2.5) + math.max(1, 2) + math.tointeger(3.0)") == "7");
  CHECK(eval("string.format('%d %s', 3, 'x') .. ('abc'):sub(2) .. ('x'):rep(3, '-')") ==
        R"("3 xbcx-x-x")");
  CHECK(eval("utf8.len('äö')") == "2");
  CHECK(eval("table.concat({1, 2, 3}, ', ')") == R"("1, 2, 3")");
  CHECK(run("local t = {3, 1, 2} table.sort(t) table.insert(t, 1, 0) table.insert(t, 4) "
            "return {t, table.remove(t), table.remove(t, 1), {table.unpack(t)}, #t}") ==
        "[[1,2,3],4,0,[1,2,3],3]");
  CHECK(run("return table.move({1, 2, 3}, 1, 3, 2)") == "[1,1,2,3]");
  CHECK(run("return table.pack(1, 2).n") == "2");
  CHECK(run("table.insert({1}, 5, 1)") ==
        "f.yaml:10: bad argument #2 to 'insert' (position out of bounds)");
  CHECK(run("local n = 0 for k, v in pairs({a = 1, b = 2}) do n = n + v end "
            "for i, v in ipairs({3, 4}) do n = n + i * v end return n") == "14");
  CHECK(run("return select('#', 1, 2) + tonumber('10') + tonumber('z', 36)") == "47");
  CHECK(run("local out = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do out[k] = v end "
            "return out") == R"({"a":"1","b":"2"})");
}

TEST_CASE("Lua's patterns match as in the manual", "[library]") {
  CHECK(eval("{('hello world'):find('o w')}") == "[5,7]");
  CHECK(eval("{('hello'):find('l', 1, true)}") == "[3,3]");
  CHECK(eval("{('a.b'):find('.', 2, true)}") == "[2,2]");
  CHECK(eval("{('key = value'):match('^(%w+)%s*=%s*(%w+)$')}") == R"(["key","value"])");
  CHECK(eval("('THE (quick) fox'):find('%((%a+)%)')") == "5");
  CHECK(eval("('f(a(b)c)d'):match('%b()')") == "\"(a(b)c)\"");
  CHECK(eval("('THE (quick) fox'):gsub('%f[%a]%a+', string.lower)") == R"("the (quick) fox")");
  CHECK(eval("('hello world'):gsub('(%w+)', '<%1>')") == R"("<hello> <world>")");
  CHECK(eval("('abc'):gsub('', '-')") == R"("-a-b-c-")");
  CHECK(eval("('abc'):gsub('%w', {a = '1', b = false})") == R"("1bc")");
  CHECK(eval("('abc'):gsub('%w', '%0%0', 2)") == R"("aabbc")");
  CHECK(eval("{('abc'):match('()b()')}") == "[2,3]");
  CHECK(eval("('\"x\" y'):match('([\"\\']).-%1')") == R"("\"")");
  CHECK(eval("('a-b'):match('[%w-]+')") == R"("a-b")");
  CHECK(eval("('x]y'):match('[]]')") == R"("]")");
  CHECK(eval("('aXb'):match('%u')") == R"("X")");
  CHECK(eval("('  x '):match('^%s*(.-)%s*$')") == R"("x")");
  CHECK(eval("('a'):rep(300):match('a-$') == ('a'):rep(300)") == "true");
  CHECK(eval("('x'):match('[a')") == "error: f.yaml:3: malformed pattern (missing ']')");
  CHECK(eval("('x'):match('%')") == "error: f.yaml:3: malformed pattern (ends with '%')");
  CHECK(eval("('x'):match('(x')") == "error: f.yaml:3: unfinished capture");
  CHECK(eval("('x'):gsub('x', '%2')") == "error: f.yaml:3: invalid capture index %2");
  CHECK(eval("('x'):gsub('x', '%a')") ==
        "error: f.yaml:3: invalid use of '%' in replacement string");
}

}  // namespace
}  // namespace pawl::scripting

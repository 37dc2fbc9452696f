#include "dsl/yaml_tree.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "dsl/yaml_values.hpp"

template <>
struct Catch::StringMaker<pawl::dsl::Span> {
  static std::string convert(const pawl::dsl::Span& span) {
    return std::to_string(span.line) + ":" + std::to_string(span.column) + "+" +
           std::to_string(span.length);
  }
};

namespace pawl::dsl {
namespace {

std::string json_of(std::string_view yaml) {
  const ParsedYaml parsed = parse_yaml(yaml, {});
  if (!parsed.tree) return parsed.diagnostics.front().rule;
  JsonText text;
  const auto problem = to_json(*parsed.tree, Tree::root(), text);
  return problem ? problem->problem.message : text.text;
}

std::string rule_of(std::string_view yaml, const Limits& limits = {}) {
  const ParsedYaml parsed = parse_yaml(yaml, limits);
  return parsed.diagnostics.empty() ? "" : parsed.diagnostics.front().rule;
}

/// The characters of the file that the characters of the value of `a:` came from.
std::string sources_of(std::string_view yaml) {
  const ParsedYaml parsed = parse_yaml(yaml, {});
  REQUIRE(parsed.tree);
  const NodeId value = parsed.tree->find(Tree::root(), "a")->value;
  const ScalarPlaces places(*parsed.tree, value);
  std::string characters;
  for (std::size_t i = 0; i < parsed.tree->text(value).size(); ++i) {
    characters += yaml[places.source_offset(i)];
  }
  return characters;
}

TEST_CASE("plain scalars are typed by the YAML 1.2 core schema", "[dsl][yaml]") {
  CHECK(json_of("[true, False, yes, on, off, y]") == R"([true,false,"yes","on","off","y"])");
  CHECK(json_of("[~, null, NULL, nil, '']") == R"([null,null,null,"nil",""])");
  CHECK(json_of("[017, 0o17, 0x1F, -3, +4, 1_000]") == R"([17,15,31,-3,4,"1_000"])");
  CHECK(json_of("[1.5, 1e3, .5, 1., 12:30]") == R"([1.5,1000.0,0.5,1.0,"12:30"])");
  CHECK(json_of("['1', \"true\", !!str 5]") == R"(["1","true","5"])");
}

TEST_CASE("a number that JSON cannot hold is refused", "[dsl][yaml]") {
  CHECK(json_of("9223372036854775807") == "9223372036854775807");
  CHECK(json_of("[.inf]") == "'.inf' is no number that JSON can hold");
  CHECK(json_of("[1e999]") == "'1e999' is no number that JSON can hold");
}

TEST_CASE("merge keys bring what the map does not say itself", "[dsl][yaml]") {
  CHECK(json_of("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3") ==
        R"({"x":{"a":1,"b":2},"y":{"a":1,"b":3}})");
  CHECK(json_of("- &p {a: 1}\n- &q {a: 2, b: 2}\n- <<: [*p, *q]\n  c: 3") ==
        R"([{"a":1},{"a":2,"b":2},{"a":1,"b":2,"c":3}])");
  CHECK(json_of("<<: 5") == "merge-key");
  CHECK(json_of("'<<': 5") == R"({"<<":5})");
}

TEST_CASE("each way to break a file has a rule of its own", "[dsl][yaml]") {
  CHECK(rule_of("a: 1\na: 2") == "duplicate-key");
  CHECK(rule_of("a: &x [1, *x]") == "cyclic-alias");
  CHECK(rule_of("a: *x") == "yaml-syntax");
  CHECK(rule_of("? [1]\n: 2") == "yaml-key");
  CHECK(rule_of("a: 1\n---\nb: 2") == "yaml-documents");
  CHECK(rule_of("") == "empty-file");
  CHECK(rule_of("# only a comment\n") == "empty-file");
  CHECK(rule_of("a: \xff") == "invalid-utf8");
  CHECK(rule_of(std::string_view("a: b\0c", 6)) == "binary-file");
  CHECK(rule_of("a: \x04") == "control-character");
  CHECK(rule_of("a: !x y") == "yaml-tag");
  CHECK(rule_of("a: [${{ x }}]") == "yaml-expression");
  CHECK(rule_of("a: {b: ${{ x }}, c: 1}") == "yaml-expression");
  CHECK(rule_of("a: {b: ${{ x.y }}}") == "yaml-expression");
  CHECK(rule_of("a:\n\t- b") == "yaml-syntax");
  CHECK(rule_of("a: b\nc") == "yaml-syntax");
  CHECK(rule_of("\xEF\xBB\xBF"
                "a: b") == "");
}

TEST_CASE("limits hold at their edge", "[dsl][yaml]") {
  SECTION("bytes") {
    CHECK(rule_of("a: 12", {.file_bytes = 5}) == "");
    CHECK(rule_of("a: 123", {.file_bytes = 5}) == "file-too-big");
  }
  SECTION("nodes, with aliases written out") {
    CHECK(rule_of("[1, 2, 3]", {.nodes = 4}) == "");
    CHECK(rule_of("[1, 2, 3, 4]", {.nodes = 4}) == "too-many-nodes");
    CHECK(rule_of("[&a [1, 2], *a]", {.nodes = 7}) == "");
    CHECK(rule_of("[&a [1, 2], *a]", {.nodes = 6}) == "too-many-nodes");
  }
  SECTION("depth, with aliases written out") {
    CHECK(rule_of("[[1]]", {.depth = 2}) == "");
    CHECK(rule_of("[[[1]]]", {.depth = 2}) == "too-deep");
    CHECK(rule_of("[&a [1], [*a]]", {.depth = 3}) == "");
    CHECK(rule_of("[&a [1], [*a]]", {.depth = 2}) == "too-deep");
    CHECK(rule_of("[&a [1], [*a]]", {.depth = 1}) == "too-deep");
  }
  SECTION("aliases") {
    CHECK(rule_of("[&a 1, *a]", {.aliases = 1}) == "");
    CHECK(rule_of("[&a 1, *a, *a]", {.aliases = 1}) == "too-many-aliases");
  }
}

TEST_CASE("a bomb of aliases or of brackets is refused at once", "[dsl][yaml]") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 30; ++level) {
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
    for (int i = 0; i < 10; ++i) bomb += (i > 0 ? ", *a" : "*a") + std::to_string(level - 1);
    bomb += "]\n";
  }
  CHECK(rule_of(bomb) == "too-many-nodes");
  CHECK(rule_of(std::string(100, '[') + std::string(100, ']')) == "too-deep");
  CHECK(rule_of(std::string(20'000, '[')) != "");
  CHECK(rule_of(std::string(20'000, '{')) != "");
}

TEST_CASE("one value of more than 4 MiB is refused before it fills the memory", "[dsl][yaml]") {
  CHECK(rule_of("a: '" + std::string(5'000'000, 'x') + "'") == "value-too-big");
}

TEST_CASE("an offset in a scalar is found in the file, in every style", "[dsl][yaml]") {
  CHECK(sources_of("a: plain text # c") == "plain text");
  CHECK(sources_of("a: 'it''s'") == "it's");
  CHECK(sources_of("a: \"q\\\"x\\u0041 y\"") == "q\\x\\ y");
  CHECK(sources_of("a: |\n  one\n  two\n") == "one\ntwo\n");
  CHECK(sources_of("a: |\n\n    one\n   \n      two\n") == "\none\n\n  two\n");
  CHECK(sources_of("a: |2\n    one\n") == "  one\n");
  CHECK(sources_of("a: one\n   two\n\n   three\n") == "one\ntwo\nthree");
  CHECK(sources_of("a: \"one\n   two \\\n   three\"\n") == "one\ntwo three");
  CHECK(sources_of("a: >\n  one\n  two\n\n  three\n") == "one\ntwo\nthree\n");
  CHECK(sources_of("a: |\r\n  one\r\n  two\r\n").substr(0, 3) == "one");
}

TEST_CASE("places count code points, also in one very long line", "[dsl][yaml]") {
  std::string yaml = "{";
  for (int i = 0; i < 1000; ++i) yaml += "ä" + std::to_string(1000 + i) + ": 1, ";
  yaml += "a: end}";
  const ParsedYaml parsed = parse_yaml(yaml, {});
  REQUIRE(parsed.tree);
  const NodeId value = parsed.tree->find(Tree::root(), "a")->value;
  CHECK(parsed.tree->span(value) == Span{1, 1 + 1000 * 10 + 1 + 3, 3});
}

TEST_CASE("damaged files are read or refused, and nothing else", "[dsl][yaml]") {
  const std::string whole =
      "name: x\ninputs: {a: {type: integer, default: 3}}\nsteps:\n  a: &a\n    run: |\n      echo "
      "'${{ inputs.a }}'\n  b:\n    <<: *a\n    env: {X: \"\\u00e4\", Y: 'it''s'}\n";
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    const auto at = random() % damaged.size();
    constexpr std::string_view bytes = "\n\t :-?[]{},&*!|>'\"%@`#a0\\";
    switch (random() % 3) {
      case 0:
        damaged[at] = bytes[random() % bytes.size()];
        break;
      case 1:
        damaged.erase(at, 1 + random() % 5);
        break;
      default:
        damaged.insert(at, 1, bytes[random() % bytes.size()]);
    }
    const ParsedYaml parsed = parse_yaml(damaged, {});
    INFO(damaged);
    REQUIRE(parsed.tree.has_value() == parsed.diagnostics.empty());
    if (!parsed.tree) continue;
    for (std::uint32_t id = 0; id < parsed.tree->size(); ++id) {
      REQUIRE(parsed.tree->span(NodeId{id}).length >= 1);
    }
  }
}

}  // namespace
}  // namespace pawl::dsl

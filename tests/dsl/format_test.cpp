#include "dsl/format.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <variant>

#include "dsl/compile.hpp"
#include "dsl/yaml_tree.hpp"
#include "support/shared_data.hpp"

namespace pawl::dsl {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string formatted(std::string_view source) {
  const Formatted result = format(source);
  if (const auto* text = std::get_if<std::string>(&result)) return *text;
  if (const auto* problem = std::get_if<Problem>(&result)) return "PROBLEM: " + problem->message;
  return "RULE: " + std::get<Diagnostics>(result).front().rule;
}

std::string without_blanks(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  return text;
}

void erase(Place& at) { at = {}; }
void erase(Code& code) { erase(code.at); }
void erase(std::optional<Code>& code) {
  if (code) erase(*code);
}
void erase(Template& text) {
  for (Template::Piece& piece : text.pieces) erase(piece.at);
}
template <class T, class Erase>
void erase_shared(std::shared_ptr<const T>& shared, const Erase& erase_of) {
  if (!shared) return;
  auto copy = std::make_shared<T>(*shared);
  erase_of(*copy);
  shared = std::move(copy);
}

void erase(Step& step) {
  erase(step.at);
  erase(step.when);
  for (Variable& variable : step.env) erase(variable.second);
  erase_shared(step.settings, [](Settings& settings) { erase(settings.retry.when); });
  erase_shared(step.workdir, [](Template& text) { erase(text); });
  erase_shared(step.hooks, [](Hooks& hooks) {
    for (std::optional<Code>* code : {&hooks.before, &hooks.after, &hooks.on_progress,
                                      &hooks.on_retry, &hooks.on_error, &hooks.on_cancel}) {
      erase(*code);
    }
  });
  if (auto* run = std::get_if<RunSpec>(&step.spec)) {
    erase(run->script);
    for (ShellValue& value : run->values) erase(value.code);
    for (Template& argument : run->arguments) erase(argument);
  } else if (auto* lua = std::get_if<LuaSpec>(&step.spec)) {
    erase(lua->code);
  }
}

Plan without_places(Plan plan) {
  for (Input& input : plan.inputs) {
    if (input.fallback) erase(*input.fallback);
  }
  for (Variable& variable : plan.env) erase(variable.second);
  for (Output& output : plan.outputs) erase(output.value);
  for (Step& step : plan.steps) erase(step);
  return plan;
}

/// What holds of every file that is formatted.
void check_properties(const std::string& source, const std::string& out) {
  const ParsedYaml before = parse_yaml(source, {});
  const ParsedYaml after = parse_yaml(out, {});
  REQUIRE(before.tree);
  REQUIRE(after.tree);
  CHECK(same_but_for_places(*before.tree, *after.tree));
  CHECK(without_blanks(source) == without_blanks(out));
  CHECK(formatted(out) == out);
}

TEST_CASE("each case of the YAML test suite that is accepted keeps its meaning", "[dsl][format]") {
  const auto path = tests::shared_data("vectors/yaml-test-suite.json", "format YAML test suite");
  if (!path) {
    REQUIRE_FALSE(tests::in_ci());
    return;
  }
  std::ifstream file(*path);
  const json suite = json::parse(file);
  int done = 0;
  for (const json& one : suite.at("cases")) {
    const auto yaml = one.at("yaml").get<std::string>();
    if (!parse_yaml(yaml, {}).tree) continue;
    const std::string out = formatted(yaml);
    INFO(one.at("id").get<std::string>() << " " << one.at("name").get<std::string>() << "\n"
                                         << yaml << "=== out\n"
                                         << out << "===");
    CHECK(out.find("PROBLEM: ") != 0);
    if (out.find("PROBLEM: ") == 0) continue;
    check_properties(yaml, out);
    ++done;
  }
  CHECK(done >= 100);
}

TEST_CASE("files that people wrote for other engines keep their meaning", "[dsl][format]") {
  int done = 0;
  for (const char* folder : {"github-actions", "serverless-workflow", "workflows"}) {
    const auto path = tests::shared_data(folder, "format files of other engines");
    if (!path) {
      REQUIRE_FALSE(tests::in_ci());
      return;
    }
    for (const auto& entry : fs::recursive_directory_iterator(*path)) {
      const fs::path extension = entry.path().extension();
      if (extension != ".yaml" && extension != ".yml") continue;
      const std::string source = contents(entry.path());
      if (!parse_yaml(source, {}).tree) continue;
      const std::string out = formatted(source);
      INFO(entry.path().string() << "\n" << source << "=== out\n" << out << "===");
      check_properties(source, out);
      ++done;
    }
  }
  CHECK(done >= 200);
}

TEST_CASE("workflows keep their plan", "[dsl][format]") {
  const fs::path root = PAWL_SOURCE_DIR;
  int plans = 0;
  for (const char* folder : {"workflows", "tests/dsl/errors", "tests/dsl/format"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() != ".yaml") continue;
      const std::string source = contents(entry.path());
      if (!parse_yaml(source, {}).tree) continue;
      const std::string out = formatted(source);
      INFO(entry.path().string() << "\n=== out\n" << out << "===");
      check_properties(source, out);
      // Our own examples are as we ask others to write.
      if (folder == std::string_view("workflows")) CHECK(out == source);
      const Compiled before = compile(source, "a.yaml");
      const Compiled after = compile(out, "a.yaml");
      REQUIRE(before.plan.has_value() == after.plan.has_value());
      CHECK(before.diagnostics.size() == after.diagnostics.size());
      if (!before.plan) continue;
      CHECK(encode_plan(without_places(*before.plan)) == encode_plan(without_places(*after.plan)));
      ++plans;
    }
  }
  CHECK(plans >= 10);
}

/// Each two blanks of indentation become `width`, also behind a dash.
std::string widened(const std::string& neat, std::size_t width) {
  std::string wide;
  std::istringstream lines(neat);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t indent = line.find_first_not_of(' ');
    if (line.substr(indent).starts_with("- ")) line.replace(indent + 1, 1, width - 1, ' ');
    line.replace(0, indent, indent / 2 * width, ' ');
    wide += line + "\n";
  }
  return wide;
}

TEST_CASE("one workflow in any indentation becomes one file", "[dsl][format]") {
  const std::string neat =
      "name: x\n"
      "steps:\n"
      "  - id: a\n"
      "    run: |\n"
      "      one\n"
      "      two\n"
      "    # end of a\n"
      "  # above b\n"
      "  - id: b\n"
      "    # inside\n"
      "    env:\n"
      "      A: 'x\n"
      "        y'\n"
      "    needs: [a,\n"
      "            b]\n";
  REQUIRE(formatted(neat) == neat);
  for (std::size_t width = 2; width <= 9; ++width) CHECK(formatted(widened(neat, width)) == neat);
}

TEST_CASE("what is no YAML gives its diagnostics and no text", "[dsl][format]") {
  CHECK(formatted("a: [") == "RULE: yaml-syntax");
  CHECK(formatted("a: 1\n---\nb: 2\n") == "RULE: yaml-documents");
  CHECK(formatted("a: 1\na: 2\n") == "RULE: duplicate-key");
  CHECK(formatted("a: \xff") == "RULE: invalid-utf8");
  CHECK(formatted("") == "RULE: empty-file");
  CHECK(formatted("# only a comment\n") == "RULE: empty-file");
}

TEST_CASE("a large file is formatted in linear time", "[dsl][format]") {
  std::string wide = "name: large\nsteps:\n";
  std::string neat = wide;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = "s" + std::to_string(i);
    wide += "      " + id + ":   {run:  \"true\" }   # a step\n      # between\n";
    neat += "  " + id + ": {run: \"true\"}   # a step\n  # between\n";
  }
  CHECK(formatted(wide).size() == neat.size());
}

}  // namespace
}  // namespace pawl::dsl

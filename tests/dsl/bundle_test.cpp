#include <catch2/catch.hpp>
#include <string>

#include "base/error.hpp"
#include "sample_folder.hpp"

using namespace pawl;
using namespace pawl::dsl;

namespace {

std::string messages(const Compiled& compiled, std::string_view source) {
  return render_all(compiled.diagnostics, "flow.yaml", source);
}

/// The first diagnostic's message, or "compiles".
std::string first_mistake(SampleFolder& folder, const std::string& yaml) {
  const Compiled compiled = compile(yaml, "flow.yaml", {}, &folder);
  return compiled.diagnostics.empty() ? "compiles" : compiled.diagnostics.front().message;
}

bool is_damaged(const std::string& bytes) {
  try {
    (void)decode_bundle(bytes);
    return false;
  } catch (const Error&) {
    return true;
  }
}

const std::string requires_clean = "steps: {a: {lua: return require('lib.clean')}}\n";

}  // namespace

TEST_CASE("a bundle of one file is that file", "[dsl][bundle]") {
  const std::string yaml = "steps: {a: {run: 'true'}}\n";
  CHECK(encode_bundle(yaml, {}) == yaml);
  CHECK(decode_bundle(yaml).workflow == yaml);
  CHECK(decode_bundle(yaml).others.empty());
}

TEST_CASE("a bundle of several files survives encoding, byte by byte", "[dsl][bundle]") {
  const std::vector<BundleFile> others = {
      {"a/b.lua", std::string("x\0y\n", 4), false}, {"a/c", "", true}, {"b", "- 1 1\n", false}};
  const std::string bytes = encode_bundle("steps: 1", others);
  CHECK(bytes.front() == '\0');
  const Bundle bundle = decode_bundle(bytes);
  CHECK(bundle.workflow == "steps: 1");
  CHECK(bundle.others == others);
  CHECK(encode_bundle(bundle.workflow, bundle.others) == bytes);
}

TEST_CASE("bytes that no bundle has are refused", "[dsl][bundle]") {
  const std::string bytes = encode_bundle("w", {{"a", "1", false}, {"b", "2", true}});
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    // Cut behind a whole file it is another, shorter bundle.
    const bool is_shorter = cut == bytes.size() - std::string("x 1 1\nb2").size();
    CHECK(is_damaged(bytes.substr(0, cut)) != is_shorter);
  }
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = bytes;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK(is_damaged(replaced("- 1 1\na", "- 1 1\nb")));  // twice the same path
  CHECK(is_damaged(replaced("- 1 1\na", "- 1 1\nc")));  // not in order
  CHECK(is_damaged(replaced("- 1 1\na1", "- 01 1\na1")));
  CHECK(is_damaged(replaced("- 1 1\na1", "- 2 1\n..1")));
  CHECK(is_damaged(replaced("- 1 1\na1", "- 2 1\n/x1")));
  CHECK(is_damaged(bytes + "rest"));
}

TEST_CASE("paths of a bundle stay inside of it", "[dsl][bundle]") {
  for (const char* good : {"a", "a/b.lua", "..a", "a b/ä", ".hidden"}) CHECK(is_bundle_path(good));
  for (const char* bad : {"", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "a\nb", "\xff"}) {
    CHECK_FALSE(is_bundle_path(bad));
  }
  CHECK(is_bundle_path(std::string(255, 'a')));
  CHECK_FALSE(is_bundle_path(std::string(256, 'a')));
  std::string deep = "a";
  for (int i = 1; i < 16; ++i) deep += "/a";
  CHECK(is_bundle_path(deep));
  CHECK_FALSE(is_bundle_path(deep + "/a"));
}

TEST_CASE("the compiler collects what the workflow names, directly and through modules",
          "[dsl][bundle]") {
  SampleFolder folder;
  folder.files["lib/clean.lua"] = "local names = require('lib.names') return {}";
  const std::string yaml =
      "files: [scripts]\n"
      "steps:\n"
      "  a:\n"
      "    uses: {action: fetch, with: {day: 2026-11-20, rows: \"${{ 1 + 1 }}\"}}\n"
      "  b:\n"
      "    lua: return require('lib.clean')\n"
      "    output_schema: {file: schemas/out.json}\n";
  const Compiled compiled = compile(yaml, "flow.yaml", {}, &folder);
  CHECK(messages(compiled, yaml) == "");
  REQUIRE(compiled.plan);
  std::string paths;
  for (const BundleFile& file : compiled.files) paths += file.path + " ";
  CHECK(paths ==
        "actions/fetch.lua lib/clean.lua lib/names.lua schemas/out.json scripts/load.sh "
        "scripts/names.txt ");
  std::string modules;
  for (const Module& module : compiled.plan->modules) modules += module.name + " ";
  CHECK(modules == "actions.fetch lib.clean lib.names ");
  const Step& fetch = compiled.plan->step(StepId{1});
  CHECK(fetch.output_schema != nullptr);  // the action's
  const auto& uses = std::get<UsesSpec>(fetch.spec);
  CHECK(uses.with.at(0).second.pieces.at(0).json == R"("2026-11-20")");
  CHECK_FALSE(uses.with.at(1).second.is_constant());
  CHECK(decode_plan(encode_plan(*compiled.plan)).modules.size() == 3);
}

TEST_CASE("a value for an action is checked where the file tells it", "[dsl][bundle]") {
  SampleFolder folder;
  const auto mistake = [&](const std::string& with) {
    return first_mistake(folder, "steps: {a: {uses: {action: fetch, with: " + with + "}}}\n");
  };
  CHECK(mistake("{day: 2026-11-20}") == "compiles");
  CHECK(mistake("{day: \"${{ 1 }}\", rows: \"${{ nil }}\"}") == "compiles");
  CHECK(mistake("{day: 2026-11-20, region: null}") == "compiles");
  CHECK(mistake("{rows: 1}") == "the action 'fetch' needs the input 'day': a date like 2026-11-20");
  CHECK(mistake("{day: soon}") == "the input 'day' takes a date like 2026-11-20, not 'soon'");
  CHECK(mistake("{day: 2026-11-20, rows: 0}") ==
        "the input 'rows' is '0', less than its minimum of 1");
  CHECK(mistake("{day: 2026-11-20, region: asia}") ==
        "the input 'region' takes eu or us, not 'asia'");
  CHECK(mistake("{dya: 2026-11-20, day: 2026-11-20}") == "the action 'fetch' has no input 'dya'");
}

TEST_CASE("the limits of a bundle hold at their edges", "[dsl][bundle]") {
  SampleFolder folder;
  SECTION("of a module") {
    std::string& text = folder.files["lib/clean.lua"];
    text = std::string(module_bytes_max, ' ');
    CHECK(first_mistake(folder, requires_clean) == "compiles");
    text += ' ';
    CHECK(first_mistake(folder, requires_clean) == "lib/clean.lua is too large");
  }
  SECTION("of a file, and of all together") {
    const std::string yaml = "files: [data]\n" + requires_clean;
    folder.files["lib/clean.lua"] = "";
    for (const char* name : {"a", "b", "c", "d"}) {
      folder.files[std::string("data/") + name] = std::string(bundle_file_bytes_max, 'x');
    }
    CHECK(first_mistake(folder, yaml) == "compiles");
    folder.files["data/e"] = "x";
    CHECK(first_mistake(folder, yaml) == "the files that the workflow names have more than 16 MiB");
    folder.files.erase("data/e");
    folder.files["data/a"] += 'x';
    CHECK(first_mistake(folder, yaml) == "data/a is too large");
  }
  SECTION("of the number of files") {
    for (std::size_t i = 0; i < bundle_files_max; ++i) {
      folder.files["data/" + std::to_string(i)] = "";
    }
    const std::string yaml = "files: [data]\nsteps: {a: {run: 'true'}}\n";
    CHECK(first_mistake(folder, yaml) == "compiles");
    folder.files["data/more"] = "";
    CHECK(first_mistake(folder, yaml) == "the workflow names more than 1000 files");
  }
  SECTION("of modules inside of each other") {
    for (int i = 0; i < 70; ++i) {
      folder.files["m" + std::to_string(i) + ".lua"] =
          "return require('m" + std::to_string(i + 1) + "')";
    }
    folder.files["m63.lua"] = "return 1";
    const std::string yaml = "steps: {a: {lua: return require('m0')}}\n";
    CHECK(first_mistake(folder, yaml) == "compiles");
    folder.files["m63.lua"] = "return require('m64')";
    folder.files["m64.lua"] = "return 1";
    CHECK(first_mistake(folder, yaml) == "modules load each other 64 levels deep");
  }
}

TEST_CASE("a text that stands in no folder names no file", "[dsl][bundle]") {
  const Compiled compiled = compile(requires_clean, "flow.yaml");
  REQUIRE(compiled.diagnostics.size() == 1);
  CHECK(compiled.diagnostics[0].message ==
        "there is no module 'lib.clean': this text stands in no folder");
}

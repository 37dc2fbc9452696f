#include "cli/new_workflow.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dsl/compile.hpp"
#include "golden.hpp"

namespace pawl::cli {
namespace {

TEST_CASE("a name becomes a file, with its folder", "[cli]") {
  const auto path_of = [](std::string_view named) { return new_workflow(named).value().path; };
  CHECK(path_of("nightly") == "nightly.yaml");
  CHECK(path_of("nightly.yaml") == "nightly.yaml");
  CHECK(path_of("nightly.yml") == "nightly.yaml");
  CHECK(path_of("flows/eu/nightly") == "flows/eu/nightly.yaml");
  CHECK(new_workflow("flows/eu/nightly").value().name == "nightly");
}

TEST_CASE("what cannot be the name of a workflow is answered with the nearest that can", "[cli]") {
  const Result<NewWorkflow> refused = new_workflow("flows/Nightly Report");
  REQUIRE(!refused);
  CHECK(refused.error().message.find("'Nightly Report'") != std::string::npos);
  CHECK(refused.error().fix.find("nightly-report") != std::string::npos);
  CHECK(!new_workflow("flows/"));
  CHECK(!new_workflow("a\"b"));
}

TEST_CASE("every template compiles without a warning under any name", "[cli]") {
  for (const workflows::Template& one : workflows::templates()) {
    for (const char* name : {"nightly", "2026", "0x10", "true"}) {
      const dsl::Compiled compiled =
          dsl::compile(text_of(one, {"x.yaml", name}), std::string(one.name));
      INFO(one.name << " as " << name);
      CHECK(compiled.diagnostics.empty());
      REQUIRE(compiled.plan);
      CHECK(compiled.plan->name == name);
      CHECK(!compiled.plan->description.empty());
    }
  }
}

TEST_CASE("the templates in the program are the files of workflows/templates", "[cli]") {
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(PAWL_SOURCE_DIR "/workflows/templates")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK(find_template(entry.path().stem().string()).value().text == text);
    ++files;
  }
  CHECK(files == workflows::templates().size());
}

TEST_CASE("without a template it is hello, and a mistyped one is answered", "[cli]") {
  CHECK(find_template("").value().name == "hello");
  CHECK(find_template("graph").value().name == "graph");
  CHECK(find_template("grpah").error() ==
        Problem{"there is no template 'grpah'", "did you mean 'graph'?"});
  CHECK(find_template("zebra").error() ==
        Problem{"there is no template 'zebra'", "pawl new --list"});
}

TEST_CASE("what was written is told with what to type next", "[cli]") {
  CHECK(written_text({"my flows/a.yaml", "a"}) ==
        "wrote my flows/a.yaml\n"
        "  pawl run 'my flows/a.yaml'\n"
        "  pawl check --watch 'my flows/a.yaml'\n");
  CHECK(written_record({"a.yaml", "a"}, find_template("job").value()) ==
        "{\"v\":1,\"kind\":\"written\",\"file\":\"a.yaml\",\"workflow\":\"a\","
        "\"template\":\"job\"}\n");
  check_golden("templates.txt", templates_text());
  check_golden("templates.json", templates_records());
}

}  // namespace
}  // namespace pawl::cli

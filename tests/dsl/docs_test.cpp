#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/bundle_folder.hpp"
#include "dsl/compile.hpp"
#include "sample_folder.hpp"

namespace pawl::dsl {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The pages that show workflows: README.md and docs/*.md.
std::vector<fs::path> pages() {
  const fs::path root = PAWL_SOURCE_DIR;
  std::vector<fs::path> all;
  if (fs::exists(root / "README.md")) all.push_back(root / "README.md");
  for (const auto& entry : fs::directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") all.push_back(entry.path());
  }
  return all;
}

/// The ```yaml blocks of a page that are workflows: they have a line `steps:`.
std::vector<std::string> workflows_in(const std::string& page) {
  std::vector<std::string> found;
  constexpr std::string_view fence = "\n```yaml\n";
  for (auto at = page.find(fence); at != page.npos; at = page.find(fence, at + 1)) {
    const auto begin = at + fence.size();
    const auto end = page.find("\n```\n", begin - 1);
    std::string block = page.substr(begin, end - begin + 1);
    if (("\n" + block).find("\nsteps:") != std::string::npos) found.push_back(std::move(block));
  }
  return found;
}

TEST_CASE("every workflow shown in the documents compiles", "[dsl][docs]") {
  std::size_t count = 0;
  for (const fs::path& page : pages()) {
    for (const std::string& yaml : workflows_in(contents(page))) {
      ++count;
      const std::string name = page.filename().string();
      const Compiled compiled = compile_sample(yaml, name);
      std::string messages;
      for (const Diagnostic& one : compiled.diagnostics) messages += render(one, name, yaml);
      INFO(messages << "\n" << yaml);
      CHECK(compiled.plan.has_value());
    }
  }
  CHECK(count >= 5);
}

TEST_CASE("every workflow that comes with Pawl compiles without a warning", "[dsl][docs]") {
  const fs::path folder = fs::path(PAWL_SOURCE_DIR) / "workflows";
  if (!fs::exists(folder)) return;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".yaml" || name.ends_with(".test.yaml")) continue;
    const std::string yaml = contents(entry.path());
    std::string messages;
    for (const Diagnostic& one : cli::compile_workflow(yaml, entry.path().string()).diagnostics)
      messages += render(one, name, yaml);
    CHECK(messages == "");
  }
}

}  // namespace
}  // namespace pawl::dsl

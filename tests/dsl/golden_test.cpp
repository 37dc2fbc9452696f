#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "dsl/compile.hpp"

/// Compiles tests/dsl/errors/NAME.yaml and compares what an author would read with NAME.out.
/// `dsl_golden_test --update` rewrites the .out files; review reads the difference.
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string messages_for(const fs::path& yaml) {
  const std::string source = contents(yaml);
  const std::string name = yaml.filename().string();
  const pawl::dsl::Compiled compiled = pawl::dsl::compile(source, name);
  return pawl::dsl::render_all(compiled.diagnostics, name, source) +
         (compiled.plan ? "compiles\n" : "");
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const bool update = argc > 1 && std::string(argv[1]) == "--update";
  int different = 0;
  const std::vector<fs::path> files = yaml_files(fs::path(PAWL_SOURCE_DIR) / "tests/dsl/errors");
  for (const fs::path& yaml : files) {
    const fs::path out = fs::path(yaml).replace_extension(".out");
    const std::string got = messages_for(yaml);
    if (update) {
      std::ofstream(out, std::ios::binary) << got;
    } else if (got != contents(out)) {
      ++different;
      std::cout << "--- expected, " << out.filename().string() << "\n"
                << contents(out) << "+++ got\n"
                << got << "\n";
    }
  }
  std::cout << files.size() << " files, " << different << " differ\n";
  return different == 0 ? 0 : 1;
}

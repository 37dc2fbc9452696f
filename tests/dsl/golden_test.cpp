#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/bundle_folder.hpp"
#include "dsl/format.hpp"

/// Compiles tests/dsl/errors/NAME.yaml and compares what an author would read with NAME.out;
/// formats tests/dsl/format/NAME.yaml and compares the result with NAME.out.yaml. `dsl_golden_test
/// --update` rewrites the expected files; review reads the difference.
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string messages_for(const fs::path& yaml) {
  const std::string source = contents(yaml);
  const std::string name = yaml.filename().string();
  // From inside the folder, so that no message names where it is.
  fs::current_path(yaml.parent_path());
  const pawl::dsl::Compiled compiled = pawl::cli::compile_workflow(source, name);
  return pawl::dsl::render_all(compiled.diagnostics, name, source) +
         (compiled.plan ? "compiles\n" : "");
}

std::string formatted(const fs::path& yaml) {
  const pawl::dsl::Formatted result = pawl::dsl::format(contents(yaml));
  const auto* text = std::get_if<std::string>(&result);
  return text != nullptr ? *text : "not formatted\n";
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool is_expected = entry.path().stem().extension() == ".out";
    if (entry.path().extension() == ".yaml" && !is_expected) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// The number of files of `folder` for which `produce` gives other than the expected text.
template <class Produce>
int compare(std::string_view folder, std::string_view extension, bool update,
            const Produce& produce) {
  int different = 0;
  const std::vector<fs::path> files = yaml_files(fs::path(PAWL_SOURCE_DIR) / "tests/dsl" / folder);
  for (const fs::path& yaml : files) {
    const fs::path out = fs::path(yaml).replace_extension(extension);
    const std::string got = produce(yaml);
    if (update) {
      std::ofstream(out, std::ios::binary) << got;
    } else if (got != contents(out)) {
      ++different;
      std::cout << "--- expected, " << out.filename().string() << "\n"
                << contents(out) << "+++ got\n"
                << got << "\n";
    }
  }
  std::cout << folder << ": " << files.size() << " files, " << different << " differ\n";
  return different;
}

}  // namespace

int main(int argc, char** argv) {
  const bool update = argc > 1 && std::string(argv[1]) == "--update";
  const int different = compare("errors", ".out", update, messages_for) +
                        compare("format", ".out.yaml", update, formatted);
  return different == 0 ? 0 : 1;
}

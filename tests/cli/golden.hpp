#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace pawl::cli {

/// Compares `text` with tests/cli/golden/NAME; PAWL_UPDATE_GOLDEN=1 rewrites it, review reads the
/// difference.
inline void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(PAWL_SOURCE_DIR "/tests/cli/golden/") + name;
  if (std::getenv("PAWL_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  INFO("golden file " << path);
  CHECK(text == expected);
}

}  // namespace pawl::cli

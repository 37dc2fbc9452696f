#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string_view>

namespace pawl::tests {

/// The file or folder `name` of the test data beside the source tree. Nothing when it is absent:
/// then the test says NOT RUN and passes, except under CI=true, where its absence is a failure of
/// the caller's `REQUIRE(!in_ci())`.
inline std::optional<std::filesystem::path> shared_data(std::string_view name,
                                                        std::string_view test) {
  const auto path = std::filesystem::path(PAWL_SOURCE_DIR) / ".." / "shared" / "data" / name;
  if (std::filesystem::exists(path)) return path;
  std::cout << "NOT RUN: " << test << ": ../shared is not here\n";
  return std::nullopt;
}

inline bool in_ci() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

}  // namespace pawl::tests

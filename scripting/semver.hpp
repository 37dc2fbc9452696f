#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Versions of Semantic Versioning 2.0.0.
namespace pawl::scripting {

struct Version {
  std::uint64_t major = 0, minor = 0, patch = 0;
  std::string prerelease;  ///< "rc.1"; empty without.
  std::string build;       ///< "20130313144700"; counts for nothing.
};

std::optional<Version> parse_version(std::string_view text);
/// By precedence, item 11 of the standard.
std::strong_ordering compare_versions(const Version& a, const Version& b);

}  // namespace pawl::scripting

#pragma once

#include <span>
#include <string_view>

namespace pawl::schemas {

/// A numbered SQL file of schemas/sql, as it was when this program was built.
struct Migration {
  int number = 0;
  std::string_view name;  ///< "0001_core"
  std::string_view text;
  std::string_view sha256;  ///< Of the file, hexadecimal.
};

/// By number, without gaps.
std::span<const Migration> migrations();

}  // namespace pawl::schemas

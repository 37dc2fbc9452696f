#pragma once

#include <cstddef>

namespace pawl::dsl {

/// Limits of a file; each has a message and a test at its edge.
struct Limits {
  std::size_t file_bytes = std::size_t{16} << 20;
  std::size_t nodes = 2'000'000;  ///< Counted as if every alias were written out.
  std::size_t depth = 64;
  std::size_t steps = 200'000;
  std::size_t aliases = 1'000;
};

}  // namespace pawl::dsl

#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace pawl {

void check_failed(const char* why, const char* file, int line) {
  std::fprintf(stderr, "pawl: internal error at %s:%d: %s\n", file, line, why);
  std::abort();
}

}  // namespace pawl

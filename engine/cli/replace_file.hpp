#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace pawl::cli {

/// Gives the file at `path` (a link is followed) other contents, keeps its mode and, where allowed,
/// its owner. Whoever reads it, also after a crash, finds the old or the new contents, never a
/// part. Gives the Error (environment) when the file cannot be written; then it is as it was.
[[nodiscard]] std::optional<Error> replace_file(const std::string& path, std::string_view contents);

}  // namespace pawl::cli

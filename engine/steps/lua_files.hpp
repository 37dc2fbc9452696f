#pragma once

#include <string>
#include <string_view>

#include "base/json_text.hpp"
#include "base/result.hpp"

namespace pawl::steps {

/// Texts that one fs.read or fs.write may move.
inline constexpr std::size_t lua_file_bytes_max = std::size_t{16} << 20;

/// The fs.* functions of lua steps ("fs.read"); `arguments` is a JSON array. Relative paths start
/// at `workdir`. Blocks for the disk.
Result<JsonText> call_files(std::string_view function, const JsonText& arguments,
                            const std::string& workdir);

}  // namespace pawl::steps

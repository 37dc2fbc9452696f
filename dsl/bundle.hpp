#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "dsl/plan.hpp"

/// A bundle: the workflow file and the other files that belong to it. What is stored of a
/// definition, and what its hash is made of.
namespace pawl::dsl {

/// Limits of the files of a bundle beside the workflow; each has a message and a test at its edge.
inline constexpr std::size_t bundle_files_max = 1'000;
inline constexpr std::size_t bundle_file_bytes_max = std::size_t{4} << 20;
inline constexpr std::size_t bundle_bytes_max = std::size_t{16} << 20;
/// Of a Lua module or an action.
inline constexpr std::size_t module_bytes_max = std::size_t{256} << 10;

struct BundleFile {
  std::string path;  ///< "lib/clean.lua", as seen from the workflow's folder.
  std::string bytes;
  bool is_program = false;  ///< It may be run.

  bool operator==(const BundleFile&) const = default;
};

/// May `path` name a file of a bundle? It is relative, has no empty part, no `.` and no `..`, no
/// backslash and no control character, at most 16 parts and 255 bytes, and is UTF-8.
bool is_bundle_path(std::string_view path);

/// The stored form. Without `others` it is the workflow's bytes and nothing else; with them it
/// begins with a zero byte, which no YAML file has. `others` have each path once, in the order of
/// their bytes. The same files give the same bytes.
std::string encode_bundle(std::string_view workflow, const std::vector<BundleFile>& others);

struct Bundle {
  std::string workflow;
  std::vector<BundleFile> others;  ///< By path.
};
/// Throws Error for bytes that `encode_bundle` does not write.
Bundle decode_bundle(std::string_view bytes);

/// The folder of a workflow, as the compiler reads it.
class BundleFolder {
 public:
  virtual ~BundleFolder() = default;
  /// How messages name it: "flows", "." where we are.
  virtual std::string name() const = 0;
  /// The bytes of a file of at most `bytes_max`, not through a link that leads out of the folder;
  /// nothing when there is none, a Problem when it may not be read. `path` is a bundle path.
  virtual std::optional<Result<BundleFile>> read(const std::string& path,
                                                 std::size_t bytes_max) = 0;
  /// Paths of the files below `folder` ("" for all), at any depth, sorted, without hidden ones; at
  /// most `most`.
  virtual std::vector<std::string> paths(const std::string& folder, std::size_t most) = 0;
  /// Loads an action without any call that reaches outside, within limits, and tells what it
  /// declares: {"description", "inputs", "output_schema", "has_run", "others": [key, …]}.
  virtual Result<JsonText> declaration(const std::string& action,
                                       const std::vector<Module>& modules) = 0;
};

}  // namespace pawl::dsl

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::trial {

/// A path of a step, taken apart: `transform["eu"].clean`, `poll#3.check`. Where it names no item
/// or round, it means all of them.
struct StepPath {
  struct Part {
    std::string id;
    std::vector<std::string> marks;  ///< `["eu"]`, `#3`; as written.
  };
  std::vector<Part> parts;
};

/// Nothing for a text that is no path.
std::optional<StepPath> parse_step_path(std::string_view text);
/// "transform.clean": the path in the file.
std::string path_in_file(const StepPath& path);
/// Does `pattern` mean the step with this path? The number of items and rounds that it names, so
/// that the closest of several patterns can be found; nothing when it means another one.
std::optional<std::size_t> closeness(const StepPath& pattern, const StepPath& path);

}  // namespace pawl::trial

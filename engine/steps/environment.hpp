#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "steps/body.hpp"
#include "steps/process.hpp"
#include "steps/step_kind.hpp"

/// What a step's processes find around them.
namespace pawl::steps {

/// One variable or argument: Linux allows 128 KiB.
inline constexpr std::size_t shell_value_max = std::size_t{100} << 10;

/// Files in the attempt's scratch folder.
std::string report_path(const Job& job);
std::string checkpoint_path(const Job& job);
std::string checkpoint_due_path(const Job& job);

/// PATH HOME LANG TZ of the worker, then `declared` (an object), then PAWL_*. A Problem names the
/// variable that cannot be passed.
Result<std::vector<std::string>> environment_of(const Job& job, const JsonText& declared);
/// A Problem when a value named `name` cannot be an argument or a variable.
std::optional<Problem> check_passable(const std::string& name, const std::string& value);
/// In the environment of this attempt's processes and of no others.
std::string marker_of(const Job& job);

/// `workdir` as the step may name it, or empty, against the bundle's folder.
std::string workdir_of(const Job& job, const std::string& workdir);

/// Makes the scratch folder, unless it is there, and, if there is one, the file with the last
/// checkpoint. Loop thread, like the next.
std::optional<Problem> make_scratch(AttemptContext& context);
void remove_scratch(AttemptContext& context);
/// Replaces the file's contents.
std::optional<Problem> write_file(const std::string& path, std::string_view text);

}  // namespace pawl::steps

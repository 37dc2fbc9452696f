#include "cli/step_ref.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace pawl::cli {

StepId find_step(const dsl::Plan& plan, const std::string& path, std::int64_t run_number) {
  std::vector<std::string> paths;
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(plan.steps.size()); ++i) {
    paths.push_back(dsl::path_of(plan, StepId{i}));
    if (paths.back() == path) return StepId{i};
  }
  const std::vector<std::string_view> known(paths.begin(), paths.end());
  const std::string_view near = closest(path, known);
  throw Error(ErrorKind::usage,
              fmt::format("run {} has no step {}", run_number, pawl::quoted(path)),
              near.empty() ? "" : fmt::format("did you mean {}?", pawl::quoted(near)),
              fmt::format("pawl show {}", run_number));
}

}  // namespace pawl::cli

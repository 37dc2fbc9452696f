#include "cli/step_ref.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace pawl::cli {

std::string plain_path(std::string_view path) {
  std::string plain;
  for (const char c : path) {
    if (c == '/' || c == '[') {
      plain += '.';
    } else if (c != ']' && c != '"') {
      plain += c;
    }
  }
  return plain;
}

namespace {

/// The one of `paths` that ends so; empty when there is none, or more.
std::string_view only_end(const std::vector<std::string_view>& paths, const std::string& end) {
  std::string_view found;
  for (const std::string_view path : paths) {
    if (!path.ends_with(end)) continue;
    if (!found.empty()) return "";
    found = path;
  }
  return found;
}

}  // namespace

StepId find_step(const dsl::Plan& plan, const std::string& path, std::int64_t run_number) {
  std::vector<std::string> paths;
  const std::string plain = plain_path(path);
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(plan.steps.size()); ++i) {
    std::string one = dsl::path_of(plan, StepId{i});
    if (one.empty()) continue;  // An item that has not begun.
    if (plain_path(one) == plain) return StepId{i};
    paths.push_back(std::move(one));
  }
  const std::vector<std::string_view> known(paths.begin(), paths.end());
  std::string_view near = closest(path, known);
  if (near.empty()) near = only_end(known, "." + path);
  constexpr std::size_t listed_max = 8;
  std::string fix;
  if (!near.empty()) {
    fix = fmt::format("did you mean {}?", pawl::quoted(near));
  } else if (known.size() <= listed_max) {
    fix = fmt::format("it has: {}", fmt::join(known, ", "));
  }
  throw Error(ErrorKind::usage,
              fmt::format("run {} has no step {}", run_number, pawl::quoted(path)), fix,
              fmt::format("pawl show {}", run_number));
}

}  // namespace pawl::cli

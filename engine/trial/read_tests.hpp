#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/diagnostic.hpp"
#include "dsl/plan.hpp"
#include "trial/case.hpp"

/// From the text of a test file to its cases, or to every mistake in it at once. No I/O.
namespace pawl::trial {

struct TestFile {
  std::vector<Case> cases;       ///< Only without errors.
  dsl::Diagnostics diagnostics;  ///< Sorted, each once.
};

/// What `workflow:` says; nothing when it is not there, or the file cannot be read so far.
std::optional<std::string> workflow_named_in(std::string_view source);

/// `plan` is that of the workflow: what the cases name has to be in it.
TestFile read_tests(std::string_view source, const dsl::Plan& plan);

}  // namespace pawl::trial

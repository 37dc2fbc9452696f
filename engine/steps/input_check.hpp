#pragma once

#include <string>

#include "base/result.hpp"
#include "dsl/plan.hpp"

namespace pawl::steps {

/// The value as the input's declaration wants it, or what is wrong with it. A string is read as the
/// declared type, so that what comes from a command line or a template needs no quoting rules.
Result<JsonText> checked_input(const dsl::Input& input, const JsonText& given);

}  // namespace pawl::steps

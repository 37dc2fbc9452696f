#pragma once

#include <optional>

#include "base/json_text.hpp"
#include "core/failure.hpp"

namespace pawl::steps {

/// Why `output` is not what `schema`, an `output_schema`, wants: a failure of kind `output` that
/// names the place in it. Takes time with the size of both: at most some 100 ms.
std::optional<core::Failure> check_output(const JsonText& schema, const JsonText& output);

}  // namespace pawl::steps

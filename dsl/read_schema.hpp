#pragma once

#include <memory>

#include "base/json_text.hpp"
#include "dsl/front.hpp"

namespace pawl::dsl {

/// The entry `output_schema` of a step: a JSON Schema, ready for use. Null after a mistake, which
/// is reported at the keyword that is wrong.
std::shared_ptr<const JsonText> read_output_schema(Front& front, Entry entry);

}  // namespace pawl::dsl

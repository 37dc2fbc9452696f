#pragma once

#include <memory>

#include "base/json_text.hpp"
#include "dsl/front.hpp"

namespace pawl::dsl {

/// The entry `output_schema` of a step: a JSON Schema, or {file: PATH} of one, ready for use. Null
/// after a mistake, which is reported at the keyword that is wrong.
std::shared_ptr<const JsonText> read_output_schema(Front& front, Entry entry);

/// The schema that stands at `node`.
std::shared_ptr<const JsonText> read_schema_at(Front& front, NodeId node);

}  // namespace pawl::dsl

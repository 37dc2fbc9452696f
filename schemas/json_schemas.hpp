#pragma once

#include <span>
#include <string_view>

namespace pawl::schemas {

/// A file NAME.schema.json of this folder, as it was when this program was built. Draft 7 of JSON
/// Schema, which editors know best.
struct JsonSchema {
  std::string_view name;  ///< "workflow"
  std::string_view text;
};

/// By name.
std::span<const JsonSchema> json_schemas();

}  // namespace pawl::schemas

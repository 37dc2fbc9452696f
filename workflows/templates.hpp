#pragma once

#include <span>
#include <string_view>

namespace pawl::workflows {

/// A file of workflows/templates, as it was when this program was built.
struct Template {
  std::string_view name;  ///< "hello": of the file, and of the workflow in it.
  std::string_view text;
};

/// By name.
std::span<const Template> templates();

}  // namespace pawl::workflows

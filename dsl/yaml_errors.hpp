#pragma once

#include <cstddef>
#include <string_view>

#include "dsl/diagnostic.hpp"
#include "dsl/source_text.hpp"

namespace pawl::dsl {

/// What yaml-cpp says about a file it cannot read, in plain words; `offset` is its mark.
Diagnostic reword_yaml_error(std::string_view words, std::size_t offset, const SourceText& source);

}  // namespace pawl::dsl

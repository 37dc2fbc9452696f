#pragma once

#include "dsl/front.hpp"

namespace pawl::dsl {

/// The root's `inputs:`. Fills Front::inputs, which code that reads inputs is checked against.
void read_inputs(Front& front, Entry entry);

}  // namespace pawl::dsl

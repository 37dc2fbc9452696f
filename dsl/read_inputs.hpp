#pragma once

#include <vector>

#include "dsl/front.hpp"
#include "dsl/read_names.hpp"

namespace pawl::dsl {

/// The root's `inputs:`. Fills Front::inputs, which code that reads inputs is checked against.
void read_inputs(Front& front, Entry entry);

/// `form` of an approval, whose fields are declared like inputs. `scope`: of their defaults.
std::vector<Input> read_form(Front& front, Entry entry, const CodeScope& scope);

/// One declared input; `what` reads "an input". `defaults`: what the code of its default may name.
Input read_input(Front& front, Entry entry, std::string_view what, const CodeScope& defaults);

}  // namespace pawl::dsl

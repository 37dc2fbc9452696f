#pragma once

#include "dsl/front.hpp"

namespace pawl::dsl {

/// Resolves the names that steps read, once all steps are known: fills needs and reads.
void link(Front& front);

/// Reports steps that wait for each other in a circle.
void check_cycles(Front& front);
/// What happens once, or is undone, stands in no block that is tried again as a whole; and no step
/// has the name under which undos go.
void check_effects(Front& front);

}  // namespace pawl::dsl

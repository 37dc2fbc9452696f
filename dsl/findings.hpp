#pragma once

#include "dsl/front.hpp"

/// Warnings about a workflow that compiles and still says something that its author hardly meant.
/// Asked once names are resolved and nothing is wrong.
namespace pawl::dsl {

/// Inputs that nothing reads, and outputs that are kept for nobody.
void find_unused(Front& front);
/// Steps that can never run.
void find_unreachable(Front& front);
/// Fields that are read of a step that may have given nothing by then.
void find_missing(Front& front);

}  // namespace pawl::dsl

#pragma once

#include <optional>

#include "dsl/front.hpp"

/// Steps that wait: `wait` and `approval`.
namespace pawl::dsl {

std::optional<WaitSpec> read_wait(Front& front, Entry entry, StepId step);
std::optional<ApprovalSpec> read_approval(Front& front, Entry entry, StepId step);
/// `cancel_when: {signal: name}` of a block; empty when it is wrong.
std::string read_cancel_when(Front& front, Entry entry);

}  // namespace pawl::dsl

#pragma once

#include "core/run_state.hpp"

/// Steps that wait without a slot: for a time, a signal, people. What happens to them is in
/// waits.cpp as part of Turn.
namespace pawl::core {

/// Is it a `wait` or an `approval`?
bool waits(const RunState& run, InstId inst);
/// Files it under the signal that it waits for; or takes it out.
void file_waiting(RunState& run, InstId inst);
void unfile_waiting(RunState& run, InstId inst);
/// The signals that can mean something to a run of the plan; "" for names that it computes.
std::set<std::string> known_signals(const dsl::Plan& plan);
std::set<std::string> kept_signals(const dsl::Plan& plan);
/// What `actor` is called in `approvers`: "ana" for "user:ana".
std::string_view plain_name(std::string_view actor);

}  // namespace pawl::core

#pragma once

#include <cstdint>

#include "core/run_state.hpp"
#include "dsl/plan.hpp"

/// When a step runs: the table of DSL.md as a pure function of counters.
namespace pawl::core {

enum class Verdict : std::uint8_t { wait, run, skip, not_run };

/// `needs`: all needs of the step; `deciding`: those that take part in its join.
Verdict join_verdict(const dsl::Join& join, std::int32_t needs, std::int32_t deciding,
                     const Instance::Counts& counts);

/// How long after its failed try number `tries` (from 1) a step waits. `spread` in [0, 1) takes the
/// place of a random number when the policy has jitter: the delay falls by up to half.
Millis retry_delay(const dsl::Retry& retry, std::int32_t tries, double spread);

}  // namespace pawl::core

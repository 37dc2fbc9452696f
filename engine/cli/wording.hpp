#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "cli/plain_text.hpp"
#include "core/failure.hpp"
#include "core/run_state.hpp"
#include "core/states.hpp"

/// How states, times and failures are told to people: the same words in every command.
namespace pawl::cli {

/// One cell; the word of the state stands beside it always.
std::string_view glyph_of(core::StepState state);
std::string_view glyph_of(core::RunPhase phase);

/// "13:30:14", local.
std::string clock_text(TimePoint at);
/// "13:30:14.120", local.
std::string clock_millis(TimePoint at);
/// "2026-11-20 13:30", local.
std::string day_and_clock(TimePoint at);

/// `exit 2, "ld: out of memory"`: on one line whatever the message holds.
std::string failure_text(const core::Failure& failure);
/// "1 step", "3 steps".
std::string counted(std::int64_t count, std::string_view word);

int exit_code_of(core::RunPhase phase);

}  // namespace pawl::cli

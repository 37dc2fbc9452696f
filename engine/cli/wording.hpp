#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "cli/plain_text.hpp"
#include "core/failure.hpp"
#include "core/run_state.hpp"
#include "core/states.hpp"
#include "store/store.hpp"

/// How states, times and failures are told to people: the same words in every command.
namespace pawl::cli {

/// "13:30:14", local.
std::string clock_text(TimePoint at);
/// "13:30:14.120", local.
std::string clock_millis(TimePoint at);
/// "2026-11-20 13:30:14.123": a time as `-v` tells it.
std::string full_time(TimePoint at);
/// "2026-11-20 13:30", local.
std::string day_and_clock(TimePoint at);

/// `exit 2, "ld: out of memory"`: on one line whatever the message holds.
std::string failure_text(const core::Failure& failure);
/// The same of the note of an event, which is the message alone: "exit code 2: ld: out of memory".
std::string reason_text(std::string_view note);
/// "2 tries", "2 tries, 4 in all": the first since a repair, if there was one.
std::string tries_text(const core::Instance& instance);
/// "for each of steps.list.output", "for each of 3 items".
std::string foreach_text(const dsl::Foreach& each);
/// What a step that waits waits for: "for the signal 'paid', 2h at most", "for ana, rejects itself
/// in 21h", "for 1h59m more".
std::string wait_text(const core::Instance& instance, const dsl::Step& step, TimePoint now);
/// "pawl approve 4711 review": what ends the wait; empty when nobody has to do anything.
std::string answer_command(const core::Instance& instance, std::int64_t number,
                           const std::string& path);
/// "1m30s": as the language writes it.
std::string duration_text(Millis span);
/// "switch on inputs.region, 3 cases", "loop until output.ready, at most 9 rounds", "race of 2
/// branches"; empty for a plain block.
std::string rule_text(const dsl::BlockSpec& block);
/// "10,001": counts for people.
std::string thousands(std::int64_t number);
/// "62 %, 5 of 8, reading part 48": as far as the step has told.
std::string progress_text(const store::Progress& progress);
/// "1 step", "3 steps", "10,001 steps".
std::string counted(std::int64_t count, std::string_view word);

int exit_code_of(core::RunPhase phase);

}  // namespace pawl::cli

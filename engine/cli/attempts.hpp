#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json_reading.hpp"
#include "dsl/plan.hpp"

/// What the journal tells about the attempts of steps.
namespace pawl::cli {

struct Attempt {
  enum class State { running, succeeded, failed, skipped, cancelled, lost, released };

  std::int32_t number = 0;
  State state = State::running;
  TimePoint started_at{};
  std::optional<TimePoint> ended_at;
  std::string why;                        ///< Of a bad end: the message.
  std::optional<core::FailureKind> kind;  ///< When it failed, as far as the journal has it.
  std::optional<int> exit_code;
  std::string stack;
  std::int64_t worker = 0;  ///< Incarnation; 0 when the journal does not tell.
};
using Attempts = std::map<std::int32_t, std::vector<Attempt>>;

/// The attempts of each step, from all events of the run in order. A block has none.
Attempts attempts_of(const std::vector<EventView>& events, const dsl::Plan& plan);

std::string_view name_of(Attempt::State state);

}  // namespace pawl::cli

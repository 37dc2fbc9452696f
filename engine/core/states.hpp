#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/failure.hpp"

/// The words for states. One table converts each, so that YAML, SQL, the API and people read the
/// same; the numbers are stored and never change their meaning.
namespace pawl::core {

enum class RunPhase : std::uint8_t {
  queued,
  running,
  waiting,
  paused,
  compensating,
  succeeded,
  failed,
  cancelled,
  interrupted,
  quarantined
};

enum class StepState : std::uint8_t {
  pending,
  ready,
  running,
  waiting,
  retrying,
  succeeded,
  failed,
  skipped,
  cancelled,
  not_run,
  unknown,
  interrupted
};

/// Why a step waits, or which way it ended.
enum class Reason : std::uint8_t { none, timer, signal, approval, child, queue, concurrency };

std::string_view name_of(RunPhase phase);
std::string_view name_of(StepState state);
std::string_view name_of(Reason reason);
std::string_view name_of(FailureKind kind);
std::optional<RunPhase> run_phase_of(std::string_view text);
std::optional<StepState> step_state_of(std::string_view text);
std::optional<FailureKind> failure_kind_of(std::string_view text);

constexpr bool has_ended(RunPhase phase) { return phase >= RunPhase::succeeded; }
constexpr bool has_ended(StepState state) { return state >= StepState::succeeded; }

}  // namespace pawl::core

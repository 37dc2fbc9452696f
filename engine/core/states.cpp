#include "core/states.hpp"

#include <array>

namespace pawl::core {

namespace {

constexpr std::array<std::string_view, 10> phases = {
    "queued",    "running", "waiting",   "paused",      "compensating",
    "succeeded", "failed",  "cancelled", "interrupted", "quarantined"};
constexpr std::array<std::string_view, 12> states = {
    "pending", "ready",   "running",   "waiting", "retrying", "succeeded",
    "failed",  "skipped", "cancelled", "not_run", "unknown",  "interrupted"};
constexpr std::array<std::string_view, 7> reasons = {"",      "timer", "signal",     "approval",
                                                     "child", "queue", "concurrency"};
constexpr std::array<std::string_view, 16> failures = {
    "exit", "signal", "timeout",    "heartbeat", "resource", "lua",   "http",     "sql",
    "mcp",  "llm",    "expression", "output",    "lost",     "limit", "rejected", "cancelled"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <class Enum, std::size_t N>
std::string_view name(const std::array<std::string_view, N>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? names[index] : std::string_view{"?"};
}

}  // namespace

std::string_view name_of(RunPhase phase) { return name(phases, phase); }
std::string_view name_of(StepState state) { return name(states, state); }
std::string_view name_of(Reason reason) { return name(reasons, reason); }
std::string_view name_of(FailureKind kind) { return name(failures, kind); }
std::optional<RunPhase> run_phase_of(std::string_view text) { return find<RunPhase>(phases, text); }
std::optional<StepState> step_state_of(std::string_view text) {
  return find<StepState>(states, text);
}
std::optional<FailureKind> failure_kind_of(std::string_view text) {
  return find<FailureKind>(failures, text);
}

}  // namespace pawl::core

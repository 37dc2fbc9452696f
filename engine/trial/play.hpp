#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/run_state.hpp"
#include "trial/case.hpp"
#include "trial/coverage.hpp"

/// Runs a case: the core decides, expressions and hooks are evaluated as a worker does it, bodies
/// of steps end as the case says, and time moves on to the next thing that happens.
///
/// No process, no database, no thread, no waiting. The same case gives the same run. There are as
/// many slots as wanted, and what happens at the moment at which a time limit ends is in time.
namespace pawl::trial {

/// So much may happen in a run of a case; an endless one would never come to its end.
inline constexpr std::int64_t events_max = 1'000'000;

/// What is not as a case says.
struct Difference {
  dsl::Span at;      ///< In the test file.
  std::string what;  ///< "state", "steps.push", or a sentence when nothing is compared.
  std::string expected, seen;
  std::string fix;
};

struct Seen {
  core::RunState run;
  TimePoint now{};                  ///< When it ended, or nothing more could happen.
  std::vector<std::string> order;   ///< Paths of steps that began, in the order of their ends.
  std::vector<Difference> stopped;  ///< Why the case could not be played to its end.
  std::optional<StepId> unmocked;   ///< The step for whose mock it was stopped.
  std::int64_t events = 0;
};

/// At most `limit` events: more stop the case.
Seen play(const std::shared_ptr<const core::Graph>& graph, const Case& one, Coverage& coverage,
          std::int64_t limit = events_max);

/// "2h10m", "1m30s500ms": as the language writes it, nothing rounded.
std::string exact_duration(Millis span);

/// What differs from the case's expectations; empty: it has passed.
std::vector<Difference> compare(const Case& one, const Seen& seen);

}  // namespace pawl::trial

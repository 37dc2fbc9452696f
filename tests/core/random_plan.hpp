#pragma once

#include <random>

#include "tests/core/plans.hpp"

/// Plans and choices by seed.
namespace pawl::test {

using Random = std::mt19937_64;

/// A number in [0, bound).
int below(Random& random, int bound);
bool chance(Random& random, int percent);

/// What a random plan has beside lists, maps and blocks.
struct Mix {
  bool copies = false;   ///< `foreach`, `loop`, `switch`, `max_parallel`, waits for a time.
  bool races = false;    ///< Who wins depends on who is quicker.
  bool signals = false;  ///< Waits for the signal "go", and approvals.
  bool once = false;     ///< Steps with `effects: once`, some with `verify`.
  bool undos = false;    ///< `undo`, and `compensate`.
};

/// Lists, maps and blocks with all joins, retries and hooks, and what `mix` says. Only blocks whose
/// ancestors are never retried fail fast, so that what an oracle cannot know (which neighbour was
/// quicker) stays inside them.
PlanDraft random_plan(Random& random, Mix mix = {});

}  // namespace pawl::test

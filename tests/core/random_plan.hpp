#pragma once

#include <random>

#include "tests/core/plans.hpp"

/// Plans and choices by seed.
namespace pawl::test {

using Random = std::mt19937_64;

/// A number in [0, bound).
int below(Random& random, int bound);
bool chance(Random& random, int percent);

/// Lists, maps and blocks with all joins, retries and hooks. Only blocks whose ancestors are never
/// retried fail fast, so that what an oracle cannot know (which neighbour was quicker) stays inside
/// them.
PlanDraft random_plan(Random& random);

}  // namespace pawl::test

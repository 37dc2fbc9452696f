#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/sim/world.hpp"

using namespace pawl;

/// PAWL_SIM_SEED=N replays one seed and prints what happened; PAWL_SIM_SEEDS=N sets how many new
/// seeds are tried, PAWL_SIM_FIRST where they begin.
namespace {

/// Seeds that once found a bug; each stays.
constexpr std::uint64_t regression_seeds[] = {1};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Totals {
  std::size_t runs = 0, events = 0, attempts = 0;
};

void live(std::uint64_t seed, Totals& totals, bool loud) {
  INFO("replay: PAWL_SIM_SEED=" << seed << " build/dev/sim_test");
  sim::World world(seed);
  world.loud = loud;
  try {
    world.live();
  } catch (const std::exception& broken) {
    if (!loud) std::fprintf(stderr, "%s", world.trace().c_str());
    FAIL("seed " << seed << ": " << broken.what());
  }
  totals.runs += world.database.runs().size();
  totals.events += world.checker.events_seen();
  totals.attempts += world.checker.attempts_begun();
}

}  // namespace

TEST_CASE("in every world the journal stays whole, and healed worlds end all runs", "[sim]") {
  Totals totals;
  const std::uint64_t only = number_from("PAWL_SIM_SEED", 0);
  if (only != 0) return live(only, totals, true);
  for (const std::uint64_t seed : regression_seeds) live(seed, totals, false);
  const std::uint64_t first = number_from("PAWL_SIM_FIRST", 1'000);
  const std::uint64_t seeds = number_from("PAWL_SIM_SEEDS", 100);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) live(seed, totals, false);
  std::printf("simulated %zu runs of %llu seeds: %zu events, %zu attempts\n", totals.runs,
              static_cast<unsigned long long>(seeds), totals.events, totals.attempts);
  CHECK(totals.runs > seeds);
}

namespace {

/// The rule is found out within so many worlds.
bool is_found_out(store::MemoryRules rules) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    try {
      sim::World(seed, rules).live();
    } catch (const sim::Violation& broken) {
      return std::string(broken.what()).find("sleeps on a request") != std::string::npos;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("worlds find out a sender that trusts its snapshot", "[sim]") {
  CHECK(is_found_out({.wake = store::MemoryRules::Wake::owner_in_snapshot}));
}

TEST_CASE("worlds find out a park that trusts its snapshot", "[sim]") {
  CHECK(is_found_out({.park = store::MemoryRules::Park::no_unread_in_snapshot}));
}

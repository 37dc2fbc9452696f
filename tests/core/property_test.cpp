#include <map>

#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"
#include "tests/core/random_plan.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;
using dsl::JoinRule;

namespace {

/// What the world does with try number `tries` of a step in a generation: the same for whoever
/// asks, so that the run and the oracle live in one world.
enum class Fate { succeeds, skips, fails, fails_for_good };
Fate fate_of(std::uint64_t seed, const std::string& path, int generation, int tries) {
  const auto hash = std::hash<std::string>{}(path + '/' + std::to_string(generation) + '/' +
                                             std::to_string(tries) + '/' + std::to_string(seed));
  const auto roll = (hash * 0x9E3779B97F4A7C15ULL) >> 57;  // 0 … 127
  return roll < 84    ? Fate::succeeds
         : roll < 90  ? Fate::skips
         : roll < 118 ? Fate::fails
                      : Fate::fails_for_good;
}

/// Runs a plan naively: one step after the other, in file order, no slots, no faults, no time.
class Oracle {
 public:
  Oracle(const dsl::Plan& plan, std::uint64_t seed) : plan_(plan), seed_(seed) {
    ends.resize(plan.steps.size());
    generation_.resize(plan.steps.size());
  }

  struct End {
    StepState state = StepState::pending;
    bool ignored = false;
    bool retryable = true;  ///< Of a failure.
    bool good() const { return state == StepState::succeeded || ignored; }
    bool skipped() const { return state == StepState::skipped && !ignored; }
    bool bad() const { return !good() && !skipped(); }
    bool failed() const { return state == StepState::failed && !ignored; }
  };
  std::vector<End> ends;

  bool run_fails() { return block_fails(StepId{0}).failed(); }

 private:
  End& end(StepId id) { return ends[static_cast<std::size_t>(id.value)]; }

  /// Runs the children of a block; how the block would end, without its own retry and on_error.
  End block_fails(StepId block) {
    End result{StepState::succeeded};
    for (const StepId child : std::get<dsl::BlockSpec>(plan_.step(block).spec).children) {
      end(child) = run_step(child);
      if (end(child).failed() && !result.failed()) {
        result = {StepState::failed, false, end(child).retryable};
      }
    }
    return result;
  }

  void next_generation(StepId block) {
    for (const StepId child : std::get<dsl::BlockSpec>(plan_.step(block).spec).children) {
      ++generation_[static_cast<std::size_t>(child.value)];
      end(child) = {};
      if (plan_.step(child).kind == dsl::Kind::steps) next_generation(child);
    }
  }

  StepState join_of(const dsl::Step& step, bool in_list) {
    bool written = false;
    for (const dsl::Need& need : step.needs) written |= need.source == dsl::NeedSource::written;
    int deciders = 0, good = 0, skipped = 0, bad = 0;
    bool any_bad = false;
    for (const dsl::Need& need : step.needs) {
      any_bad |= end(need.step).bad();
      const bool decides =
          written   ? need.source == dsl::NeedSource::written
          : in_list ? step.join.rule != JoinRule::automatic && need.source == dsl::NeedSource::order
                    : need.source == dsl::NeedSource::data;
      if (!decides) continue;
      ++deciders;
      good += end(need.step).good();
      skipped += end(need.step).skipped();
      bad += end(need.step).bad();
    }
    const auto reach = [&](int wanted) {
      return good >= wanted       ? StepState::running
             : skipped < deciders ? StepState::not_run
                                  : StepState::skipped;
    };
    switch (step.join.rule) {
      case JoinRule::automatic:
        if (any_bad) return StepState::not_run;
        return deciders > 0 && skipped == deciders ? StepState::skipped : StepState::running;
      case JoinRule::all:
        return any_bad || skipped > 0 ? StepState::not_run : StepState::running;
      case JoinRule::any:
        return reach(1);
      case JoinRule::at_least:
        return reach(step.join.at_least);
      case JoinRule::always:
        return StepState::running;
      case JoinRule::failed:
        return bad > 0 ? StepState::running : StepState::skipped;
    }
    return StepState::pending;
  }

  End run_step(StepId id) {
    const dsl::Step& step = plan_.step(id);
    const bool in_list = std::get<dsl::BlockSpec>(plan_.step(step.parent).spec).is_list;
    const bool goes_on = step.settings->on_error == dsl::OnError::resume;
    const StepState verdict = join_of(step, in_list);
    if (verdict != StepState::running) return {verdict};
    if (step.when && step.when->text == "false") return {StepState::skipped};
    if (step.when && step.when->text == "broken") return {StepState::failed, goes_on, false};
    for (int tries = 1;; ++tries) {
      End result{StepState::succeeded};
      if (step.kind == dsl::Kind::steps) {
        result = block_fails(id);
      } else {
        const int generation = generation_[static_cast<std::size_t>(id.value)];
        switch (fate_of(seed_, dsl::path_of(plan_, id), generation, tries)) {
          case Fate::succeeds:
            break;
          case Fate::skips:
            result.state = StepState::skipped;
            break;
          case Fate::fails:
            result.state = StepState::failed;
            break;
          case Fate::fails_for_good:
            result = {StepState::failed, false, false};
            break;
        }
      }
      if (!result.failed()) return result;
      if (!result.retryable || tries >= step.settings->retry.max_attempts) {
        result.ignored = goes_on;
        return result;
      }
      if (step.kind == dsl::Kind::steps) next_generation(id);
    }
  }

  const dsl::Plan& plan_;
  std::uint64_t seed_;
  std::vector<int> generation_;
};

/// Lets a run live with random slots, order of ends, deaths of workers, drains and pauses.
void live(Play& play, Random& random, std::uint64_t seed) {
  play.slots = 1 + below(random, 4);
  play.start();
  for (int turn = 0; !has_ended(play.phase()); ++turn) {
    if (turn > 20'000) throw std::logic_error("the run does not end:\n" + picture_of(play.run));
    const int roll = below(random, 100);
    if (play.run.facts.paused) {
      if (roll < 30) play.resume();
    } else if (roll < 4) {
      play.pause(chance(random, 50));
      continue;
    }
    if (roll >= 96) {
      play.worker_dies();
      continue;
    }
    std::vector<InstId> running;
    for (std::size_t i = 1; i < play.run.instances.size(); ++i) {
      const InstId inst{static_cast<std::int32_t>(i)};
      if (play.run.at(inst).state == StepState::running &&
          play.run.graph->plan().step(StepId{inst.value}).kind != dsl::Kind::steps) {
        running.push_back(inst);
      }
    }
    if (running.empty() || chance(random, 10)) {
      play.tick(Millis{below(random, 8)});
      continue;
    }
    const InstId inst =
        running[static_cast<std::size_t>(below(random, static_cast<int>(running.size())))];
    const std::string path = path_of(play.run, inst);
    const Instance& instance = play.run.at(inst);
    if (instance.stopping && chance(random, 70)) {
      play.end(path, Stopped{.released = instance.stop_why == StopWhy::pause});
    } else if (chance(random, 5)) {
      play.released(path);
    } else {
      switch (fate_of(seed, path, instance.generation, instance.tries)) {
        case Fate::succeeds:
          play.succeed(path, std::to_string(turn));
          break;
        case Fate::skips:
          play.end(path, Skipped{"by the world"});
          break;
        case Fate::fails:
          play.fail(path);
          break;
        case Fate::fails_for_good:
          play.fail(path, FailureKind::limit);
          break;
      }
    }
  }
}

/// Does a block around the step fail fast? Then the step may have been stopped by a neighbour.
bool may_be_stopped(const dsl::Plan& plan, StepId step) {
  for (StepId at = plan.step(step).parent; at != dsl::no_step; at = plan.step(at).parent) {
    if (std::get<dsl::BlockSpec>(plan.step(at).spec).fail_fast) return true;
  }
  return false;
}

void compare(const Play& play, Oracle& oracle) {
  const dsl::Plan& plan = play.run.graph->plan();
  CHECK(play.phase() == (oracle.run_fails() ? RunPhase::failed : RunPhase::succeeded));
  for (std::size_t i = 1; i < plan.steps.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    if (plan.steps[i].parent == dsl::no_step) continue;  // A hook.
    const Instance& instance = play.run.instances[i];
    const Oracle::End& expected = oracle.ends[i];
    const bool stopped =
        may_be_stopped(plan, step) &&
        (instance.state == StepState::cancelled || instance.state == StepState::not_run ||
         instance.state == StepState::pending || expected.state == StepState::not_run);
    if (stopped || (instance.state == expected.state && instance.ignored == expected.ignored)) {
      continue;
    }
    INFO(dsl::path_of(plan, step));
    CHECK(instance.state == expected.state);
    CHECK(instance.ignored == expected.ignored);
  }
}

}  // namespace

TEST_CASE("however a run lives, it ends as the naive reading of its plan says", "[core]") {
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    Random random(seed);
    const auto graph = a_graph(random_plan(random));
    Play play(graph);
    play.twin_checks = seed % 10 == 0;
    Oracle oracle(graph->plan(), seed);
    INFO("seed " << seed);
    REQUIRE_NOTHROW(live(play, random, seed));
    compare(play, oracle);
  }
}

TEST_CASE("after a cancel nothing starts but hooks, and the run ends as cancelled", "[core]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    PlanDraft draft = random_plan(random);
    draft.hooks = {"on_cancel", "finally"};
    Play play(draft);
    play.twin_checks = seed % 10 == 0;
    play.slots = 2;
    play.start();
    const int events = below(random, 8);
    const auto end_one = [&] {
      const std::string running = play.running();
      if (running.empty()) {
        play.tick(1s);
      } else {
        const std::string path = running.substr(0, running.find(' '));
        chance(random, 30) ? play.fail(path) : play.succeed(path);
      }
    };
    for (int i = 0; i < events && !has_ended(play.phase()); ++i) end_one();
    if (play.cancel().refused) continue;  // It had ended, or was ending.
    const std::size_t started = play.started.size();
    INFO("seed " << seed);
    for (int turn = 0; turn < 100 && !has_ended(play.phase()); ++turn) end_one();
    CHECK(play.phase() == RunPhase::cancelled);
    for (std::size_t i = started; i < play.started.size(); ++i) {
      CHECK(play.started[i].substr(0, 6) == "hooks.");
    }
  }
}

TEST_CASE("repairs until all is well run each step to one success, and none twice", "[core]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    PlanDraft draft;
    for (int i = 0; i < 12; ++i) {
      Draft step{.id = "s" + std::to_string(i)};
      for (int j = 0; j < i; ++j) {
        if (chance(random, 25)) step.needs.push_back("s" + std::to_string(j));
      }
      if (chance(random, 25)) step.list = {{.id = "x"}, {.id = "y"}};
      draft.map.push_back(std::move(step));
    }
    draft.fail_fast = chance(random, 30);
    Play play(draft);
    play.twin_checks = false;
    std::map<std::string, int> successes;
    INFO("seed " << seed);
    play.start();
    for (int round = 0; round < 200 && play.phase() != RunPhase::succeeded; ++round) {
      while (!has_ended(play.phase())) {
        const std::string running = play.running();
        const std::string path = running.substr(0, running.find(' '));
        if (play.at(path).stopping) {
          play.stopped(path);
        } else if (chance(random, 20)) {
          play.fail(path);
        } else {
          play.succeed(path);
          ++successes[path];
        }
        if (chance(random, 2)) play.cancel();
      }
      if (play.phase() != RunPhase::succeeded) CHECK_FALSE(play.repair().refused);
    }
    CHECK(play.phase() == RunPhase::succeeded);
    for (const auto& [path, count] : successes) {
      INFO(path);
      CHECK(count == 1);
    }
  }
}

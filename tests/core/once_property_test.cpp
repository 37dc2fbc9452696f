#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/core/play.hpp"
#include "tests/core/random_plan.hpp"

/// What must hold of `effects: once` and of `undo`, however a run lives.
namespace pawl::core {
namespace {

using namespace std::chrono_literals;
using test::below;
using test::chance;
using test::Play;
using test::Random;

/// The instances with an attempt under way.
std::vector<InstId> running_in(const RunState& run) {
  std::vector<InstId> running;
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    const bool runs = run.at(inst).state == StepState::running && run.at(inst).role != Role::unused;
    if (runs && !is_block(run, inst)) running.push_back(inst);
  }
  return running;
}

bool is_once(const RunState& run, InstId inst) {
  const bool is_undo = run.at(inst).role == Role::undo;
  const dsl::Step& step = run.graph->plan().step(run.at(inst).step);
  return !is_undo && step.settings->effects == dsl::Effects::once;
}

/// A run in a world that remembers which attempts nobody knows the end of.
class Life {
 public:
  Life(const test::PlanDraft& draft, std::uint64_t seed) : play(draft), random_(seed) {
    play.twin_checks = seed % 10 == 0;
    play.slots = 1 + below(random_, 4);
  }

  void live() {
    play.start();
    look();
    for (int turn = 0; turn < 5'000 && !is_over(); ++turn) {
      act();
      look();
    }
    REQUIRE(is_over());
  }

  Play play;

 private:
  bool is_over() {
    if (!has_ended(play.phase())) return false;
    // People resolve what is unknown, and repair now and then.
    for (std::size_t i = 1; i < play.run.instances.size(); ++i) {
      const InstId inst{static_cast<std::int32_t>(i)};
      if (play.run.at(inst).role == Role::unused) continue;
      if (play.run.at(inst).state == StepState::unknown) return false;
    }
    return true;
  }

  void act() {
    if (has_ended(play.phase())) return resolve();
    const int roll = below(random_, 100);
    if (play.run.facts.paused && roll < 40) play.resume();
    if (!play.run.facts.paused && roll < 3) play.pause(chance(random_, 50));
    if (roll == 50 && chance(random_, 10)) play.cancel();
    look();
    const std::vector<InstId> running = running_in(play.run);
    if (roll > 92) return lose_all(running);
    if (running.empty() || roll > 85) {
      play.tick(Millis{below(random_, 10)});
      return;
    }
    end(running[static_cast<std::size_t>(below(random_, static_cast<int>(running.size())))]);
  }

  void end(InstId inst) {
    const std::string path = path_of(play.run, inst);
    const Instance& instance = play.run.at(inst);
    if (instance.in_doubt) return answer(path);
    if (instance.stopping && chance(random_, 70)) {
      play.end(path, Stopped{.released = instance.stop_why == StopWhy::pause});
    } else if (chance(random_, 5)) {
      if (is_once(play.run, inst)) doubts_.insert(path);
      play.released(path);
    } else {
      chance(random_, 20) ? play.fail(path) : play.succeed(path, "1");
    }
  }

  void answer(const std::string& path) {
    const auto what = static_cast<Verified::What>(below(random_, 3));
    if (what != Verified::What::open) doubts_.erase(path);
    play.end(path, Verified{what, {}, ""});
  }

  void lose_all(const std::vector<InstId>& running) {
    for (const InstId inst : running) {
      if (is_once(play.run, inst)) doubts_.insert(path_of(play.run, inst));
    }
    play.worker_dies();
  }

  void resolve() {
    for (std::size_t i = 1; i < play.run.instances.size(); ++i) {
      const InstId inst{static_cast<std::int32_t>(i)};
      const Instance& instance = play.run.at(inst);
      if (instance.role == Role::unused || instance.state != StepState::unknown) continue;
      const std::string path = path_of(play.run, inst);
      doubts_.erase(path);
      REQUIRE_FALSE(play.resolve(path, chance(random_, 50)).refused);
      return;
    }
  }

  /// What has begun since the last look.
  void look() {
    for (; seen_ < play.started.size(); ++seen_) {
      const std::string path = play.started[seen_].substr(0, play.started[seen_].rfind('#'));
      const InstId inst = find_instance(play.run, path);
      if (inst.value < 0 || !is_once(play.run, inst) || play.run.at(inst).in_doubt) continue;
      INFO(path);
      CHECK_FALSE(doubts_.contains(path));
    }
  }

  Random random_;
  std::set<std::string> doubts_;  ///< May have been done, as far as anybody knows.
  std::size_t seen_ = 0;
};

}  // namespace

TEST_CASE("what happens once begins again only when somebody says that it was not done", "[core]") {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Random random(seed);
    const test::PlanDraft draft =
        test::random_plan(random, {.copies = seed % 2 == 0, .once = true, .undos = seed % 3 == 0});
    INFO("seed " << seed);
    Life(draft, seed).live();
  }
}

TEST_CASE("at the end of a compensated run all that succeeded is undone once, the last first",
          "[core]") {
  int compensated = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Random random(seed);
    test::PlanDraft draft = test::random_plan(random, {.copies = seed % 2 == 0, .undos = true});
    draft.compensate = dsl::Compensate::on_failure;
    INFO("seed " << seed);
    Life life(draft, seed);
    life.live();
    const RunState& run = life.play.run;
    const ItemRange undos = run.facts.undos;
    std::set<InstId> expected, seen;
    for (std::size_t i = 1; i < run.instances.size(); ++i) {
      const InstId inst{static_cast<std::int32_t>(i)};
      const Instance& instance = run.at(inst);
      const bool counts = instance.role == Role::step || instance.role == Role::rounds;
      if (!counts || is_round(run, inst) || is_hook(run, inst)) continue;
      if (!run.graph->plan().step(instance.step).undo) continue;
      if (instance.state == StepState::succeeded) expected.insert(inst);
    }
    if (run.facts.phase != RunPhase::failed) expected.clear();
    TimePoint before = TimePoint::max();
    for (std::int32_t i = 0; i < undos.count; ++i) {
      const Instance& undo = run.at(InstId{undos.first.value + i});
      CHECK(has_ended(undo.state));
      CHECK(undo.attempt > 0);
      CHECK(seen.insert(undo.undo_of).second);
      CHECK(*run.at(undo.undo_of).ended_at <= before);
      before = *run.at(undo.undo_of).ended_at;
    }
    CHECK(seen == expected);
    compensated += undos.count > 0;
  }
  CHECK(compensated > 100);
}

}  // namespace pawl::core

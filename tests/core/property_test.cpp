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
  Oracle(const dsl::Plan& plan, std::uint64_t seed) : plan_(plan), seed_(seed) {}

  struct End {
    StepState state = StepState::pending;
    bool ignored = false;
    bool retryable = true;  ///< Of a failure.
    bool good() const { return state == StepState::succeeded || ignored; }
    bool skipped() const { return state == StepState::skipped && !ignored; }
    bool bad() const { return !good() && !skipped(); }
    bool failed() const { return state == StepState::failed && !ignored; }
  };

  bool run_fails() { return steps_of(StepId{0}, "").failed(); }
  End end(const std::string& path) const {
    const auto found = ends_.find(path);
    return found == ends_.end() ? End{} : found->second;
  }

 private:
  static std::string inside(const std::string& block, const std::string& id) {
    return block.empty() ? id : block + '.' + id;
  }
  const dsl::BlockSpec* block_of(StepId id) const {
    return std::get_if<dsl::BlockSpec>(&plan_.step(id).spec);
  }

  /// Runs the steps of a block once; how it would end, without its own retry and on_error.
  End steps_of(StepId block, const std::string& path) {
    End result{StepState::succeeded};
    for (const StepId child : block_of(block)->children) {
      const std::string its = inside(path, plan_.step(child).id);
      const End end = ends_[its] = run_step(child, path, its);
      if (end.failed() && !result.failed()) result = {StepState::failed, false, end.retryable};
    }
    return result;
  }

  End case_of(StepId id, const std::string& path) {
    const dsl::BlockSpec& block = *block_of(id);
    const std::string& value = block.choice->value.pieces[0].text;
    End result{StepState::skipped};
    for (const StepId child : block.children) {
      const std::string& name = plan_.step(child).id;
      const bool is_chosen = value == '"' + name + '"';
      if (!is_chosen) continue;
      result = {StepState::succeeded};
      const End end = ends_[inside(path, name)] = run_instance(child, inside(path, name), false);
      if (end.failed()) result = {StepState::failed, false, end.retryable};
    }
    if (result.state == StepState::skipped) return result;
    for (const StepId child : block.children) {
      End& end = ends_[inside(path, plan_.step(child).id)];
      if (end.state == StepState::pending) end = {StepState::skipped};
    }
    return result;
  }

  End rounds_of(StepId id, const std::string& path) {
    const dsl::Rounds& rule = *block_of(id)->rounds;
    for (int index = 1;; ++index) {
      const std::string round = path + '#' + std::to_string(index);
      const End end = ends_[round] = steps_of(id, round);
      if (end.failed()) return end;
      if (rule.done.text == "index == " + std::to_string(index)) return {StepState::succeeded};
      if (index == rule.max) return {StepState::failed, false, false};
    }
  }

  End items_of(StepId id, const std::string& path) {
    const std::string& list = plan_.step(id).each->items.expression.pieces[0].text;
    End result{StepState::succeeded};
    for (const char c : list) {
      if (c < '0' || c > '9') continue;
      const std::string item = path + '[' + c + ']';
      const End end = ends_[item] = run_instance(id, item, true);
      if (end.failed() && !result.failed()) result = {StepState::failed, false, end.retryable};
    }
    result.ignored = result.failed() && goes_on(id);
    return result;
  }

  bool goes_on(StepId id) const {
    return plan_.step(id).settings->on_error == dsl::OnError::resume;
  }

  /// What is inside of it begins anew; its copies are forgotten.
  void next_generation(StepId id, const std::string& path) {
    const auto forget = [&](const std::string& from) {
      std::erase_if(ends_, [&](const auto& one) { return one.first.starts_with(from); });
      std::erase_if(generation_, [&](const auto& one) { return one.first.starts_with(from); });
    };
    if (dsl::rule_of(plan_.step(id)) == dsl::BlockRule::rounds && !path.ends_with('#')) {
      return forget(path + '#');
    }
    for (const StepId child : block_of(id)->children) {
      const std::string its = inside(path, plan_.step(child).id);
      ++generation_[its];
      ends_.erase(its);
      if (dsl::has_copies(plan_.step(child))) {
        forget(its + '[');
        forget(its + '#');
      } else if (block_of(child) != nullptr) {
        next_generation(child, its);
      }
    }
  }

  StepState join_of(const dsl::Step& step, const std::string& around, bool in_list) {
    bool written = false;
    for (const dsl::Need& need : step.needs) written |= need.source == dsl::NeedSource::written;
    int deciders = 0, good = 0, skipped = 0, bad = 0;
    bool any_bad = false;
    for (const dsl::Need& need : step.needs) {
      const End end = this->end(inside(around, plan_.step(need.step).id));
      any_bad |= end.bad();
      const bool decides =
          written   ? need.source == dsl::NeedSource::written
          : in_list ? step.join.rule != JoinRule::automatic && need.source == dsl::NeedSource::order
                    : need.source == dsl::NeedSource::data;
      if (!decides) continue;
      ++deciders;
      good += end.good();
      skipped += end.skipped();
      bad += end.bad();
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

  End run_step(StepId id, const std::string& around, const std::string& path) {
    const dsl::Step& step = plan_.step(id);
    const StepState verdict = join_of(step, around, block_of(step.parent)->is_list);
    if (verdict != StepState::running) return {verdict};
    if (step.when && step.when->text == "false") return {StepState::skipped};
    if (step.when && step.when->text == "broken") return {StepState::failed, goes_on(id), false};
    return step.each ? items_of(id, path) : run_instance(id, path, false);
  }

  /// One try, whatever it is.
  End run_once(StepId id, const std::string& path, int tries) {
    const dsl::Step& step = plan_.step(id);
    if (step.kind == dsl::Kind::wait) return {StepState::succeeded};
    if (block_of(id) != nullptr) {
      switch (dsl::rule_of(step)) {
        case dsl::BlockRule::choice:
          return case_of(id, path);
        case dsl::BlockRule::rounds:
          return rounds_of(id, path);
        case dsl::BlockRule::race:
        case dsl::BlockRule::all:
          return steps_of(id, path);
      }
    }
    switch (fate_of(seed_, path, generation_[path], tries)) {
      case Fate::skips:
        return {StepState::skipped};
      case Fate::fails:
        return {StepState::failed};
      case Fate::fails_for_good:
        return {StepState::failed, false, false};
      case Fate::succeeds:
        break;
    }
    return {StepState::succeeded};
  }

  /// A step or one of its items, with its tries; `on_error` of items is about all of them.
  End run_instance(StepId id, const std::string& path, bool is_item) {
    for (int tries = 1;; ++tries) {
      End result = run_once(id, path, tries);
      if (!result.failed()) return result;
      if (!result.retryable || tries >= plan_.step(id).settings->retry.max_attempts) {
        result.ignored = !is_item && goes_on(id);
        return result;
      }
      if (block_of(id) != nullptr) next_generation(id, path);
    }
  }

  const dsl::Plan& plan_;
  std::uint64_t seed_;
  std::map<std::string, End> ends_;
  std::map<std::string, int> generation_;
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
      if (play.run.at(inst).state == StepState::running && !is_block(play.run, inst)) {
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

/// A block that was stopped before it was tried again keeps what its last try has left.
bool is_in_stopped(const RunState& run, InstId inst) {
  for (InstId at = run.at(inst).parent; at.value > 0; at = run.at(at).parent) {
    if (run.at(at).state == StepState::cancelled) return true;
  }
  return false;
}

/// What fails while it is stopped is not tried again.
bool was_not_retried(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  const dsl::Settings& settings = *run.graph->plan().step(instance.step).settings;
  return instance.state == StepState::failed && instance.tries < settings.retry.max_attempts;
}

void compare(const Play& play, Oracle& oracle) {
  const RunState& run = play.run;
  CHECK(play.phase() == (oracle.run_fails() ? RunPhase::failed : RunPhase::succeeded));
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    const Instance& instance = run.instances[i];
    if (instance.role == Role::unused || is_hook(run, inst)) continue;
    const std::string path = path_of(run, inst);
    const Oracle::End expected = oracle.end(path);
    const bool stopped =
        may_be_stopped(run.graph->plan(), instance.step) &&
        (instance.state == StepState::cancelled || instance.state == StepState::not_run ||
         instance.state == StepState::pending || expected.state == StepState::not_run ||
         is_in_stopped(run, inst) || was_not_retried(run, inst));
    if (stopped || (instance.state == expected.state && instance.ignored == expected.ignored)) {
      continue;
    }
    INFO(path);
    CHECK(instance.state == expected.state);
    CHECK(instance.ignored == expected.ignored);
  }
}

}  // namespace

TEST_CASE("however a run lives, it ends as the naive reading of its plan says", "[core]") {
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    Random random(seed);
    const auto graph = a_graph(random_plan(random, {.copies = seed % 3 != 0}));
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
    PlanDraft draft =
        random_plan(random, {.copies = true, .races = true, .signals = chance(random, 50)});
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

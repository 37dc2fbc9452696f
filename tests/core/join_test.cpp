#include "core/join.hpp"

#include <array>
#include <vector>

#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using dsl::JoinRule;
using dsl::NeedSource;

namespace {

/// What a need can be to the step that needs it.
struct NeedState {
  const char* name;
  StepState state;
  bool ignored;
};
constexpr std::array<NeedState, 9> need_states = {{{"pending", StepState::pending, false},
                                                   {"running", StepState::running, false},
                                                   {"succeeded", StepState::succeeded, false},
                                                   {"ignored", StepState::failed, true},
                                                   {"skipped", StepState::skipped, false},
                                                   {"failed", StepState::failed, false},
                                                   {"cancelled", StepState::cancelled, false},
                                                   {"not_run", StepState::not_run, false},
                                                   {"unknown", StepState::unknown, false}}};

struct Case {
  dsl::Join join;
  bool in_list = false;
  std::vector<NeedSource> sources;
  std::vector<NeedState> needs;
};

/// The table of DSL.md, "When does a step run?", read naively.
Verdict oracle(const Case& c) {
  bool any_written = false;
  for (const NeedSource source : c.sources) any_written |= source == NeedSource::written;
  int deciders = 0, good = 0, skipped = 0, bad = 0, open = 0;
  bool all_ended = true, any_bad = false, others_ended = true;
  for (std::size_t i = 0; i < c.needs.size(); ++i) {
    const NeedState& need = c.needs[i];
    const bool is_open = need.state == StepState::pending || need.state == StepState::running;
    const bool is_good = need.state == StepState::succeeded || need.ignored;
    const bool is_skipped = need.state == StepState::skipped;
    const bool is_bad = !is_open && !is_good && !is_skipped;
    all_ended &= !is_open;
    any_bad |= is_bad;
    bool decides = false;
    if (any_written) {
      decides = c.sources[i] == NeedSource::written;
    } else if (c.in_list) {
      decides = c.join.rule != JoinRule::automatic && c.sources[i] == NeedSource::order;
    } else {
      decides = c.sources[i] == NeedSource::data;
    }
    if (!decides) {
      others_ended &= !is_open;
      continue;
    }
    ++deciders;
    good += is_good;
    skipped += is_skipped;
    bad += is_bad;
    open += is_open;
  }
  switch (c.join.rule) {
    case JoinRule::automatic:
      if (any_bad) return Verdict::not_run;
      if (!all_ended) return Verdict::wait;
      return deciders > 0 && skipped == deciders ? Verdict::skip : Verdict::run;
    case JoinRule::all:
      if (any_bad || skipped > 0) return Verdict::not_run;
      return all_ended ? Verdict::run : Verdict::wait;
    case JoinRule::any:
    case JoinRule::at_least: {
      const int wanted = c.join.rule == JoinRule::any ? 1 : c.join.at_least;
      if (good >= wanted) return others_ended ? Verdict::run : Verdict::wait;
      if (good + open >= wanted) return Verdict::wait;
      if (good + bad > 0) return Verdict::not_run;
      return open > 0 ? Verdict::wait : Verdict::skip;
    }
    case JoinRule::always:
      return all_ended ? Verdict::run : Verdict::wait;
    case JoinRule::failed:
      if (!all_ended) return Verdict::wait;
      return bad > 0 ? Verdict::run : Verdict::skip;
  }
  return Verdict::wait;
}

/// A run of a plan whose last step needs the others in the given ways.
RunState a_run(const Case& c) {
  auto plan = std::make_shared<dsl::Plan>();
  const auto settings = std::make_shared<const dsl::Settings>();
  dsl::BlockSpec block;
  block.is_list = c.in_list;
  const auto count = static_cast<std::int32_t>(c.sources.size());
  for (std::int32_t i = 0; i <= count + 1; ++i) {
    dsl::Step step;
    step.settings = settings;
    if (i > 0) {
      step.parent = StepId{0};
      step.kind = dsl::Kind::lua;
      step.spec = dsl::LuaSpec{};
      block.children.push_back(StepId{i});
    }
    plan->steps.push_back(std::move(step));
  }
  for (std::int32_t i = 0; i < count; ++i) {
    plan->steps.back().needs.push_back({StepId{i + 1}, c.sources[static_cast<std::size_t>(i)]});
  }
  plan->steps.back().join = c.join;
  plan->steps[0].spec = std::move(block);
  return new_run(RunId{1}, 1, std::make_shared<const Graph>(std::move(plan)));
}

Verdict verdict_of(const Case& c, RunState& run) {
  for (std::size_t i = 0; i < c.needs.size(); ++i) {
    run.instances[i + 1].state = c.needs[i].state;
    run.instances[i + 1].ignored = c.needs[i].ignored;
  }
  restore_derived(run);
  const auto last = static_cast<std::int32_t>(c.needs.size()) + 1;
  return join_verdict(c.join, static_cast<std::int32_t>(c.needs.size()),
                      run.graph->deciding(StepId{last}), run.at(InstId{last}).counts);
}

std::string describe(const Case& c) {
  constexpr const char* rules[] = {"automatic", "all", "any", "at_least", "always", "failed"};
  constexpr const char* sources[] = {"order", "written", "data"};
  std::string text = std::string(rules[static_cast<int>(c.join.rule)]) + ' ' +
                     std::to_string(c.join.at_least) + (c.in_list ? " list" : " map");
  for (std::size_t i = 0; i < c.needs.size(); ++i) {
    text += std::string(", ") + sources[static_cast<int>(c.sources[i])] + ' ' + c.needs[i].name;
  }
  return text;
}

/// Calls `visit` with every sequence of `length` numbers below `base`.
template <class Visit>
void each_sequence(std::size_t length, std::size_t base, Visit visit) {
  std::vector<std::size_t> digits(length, 0);
  while (true) {
    visit(digits);
    std::size_t at = 0;
    while (at < length && ++digits[at] == base) digits[at++] = 0;
    if (at == length) return;
  }
}

Verdict verdict_for(dsl::Join join, const std::vector<const char*>& needs, bool in_list = false) {
  Case c;
  c.join = join;
  c.in_list = in_list;
  for (const char* name : needs) {
    c.sources.push_back(NeedSource::written);
    for (const NeedState& state : need_states) {
      if (std::string(name) == state.name) c.needs.push_back(state);
    }
  }
  RunState run = a_run(c);
  return verdict_of(c, run);
}

}  // namespace

TEST_CASE("by default a step runs when all needs ended well and one of them ran", "[core]") {
  const dsl::Join join;
  CHECK(verdict_for(join, {"succeeded", "running"}) == Verdict::wait);
  CHECK(verdict_for(join, {"succeeded", "skipped"}) == Verdict::run);
  CHECK(verdict_for(join, {"skipped", "skipped"}) == Verdict::skip);
  CHECK(verdict_for(join, {"succeeded", "failed"}) == Verdict::not_run);
  CHECK(verdict_for(join, {"succeeded", "ignored"}) == Verdict::run);
  CHECK(verdict_for(join, {"running", "failed"}) == Verdict::not_run);
}

TEST_CASE("join all wants every need to have succeeded", "[core]") {
  const dsl::Join join{JoinRule::all};
  CHECK(verdict_for(join, {"succeeded", "succeeded"}) == Verdict::run);
  CHECK(verdict_for(join, {"succeeded", "skipped"}) == Verdict::not_run);
}

TEST_CASE("join any starts at the first success and gives up when none can come", "[core]") {
  const dsl::Join join{JoinRule::any};
  CHECK(verdict_for(join, {"succeeded", "running"}) == Verdict::run);
  CHECK(verdict_for(join, {"failed", "running"}) == Verdict::wait);
  CHECK(verdict_for(join, {"failed", "skipped"}) == Verdict::not_run);
  CHECK(verdict_for(join, {"skipped", "skipped"}) == Verdict::skip);
}

TEST_CASE("join at_least gives up as soon as too few are left", "[core]") {
  const dsl::Join join{JoinRule::at_least, 2};
  CHECK(verdict_for(join, {"succeeded", "succeeded", "running"}) == Verdict::run);
  CHECK(verdict_for(join, {"failed", "failed", "running"}) == Verdict::not_run);
  // All skipped reads as skipped, whichever of the needs ended last.
  CHECK(verdict_for(join, {"skipped", "skipped", "running"}) == Verdict::wait);
  CHECK(verdict_for(join, {"skipped", "skipped", "skipped"}) == Verdict::skip);
}

TEST_CASE("join always runs after anything, join failed after a failure", "[core]") {
  CHECK(verdict_for({JoinRule::always}, {"failed", "not_run"}) == Verdict::run);
  CHECK(verdict_for({JoinRule::always}, {"failed", "running"}) == Verdict::wait);
  CHECK(verdict_for({JoinRule::failed}, {"failed", "succeeded"}) == Verdict::run);
  CHECK(verdict_for({JoinRule::failed}, {"ignored", "skipped"}) == Verdict::skip);
}

TEST_CASE("every join in every state of its needs is what the naive reading says", "[core]") {
  std::vector<dsl::Join> joins = {{JoinRule::automatic},   {JoinRule::all},
                                  {JoinRule::any},         {JoinRule::always},
                                  {JoinRule::failed},      {JoinRule::at_least, 1},
                                  {JoinRule::at_least, 2}, {JoinRule::at_least, 3}};
  int cases = 0;
  int wrong = 0;
  for (std::size_t count = 0; count <= 3; ++count) {
    each_sequence(count, 3, [&](const std::vector<std::size_t>& sources) {
      for (const dsl::Join& join : joins) {
        for (const bool in_list : {false, true}) {
          Case c{join, in_list, {}, {}};
          for (const std::size_t source : sources) {
            c.sources.push_back(static_cast<NeedSource>(source));
          }
          RunState run = a_run(c);
          each_sequence(count, need_states.size(), [&](const std::vector<std::size_t>& states) {
            c.needs.clear();
            for (const std::size_t state : states) c.needs.push_back(need_states[state]);
            ++cases;
            const Verdict verdict = verdict_of(c, run);
            if (verdict == oracle(c)) return;
            if (++wrong > 10) return;
            INFO(describe(c));
            CHECK(verdict == oracle(c));
          });
        }
      }
    });
  }
  CHECK(wrong == 0);
  CHECK(cases == 16 * (1 + 3 * 9 + 9 * 81 + 27 * 729));
}

TEST_CASE("the rest of a join may be cancelled when enough have succeeded", "[core]") {
  Play play(PlanDraft{.map = {{.id = "fast"},
                              {.id = "slow"},
                              {.id = "late"},
                              {.id = "next",
                               .needs = {"fast", "slow", "late"},
                               .join = {JoinRule::any, 1, true}}}},
            2);
  play.start();
  const Applied applied = play.succeed("fast");
  CHECK(play.states() == "fast succeeded, slow running, late cancelled, next running");
  REQUIRE(applied.effects.size() == 2);
  CHECK(std::get<StopAttempt>(applied.effects[0]).inst == play.inst("slow"));
  play.stopped("slow");
  play.succeed("next");
  CHECK(play.phase() == RunPhase::succeeded);
}

TEST_CASE("a cancelled rest does not cancel the block around it", "[core]") {
  Play play(PlanDraft{
      .list = {
          {.id = "race",
           .map = {{.id = "fast"},
                   {.id = "slow", .map = {{.id = "inner"}, {.id = "then", .needs = {"inner"}}}},
                   {.id = "next", .needs = {"fast", "slow"}, .join = {JoinRule::any, 1, true}}}},
          {.id = "after"}}});
  play.start();
  play.succeed("race.fast");
  play.stopped("race.slow.inner");
  play.succeed("race.next");
  CHECK(play.states("race") == "fast succeeded, slow cancelled, next succeeded");
  CHECK(play.states("race.slow") == "inner cancelled, then not_run");
  CHECK(play.states() == "race succeeded, after running");
}

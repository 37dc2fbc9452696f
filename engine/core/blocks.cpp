#include "core/blocks.hpp"

#include <algorithm>

#include "core/codec.hpp"
#include "core/items.hpp"
#include "core/turn.hpp"

namespace pawl::core {
namespace {

const dsl::BlockSpec& block_of(const RunState& run, InstId inst) {
  return std::get<dsl::BlockSpec>(run.graph->plan().step(run.at(inst).step).spec);
}

}  // namespace

bool is_race(const RunState& run, InstId inst) {
  return run.graph->rule(run.at(inst).step) == dsl::BlockRule::race &&
         run.at(inst).role == Role::step;
}

JsonText output_of_chosen(const RunState& run, InstId block) {
  const Instance& instance = run.at(block);
  const std::vector<InstId> children = children_of(run, block);
  if (instance.chosen < 0 || static_cast<std::size_t>(instance.chosen) >= children.size()) {
    return {};
  }
  const InstId chosen = children[static_cast<std::size_t>(instance.chosen)];
  const JsonText output = output_of(run, chosen);
  if (!is_race(run, block)) return output;
  const std::string& name = run.graph->plan().step(run.at(chosen).step).id;
  return Expressions::object({{"winner", JsonText{'"' + name + '"'}}, {"output", output}});
}

/// Which of its steps a `switch` runs: sets `chosen`. False when it has ended instead.
bool Turn::choose_case(InstId inst) {
  const dsl::BlockSpec& block = block_of(run, inst);
  const Result<JsonText> value =
      expressions_.value(plan(), block.choice->value, view_for(run, inst, now()));
  if (!value) {
    fail_for_good(inst, failure(inst, FailureKind::expression, "switch: " + value.error().message),
                  ignores_failures(inst));
    return false;
  }
  const std::string text = text_of(value.value());
  const std::vector<std::string>& cases = block.choice->cases;
  const auto found = std::ranges::find(cases, text);
  if (found == cases.end() && cases.size() == block.children.size()) {
    close(inst, StepState::skipped, "no case for '" + text + "'");
    return false;
  }
  run.at(inst).chosen = static_cast<std::int32_t>(found - cases.begin());
  return true;
}

/// The steps of a `switch` that are not wanted.
void Turn::skip_other_cases(InstId inst) {
  const std::vector<InstId> children = children_of(run, inst);
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (static_cast<std::int32_t>(i) == run.at(inst).chosen) continue;
    if (!has_ended(run.at(children[i]).state)) {
      close(children[i], StepState::skipped, "another case was chosen");
    }
  }
}

/// Has one of the steps of a `race` succeeded? Then the others are not wanted any more.
void Turn::find_winner(InstId race) {
  if (run.at(race).chosen >= 0) return;
  const std::vector<InstId> children = children_of(run, race);
  for (std::size_t i = 0; i < children.size(); ++i) {
    const Instance& step = run.at(children[i]);
    if (step.state != StepState::succeeded && !step.ignored) continue;
    run.at(race).chosen = static_cast<std::int32_t>(i);
    touch(race);
    return stop_children(race, StopWhy::cancel, "another one was first");
  }
}

void Turn::race_done(InstId race) {
  find_winner(race);
  const Instance& instance = run.at(race);
  const std::vector<InstId> children = children_of(run, race);
  if (instance.chosen >= 0) {
    const InstId winner = children[static_cast<std::size_t>(instance.chosen)];
    return move(race, StepState::succeeded, step_of(winner).id + " was first");
  }
  if (instance.stopping && instance.stop_why != StopWhy::cancel) {
    return fail(race, failure(race, FailureKind::timeout, "it took longer than its time limit"));
  }
  if (instance.stopping || run.facts.cancelling) return move(race, StepState::cancelled);
  const Instance* first_failed = nullptr;
  bool all_skipped = true;
  for (const InstId child : children) {
    const Instance& step = run.at(child);
    all_skipped = all_skipped && step.state == StepState::skipped;
    const bool is_bad = step.state == StepState::failed || step.state == StepState::unknown;
    if (first_failed == nullptr && is_bad) first_failed = &step;
  }
  if (all_skipped) return move(race, StepState::skipped, "all its branches were skipped");
  Failure error = first_failed != nullptr && first_failed->error
                      ? *first_failed->error
                      : failure(race, FailureKind::cancelled, "no branch has run to its end");
  error.message = "none of its branches succeeded; the first: " + error.message;
  fail(race, std::move(error));
}

/// Begins the first round of a loop, or the next when its time has come.
void Turn::next_round(InstId loop) {
  const auto known = run.rounds.find(loop);
  const bool is_first = known == run.rounds.end() || known->second.empty();
  const InstId before = is_first ? InstId{-1} : known->second.back();
  const std::int64_t steps = run.graph->size(run.at(loop).step);
  if (steps > instances_max - static_cast<std::int64_t>(run.instances.size())) {
    return fail_for_good(loop,
                         failure(loop, FailureKind::limit,
                                 "a run has at most " + std::to_string(instances_max) +
                                     " steps, with those of all its rounds"),
                         ignores_failures(loop));
  }
  const InstId round = add_round(run, loop);
  const Millis every = block_of(run, loop).rounds->every;
  if (!is_first && every.count() > 0) {
    const TimePoint due = run.at(before).started_at.value_or(now()) + every;
    if (due > now()) {
      move(round, StepState::waiting, "for the next round");
      run.at(round).reason = Reason::timer;
      return set_due(round, due);
    }
  }
  queue_.push_back(round);
}

void Turn::rounds_done(InstId loop) {
  const Instance& instance = run.at(loop);
  const bool stopped = instance.stopping && instance.stop_why == StopWhy::cancel;
  if (instance.stopping && !stopped) {
    return fail(loop, failure(loop, FailureKind::timeout, "it took longer than its time limit"));
  }
  const auto known = run.rounds.find(loop);
  if (known == run.rounds.end() || known->second.empty()) return next_round(loop);
  const InstId last = known->second.back();
  const auto index = static_cast<std::int32_t>(known->second.size());
  const Instance& round = run.at(last);
  if (round.state == StepState::failed) {
    Failure error = round.error ? *round.error : failure(loop, FailureKind::exit, "a step failed");
    return fail(loop, std::move(error));
  }
  if (round.state != StepState::succeeded) return move(loop, StepState::cancelled);
  const dsl::Rounds& rule = *block_of(run, loop).rounds;
  const JsonText output = output_of(run, last);
  View view = view_for(run, loop, now());
  view.output = &output;
  view.names.emplace_back("index", JsonText{std::to_string(index)});
  const Result<bool> done = expressions_.condition(plan(), rule.done, view);
  if (!done) {
    return fail(loop, failure(loop, FailureKind::expression, "done: " + done.error().message));
  }
  if (done.value()) {
    return move(loop, StepState::succeeded,
                std::to_string(index) + (index == 1 ? " round" : " rounds"));
  }
  if (stopped || run.facts.cancelling) return move(loop, StepState::cancelled);
  if (index >= rule.max) {
    return fail(loop, failure(loop, FailureKind::limit,
                              "it was not done after " + std::to_string(index) +
                                  (index == 1 ? " round" : " rounds") +
                                  " (max: " + std::to_string(rule.max) + ")"));
  }
  next_round(loop);
}

}  // namespace pawl::core

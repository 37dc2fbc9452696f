#include "cli/live/live_run.hpp"

#include <algorithm>

#include "core/codec.hpp"

namespace pawl::cli {

LiveRun::LiveRun(RunView view) { take(std::move(view)); }

void LiveRun::take(RunView view) {
  view_ = std::move(view);
  weights_ = weights_of(*view_.plan, history_);
  ranks_ = tree_ranks(*view_.plan);
  shapes_.clear();
  block_count_ = 0;
  std::vector<std::uint32_t> blocks;
  for (const dsl::Step& step : view_.plan->steps) {
    const bool is_block = step.kind == dsl::Kind::steps;
    shapes_.push_back({step.parent, is_block});
    blocks.push_back(is_block ? block_count_++ : 0);
  }
  blocks_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(blocks));
}

void LiveRun::take(RunHistory history) {
  history_ = std::move(history);
  weights_ = weights_of(*view_.plan, history_);
}

void LiveRun::move(std::int32_t inst, core::StepState to, std::int32_t attempt, TimePoint at) {
  if (inst < 0 || static_cast<std::size_t>(inst) >= view_.instances.size()) return;
  core::Instance& instance = view_.instances[static_cast<std::size_t>(inst)];
  if (to == core::StepState::pending) {  // A repair: it begins anew.
    instance = {};
    instance.attempt = attempt;
    tails_.erase(inst);
    if (is_block(StepId{inst})) {
      share_end(*view_.plan, view_.instances, StepId{inst});
    }
    return;
  }
  const bool is_same = instance.state == to && instance.attempt == attempt;
  instance.state = to;
  instance.attempt = attempt;
  if (is_same) return;
  if (to == core::StepState::running && !instance.started_at) instance.started_at = at;
  if (has_ended(to)) {
    instance.ended_at = at;
  } else {
    instance.ended_at.reset();
  }
  if (is_block(StepId{inst})) share_end(*view_.plan, view_.instances, StepId{inst});
}

void LiveRun::take(const EventView& event) {
  if (event.kind == "start" && !view_.facts.started_at) view_.facts.started_at = event.at;
  for (const EventView::Change& change : event.changes) {
    move(change.inst, change.to, change.attempt, event.at);
    if (change.inst > 0 && static_cast<std::size_t>(change.inst) < view_.instances.size()) {
      view_.instances[static_cast<std::size_t>(change.inst)].note = change.note;
    }
  }
  view_.run.phase = view_.facts.phase = event.phase;
  view_.run.version = event.seq;
  if (has_ended(event.phase)) {
    view_.facts.ended_at = event.at;
  } else {
    view_.facts.ended_at.reset();
  }
}

void LiveRun::take(const store::StepRow& row) {
  if (row.inst < 0 || static_cast<std::size_t>(row.inst) >= view_.instances.size()) return;
  if (row.inst == 0) {
    core::decode_facts(row.body, view_.facts);
    view_.facts.phase = view_.run.phase;
    return;
  }
  core::load_instance(view_.instances[static_cast<std::size_t>(row.inst)], stored(row));
}

void LiveRun::take(const store::StepMark& mark) {
  move(mark.inst, static_cast<core::StepState>(mark.state), mark.attempt, mark.at);
}

void LiveRun::take(const store::RunSummary& run) {
  view_.run = run;
  view_.facts.phase = run.phase;
  if (has_ended(run.phase)) view_.facts.ended_at = run.ended_at;
}

double fraction_of(const RunView& view, StepId step, const Usual& usual, TimePoint now) {
  constexpr double nearly = 0.9;
  const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
  if (has_ended(instance.state)) return 1;
  if (instance.state != core::StepState::running) return 0;
  for (const store::Progress& progress : view.progress) {
    if (progress.inst != step.value || progress.attempt != instance.attempt) continue;
    if (progress.fraction) return std::clamp(*progress.fraction, 0.0, 1.0);
  }
  if (!instance.started_at || usual.median <= Micros{0}) return 0;
  const std::chrono::duration<double> elapsed = now - *instance.started_at, whole = usual.median;
  return std::clamp(elapsed / whole, 0.0, nearly);
}

std::vector<double> weights_of(const dsl::Plan& plan, const RunHistory& history) {
  const auto usual = [&](std::size_t i) {
    const Micros median = history.of(StepId{static_cast<std::int32_t>(i)}).median;
    return std::chrono::duration<double>(median).count();
  };
  double sum = 0;
  std::size_t known = 0;
  for (std::size_t i = 1; i < plan.steps.size(); ++i) {
    if (plan.steps[i].kind == dsl::Kind::steps || usual(i) <= 0) continue;
    sum += usual(i);
    ++known;
  }
  const double one = known > 0 ? sum / static_cast<double>(known) : 1;
  std::vector<double> weights(plan.steps.size(), one);
  for (std::size_t i = 1; i < plan.steps.size(); ++i) {
    const auto& settings = plan.steps[i].settings;
    if (settings && settings->weight != 1) {
      weights[i] = settings->weight * one;
    } else if (usual(i) > 0) {
      weights[i] = usual(i);
    }
  }
  return weights;
}

double run_fraction(const LiveRun& run, const Tally& whole) {
  if (run.view().run.phase == core::RunPhase::succeeded) return 1;
  constexpr double nearly = 0.99;
  return whole.weight > 0 ? std::min(nearly, whole.done / whole.weight) : 0;
}

void LiveRun::add_leaf(Tally& whole, StepId step, TimePoint now) const {
  const auto i = static_cast<std::size_t>(step.value);
  const core::Instance& instance = view_.instances[i];
  ++whole.leaves;
  whole.weight += weights_[i];
  switch (instance.state) {
    case core::StepState::pending:
    case core::StepState::ready:
      ++whole.not_begun;
      break;
    case core::StepState::running:
      ++whole.running;
      whole.done += weights_[i] * fraction_of(view_, step, history_.of(step), now);
      break;
    default:
      // What did not run has not been done: a failed run is not at 99 %.
      if (!has_ended(instance.state) || instance.state == core::StepState::not_run) break;
      ++whole.ended;
      whole.done += weights_[i];
      if (instance.started_at && instance.ended_at) whole.ends.add(*instance.ended_at, now);
  }
  if (instance.state == core::StepState::failed && !instance.ignored) ++whole.failed;
}

void Tally::add(const Tally& part) {
  leaves += part.leaves;
  ended += part.ended;
  failed += part.failed;
  running += part.running;
  not_begun += part.not_begun;
  weight += part.weight;
  done += part.done;
  ends.add(part.ends);
}

Tallies LiveRun::tallies(TimePoint now) const {
  std::vector<Tally> of_blocks(block_count_);
  const auto of = [&](StepId block) -> Tally& {
    return of_blocks[(*blocks_)[static_cast<std::size_t>(block.value)]];
  };
  // Children stand behind their block, so from the back each is complete when its block needs it.
  for (std::size_t i = shapes_.size(); i-- > 1;) {
    const StepId step{static_cast<std::int32_t>(i)};
    const StepId parent = parent_of(step);
    if (parent.value < 0) continue;  // A hook of the workflow is not part of its work.
    if (!is_block(step)) {
      add_leaf(of(parent), step, now);
      continue;
    }
    Tally& tally = of(step);
    if (const auto unseen = view_.unseen.find(step.value); unseen != view_.unseen.end()) {
      tally.leaves += unseen->second;
      tally.not_begun += unseen->second;
      tally.weight += static_cast<double>(unseen->second) * weights_[i];
    }
    of(parent).add(tally);
    if (tally.running > 0) tally.pace = pace_of(tally.ends, view_.instances[i].started_at, now);
  }
  Tally& whole = of_blocks.front();
  if (whole.running > 0) whole.pace = pace_of(whole.ends, view_.facts.started_at, now);
  return {blocks_, std::move(of_blocks)};
}

}  // namespace pawl::cli

#include "core/run_state.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "core/expressions.hpp"
#include "core/join.hpp"

namespace pawl::core {

namespace {

bool is_block(const dsl::Step& step) { return step.kind == dsl::Kind::steps; }

/// What `counts` of every instance must be, from the states alone.
std::vector<Instance::Counts> count_from_scratch(const RunState& run) {
  const dsl::Plan& plan = run.graph->plan();
  std::vector<Instance::Counts> all(run.instances.size());
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const Instance& instance = run.instances[i];
    const StepId step{static_cast<std::int32_t>(i)};
    const StepId parent = plan.step(step).parent;
    if (!has_ended(instance.state)) {
      if (parent != dsl::no_step) ++all[static_cast<std::size_t>(parent.value)].open_children;
      continue;
    }
    const bool good = instance.state == StepState::succeeded || instance.ignored;
    const bool skipped = !good && instance.state == StepState::skipped;
    for (const Graph::Dependent& dependent : run.graph->dependents(step)) {
      Instance::Counts& counts = all[static_cast<std::size_t>(dependent.step.value)];
      ++counts.ended;
      if (!good && !skipped) ++counts.blocking;
      if (dependent.decides) ++(good ? counts.succeeded : skipped ? counts.skipped : counts.failed);
    }
  }
  return all;
}

}  // namespace

RunState new_run(RunId id, std::int64_t number, std::shared_ptr<const Graph> graph) {
  RunState run;
  run.id = id;
  run.number = number;
  run.instances.resize(graph->plan().steps.size());
  run.graph = std::move(graph);
  restore_derived(run);
  return run;
}

void restore_derived(RunState& run) {
  const std::vector<Instance::Counts> counts = count_from_scratch(run);
  run.ready.clear();
  run.suspects.clear();
  run.timers.clear();
  run.running = 0;
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    Instance& instance = run.instances[i];
    instance.counts = counts[i];
    if (instance.state == StepState::ready) {
      run.ready.insert(inst);
      if (instance.lost >= suspect_after) run.suspects.insert(inst);
    }
    if (instance.due_at) run.timers.insert({*instance.due_at, inst});
    if (instance.deadline_at) run.timers.insert({*instance.deadline_at, inst});
    if (instance.state == StepState::running && !is_block(run.graph->plan().steps[i])) {
      ++run.running;
    }
  }
}

namespace {

/// When a step became ready that only waited for what it needs; null while it still does, and for
/// steps for which that does not tell the whole story.
std::optional<TimePoint> plainly_ready_at(const RunState& run, InstId inst) {
  const dsl::Step& step = run.graph->plan().step(StepId{inst.value});
  const bool is_root_or_hook = step.parent == dsl::no_step;
  if (is_root_or_hook || is_block(step) || step.when || step.settings->deadline.count() > 0 ||
      step.join.rule != dsl::JoinRule::automatic) {
    return std::nullopt;
  }
  // The graph begins when this hook has ended.
  const bool waits_for_hook = run.graph->plan().hooks.on_start != dsl::no_step;
  if (step.parent == StepId{0} && waits_for_hook) return std::nullopt;
  const Instance& parent = run.at(InstId{step.parent.value});
  if (parent.state != StepState::running) return std::nullopt;
  const Verdict verdict =
      join_verdict(step.join, static_cast<std::int32_t>(step.needs.size()),
                   run.graph->deciding(StepId{inst.value}), run.at(inst).counts);
  if (verdict != Verdict::run) return std::nullopt;
  // The row of the root holds the facts instead.
  auto since = step.parent == StepId{0} ? run.facts.started_at : parent.started_at;
  for (const dsl::Need& need : step.needs) {
    since = std::max(since, run.at(InstId{need.step.value}).ended_at);
  }
  return since;
}

}  // namespace

bool is_plainly_ready(const RunState& run, InstId inst) {
  const Instance& it = run.at(inst);
  return it.state == StepState::ready && it.attempt == 0 && it.tries == 0 && it.generation == 0 &&
         it.paused_for == Micros{0} && it.note.empty() && !it.error && it.ready_at &&
         it.ready_at == plainly_ready_at(run, inst);
}

void restore_ready(RunState& run) {
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    Instance& instance = run.instances[i];
    if (instance.has_row || instance.state != StepState::pending) continue;
    instance.ready_at = plainly_ready_at(run, inst);
    if (!instance.ready_at) continue;
    instance.state = StepState::ready;
    run.ready.insert(inst);
  }
}

std::optional<TimePoint> RunState::wake_at() const {
  if (facts.paused || timers.empty()) return std::nullopt;
  return timers.begin()->first;
}

namespace {

void require(bool holds, const char* what, std::size_t inst) {
  if (!holds) throw std::logic_error(std::string(what) + " (inst " + std::to_string(inst) + ")");
}

}  // namespace

void check_consistent(const RunState& run) {
  const std::vector<Instance::Counts> counts = count_from_scratch(run);
  std::int32_t running = 0;
  std::size_t ready = 0;
  std::size_t timers = 0;
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const Instance& instance = run.instances[i];
    const InstId inst{static_cast<std::int32_t>(i)};
    const dsl::Step& step = run.graph->plan().steps[i];
    require(instance.counts == counts[i], "counters differ from a count from scratch", i);
    if (instance.state == StepState::ready) {
      ++ready;
      require(run.ready.contains(inst), "a ready step is not in the set", i);
      require(run.suspects.contains(inst) == (instance.lost >= suspect_after),
              "the suspects differ from a look at each step", i);
    }
    if (instance.due_at) ++timers;
    if (instance.deadline_at) ++timers;
    require(!instance.due_at || instance.state == StepState::retrying, "due without retrying", i);
    require(!has_ended(instance.state) || !instance.deadline_at, "an ended step has a deadline", i);
    if (instance.state == StepState::running && !is_block(step)) ++running;
    if (i > 0 && is_block(step) && instance.state == StepState::running) {
      require(instance.counts.open_children > 0, "a block runs without an open step", i);
    }
    if (has_ended(run.facts.phase) && run.facts.phase != RunPhase::quarantined) {
      require(instance.state != StepState::ready && instance.state != StepState::running &&
                  instance.state != StepState::retrying,
              "an ended run has an open step", i);
    }
  }
  require(running == run.running, "the number of running attempts is wrong", 0);
  require(ready == run.ready.size(), "the set of ready steps is too large", 0);
  require(timers == run.timers.size(), "the set of timers is too large", 0);
}

JsonText output_of(const RunState& run, InstId inst) {
  const dsl::Plan& plan = run.graph->plan();
  const dsl::Step& step = plan.step(StepId{inst.value});
  const Instance& instance = run.at(inst);
  if (!is_block(step) || instance.state != StepState::succeeded) return instance.output;
  const auto& block = std::get<dsl::BlockSpec>(step.spec);
  if (block.is_list) return output_of(run, InstId{block.children.back().value});
  std::vector<std::pair<std::string, JsonText>> members;
  for (const StepId child : block.children) {
    members.emplace_back(plan.step(child).id, output_of(run, InstId{child.value}));
  }
  return Expressions::object(members);
}

View view_for(const RunState& run, StepId step, TimePoint now) {
  const dsl::Plan& plan = run.graph->plan();
  View view;
  view.now = now;
  view.run_id = run.id;
  view.workflow = plan.name;
  view.run_number = run.number;
  view.run_started = run.facts.started_at.value_or(now);
  view.inputs = &run.facts.inputs;
  view.env = &run.facts.env;
  view.outputs = &run.facts.outputs;
  view.error = run.facts.error.get();
  const auto add = [&](const std::vector<StepId>& reads) {
    view.steps.reserve(view.steps.size() + reads.size());
    for (const StepId read : reads) {
      const InstId inst{read.value};
      const Instance& instance = run.at(inst);
      const bool has_output = instance.state == StepState::succeeded || instance.ignored;
      view.steps.push_back({plan.step(read).id, instance.state,
                            has_output ? output_of(run, inst) : JsonText{}, instance.error.get()});
    }
  };
  if (step.value == 0) add(plan.output_reads);
  // What a block's env and workdir read is evaluated for each step inside.
  for (const StepId around : dsl::lineage_of(plan, step)) {
    const dsl::Step& one = plan.step(around);
    if (around == step || !one.env.empty() || one.workdir) add(one.reads);
  }
  return view;
}

std::string idempotency_key(const RunState& run, InstId inst) {
  // Source: FNV-1a, 64 bits (Fowler, Noll, Vo), twice with different starts.
  const std::string text = std::to_string(run.id.value) + '/' +
                           run.graph->path(StepId{inst.value}) + '/' +
                           std::to_string(run.at(inst).generation);
  const auto hash = [&](std::uint64_t start) {
    for (const char c : text) {
      start = (start ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    }
    return start;
  };
  char key[33];
  std::snprintf(key, sizeof key, "%016llx%016llx",
                static_cast<unsigned long long>(hash(0xCBF29CE484222325ULL)),
                static_cast<unsigned long long>(hash(0x9E3779B97F4A7C15ULL)));
  return key;
}

JsonText Expressions::object(const std::vector<std::pair<std::string, JsonText>>& members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    // Names are identifiers of the language: no character of theirs needs escaping.
    if (text.size() > 1) text += ',';
    text += '"' + name + "\":" + value.text;
  }
  return {text + '}'};
}

JsonText Expressions::array(const std::vector<JsonText>& items) {
  std::string text = "[";
  for (const JsonText& item : items) {
    if (text.size() > 1) text += ',';
    text += item.text;
  }
  return {text + ']'};
}

}  // namespace pawl::core

#include "core/run_state.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "base/error.hpp"
#include "core/blocks.hpp"
#include "core/codec.hpp"
#include "core/expressions.hpp"
#include "core/items.hpp"
#include "core/join.hpp"
#include "core/waits.hpp"

namespace pawl::core {

namespace {

/// Does `max_parallel` of what is around it keep it from being ready?
bool is_held(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  if (instance.role == Role::unused || instance.state != StepState::pending ||
      instance.parent.value < 0 || limit_in(run, instance.parent) == 0) {
    return false;
  }
  return run.at(instance.parent).state == StepState::running &&
         verdict_of(run, inst) == Verdict::run;
}

void count_item(RunState& run, const Instance& item) {
  if (run.at(item.parent).role != Role::items) return;
  Fan& fan = run.fans.at(item.parent);
  const bool good =
      item.state == StepState::succeeded || item.state == StepState::skipped || item.ignored;
  ++(good ? fan.succeeded : fan.failed);
}

/// What `counts` of every instance must be, from the states alone.
std::vector<Instance::Counts> count_from_scratch(const RunState& run) {
  std::vector<Instance::Counts> all(run.instances.size());
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const Instance& instance = run.instances[i];
    const InstId inst{static_cast<std::int32_t>(i)};
    if (instance.role == Role::unused) continue;
    if (!has_ended(instance.state)) {
      if (instance.parent.value < 0) continue;
      Instance::Counts& around = all[static_cast<std::size_t>(instance.parent.value)];
      ++around.open_children;
      if (instance.state != StepState::pending) ++around.active_children;
      continue;
    }
    if (is_item(run, inst) || instance.role == Role::undo) continue;
    const bool good = instance.state == StepState::succeeded || instance.ignored;
    const bool skipped = !good && instance.state == StepState::skipped;
    for (const Graph::Dependent& dependent : run.graph->dependents(instance.step)) {
      Instance::Counts& counts =
          all[static_cast<std::size_t>(beside(run, inst, dependent.step).value)];
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
  const dsl::Plan& plan = graph->plan();
  run.instances.resize(plan.steps.size());
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    Instance& instance = run.instances[i];
    instance.step = StepId{static_cast<std::int32_t>(i)};
    instance.parent = InstId{plan.steps[i].parent.value};
    instance.role = graph->role_in(dsl::no_step, instance.step);
  }
  run.graph = std::move(graph);
  restore_derived(run);
  return run;
}

void load_instance(Instance& instance, const StoredStep& row, Copy* item) {
  if (row.state < 0 || row.state > static_cast<int>(StepState::interrupted)) {
    throw Error(ErrorKind::environment, "a stored step has an unknown state");
  }
  instance.state = static_cast<StepState>(row.state);
  instance.reason = static_cast<Reason>(row.reason);
  instance.attempt = row.attempt;
  instance.has_row = true;
  if (row.inst != 0) decode_instance(row.body, instance, item);
}

namespace {

bool is_known(const RunState& run, std::int32_t inst) {
  return static_cast<std::size_t>(inst) < run.instances.size() &&
         run.at(InstId{inst}).role != Role::unused;
}

/// Makes the round again of which this is the first row, if it is one.
void load_round(RunState& run, const StoredStep& row) {
  const std::optional<RoundMark> mark = decode_round(row.body);
  if (!mark) return;
  const InstId holder = mark->holder;
  if (holder.value <= 0 || holder.value >= row.inst || !is_known(run, holder.value)) return;
  const Instance& loop = run.at(holder);
  if (loop.role != Role::rounds || loop.items.first.value < 0 ||
      row.inst < loop.items.first.value || mark->index > loop.items.count) {
    return;
  }
  const auto known = run.rounds.find(holder);
  const std::size_t count = known == run.rounds.end() ? 0 : known->second.size();
  if (mark->index < 1 || static_cast<std::size_t>(mark->index) > count + 1 ||
      std::int64_t{row.inst} + run.graph->size(loop.step) > run.facts.next_inst) {
    throw Error(ErrorKind::environment, "a stored step is a round that cannot be");
  }
  make_round(run, holder, InstId{row.inst}, mark->index);
}

/// Makes the undo again of which this is the row, if it is one of those that count.
void load_undo(RunState& run, const StoredStep& row) {
  const ItemRange undos = run.facts.undos;
  if (row.inst < undos.first.value || row.inst >= undos.first.value + undos.count) return;
  const std::optional<InstId> of = decode_undo(row.body);
  if (!of || of->value <= 0 || of->value >= row.inst || !is_known(run, of->value) ||
      !run.graph->plan().step(run.at(*of).step).undo || row.inst >= run.facts.next_inst) {
    throw Error(ErrorKind::environment, "a stored step is an undo that cannot be");
  }
  make_undo(run, InstId{row.inst}, *of);
}

}  // namespace

void load_step(RunState& run, const StoredStep& row) {
  if (row.inst < 0 || (!is_known(run, row.inst) && !dsl::may_grow(run.graph->plan()))) {
    throw Error(ErrorKind::environment,
                "the run has a step " + std::to_string(row.inst) + " that its plan has not");
  }
  if (!is_known(run, row.inst)) load_round(run, row);
  if (!is_known(run, row.inst)) load_undo(run, row);
  // Else it was an item or a round that its holder has dropped.
  if (!is_known(run, row.inst)) return;
  Instance& instance = run.at(InstId{row.inst});
  Copy* item = is_item(run, InstId{row.inst}) ? &run.copies[static_cast<std::size_t>(instance.copy)]
                                              : nullptr;
  load_instance(instance, row, item);
  if (row.inst == 0) return decode_facts(row.body, run.facts);
  if (instance.items.first.value < 0 || instance.role == Role::rounds) return;
  if (instance.role != Role::items ||
      instance.items.first.value < static_cast<std::int32_t>(run.graph->plan().steps.size()) ||
      instance.items.first.value > run.facts.next_inst || instance.items.count < 0 ||
      instance.items.count > items_max ||
      std::int64_t{instance.items.count} * run.graph->size(instance.step) > run.facts.next_inst) {
    throw Error(ErrorKind::environment, "a stored step has items that cannot be");
  }
  make_items(run, InstId{row.inst});
}

void check_loaded(const RunState& run) {
  for (std::int32_t i = 0; i < run.facts.undos.count; ++i) {
    const std::int64_t inst = std::int64_t{run.facts.undos.first.value} + i;
    const bool is_there = inst > 0 && inst < static_cast<std::int64_t>(run.instances.size());
    if (is_there && run.at(InstId{static_cast<std::int32_t>(inst)}).role == Role::undo) continue;
    throw Error(ErrorKind::environment, "a stored run lacks a step that takes something back");
  }
}

void restore_derived(RunState& run) {
  const std::vector<Instance::Counts> counts = count_from_scratch(run);
  run.ready.clear();
  run.ready_to_wait.clear();
  run.waiting_for.clear();
  run.suspects.clear();
  run.timers.clear();
  run.held.clear();
  run.running = 0;
  for (auto& [holder, fan] : run.fans) fan.succeeded = fan.failed = 0;
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    Instance& instance = run.instances[i];
    instance.counts = counts[i];
    if (instance.role == Role::unused) continue;
    if (instance.state == StepState::ready) {
      (waits(run, inst) ? run.ready_to_wait : run.ready).insert(inst);
      if (instance.lost >= suspect_after) run.suspects.insert(inst);
    }
    file_waiting(run, inst);
    if (instance.due_at) run.timers.insert({*instance.due_at, inst});
    if (instance.deadline_at) run.timers.insert({*instance.deadline_at, inst});
    if (instance.state == StepState::running && !is_block(run, inst)) ++run.running;
    if (is_item(run, inst) && has_ended(instance.state)) count_item(run, instance);
    if (is_held(run, inst)) run.held[instance.parent].insert(inst);
  }
}

namespace {

/// When a step became ready that only waited for what it needs; null while it still does, and for
/// steps for which that does not tell the whole story.
std::optional<TimePoint> plainly_ready_at(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  if (instance.role == Role::unused || instance.parent.value < 0 || is_item(run, inst)) {
    return std::nullopt;
  }
  const dsl::Step& step = run.graph->plan().step(instance.step);
  if (is_block(run, inst) || step.when || step.settings->deadline.count() > 0 ||
      step.join.rule != dsl::JoinRule::automatic || limit_in(run, instance.parent) > 0) {
    return std::nullopt;
  }
  // The graph begins when this hook has ended.
  const bool waits_for_hook = run.graph->plan().hooks.on_start != dsl::no_step;
  if (instance.parent == InstId{0} && waits_for_hook) return std::nullopt;
  const Instance& parent = run.at(instance.parent);
  if (parent.state != StepState::running || verdict_of(run, inst) != Verdict::run) {
    return std::nullopt;
  }
  // The row of the root holds the facts instead.
  auto since = instance.parent == InstId{0} ? run.facts.started_at : parent.started_at;
  for (const dsl::Need& need : step.needs) {
    since = std::max(since, run.at(beside(run, inst, need.step)).ended_at);
  }
  return since;
}

}  // namespace

bool is_plainly_ready(const RunState& run, InstId inst) {
  const Instance& it = run.at(inst);
  return it.role != Role::unused && it.state == StepState::ready && it.attempt == 0 &&
         it.tries == 0 && it.generation == 0 && it.paused_for == Micros{0} && it.note.empty() &&
         !it.error && it.ready_at && it.ready_at == plainly_ready_at(run, inst);
}

void restore_ready(RunState& run) {
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    Instance& instance = run.instances[i];
    if (instance.has_row || instance.state != StepState::pending) continue;
    instance.ready_at = plainly_ready_at(run, inst);
    if (!instance.ready_at) continue;
    instance.state = StepState::ready;
    ++run.at(instance.parent).counts.active_children;
    (waits(run, inst) ? run.ready_to_wait : run.ready).insert(inst);
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
    require(instance.counts == counts[i], "counters differ from a count from scratch", i);
    if (instance.state == StepState::ready) {
      ++ready;
      require((waits(run, inst) ? run.ready_to_wait : run.ready).contains(inst),
              "a ready step is not in the set", i);
      require(run.suspects.contains(inst) == (instance.lost >= suspect_after),
              "the suspects differ from a look at each step", i);
    }
    if (instance.due_at) ++timers;
    if (instance.deadline_at) ++timers;
    require(!instance.due_at || instance.state == StepState::retrying ||
                instance.state == StepState::waiting,
            "due without waiting for it", i);
    if (instance.state == StepState::waiting && instance.reason == Reason::signal) {
      const auto found = run.waiting_for.find(instance.waiting->signal);
      require(found != run.waiting_for.end() && found->second.contains(inst),
              "a step that waits for a signal is not filed under it", i);
    }
    require(!has_ended(instance.state) || !instance.deadline_at, "an ended step has a deadline", i);
    if (instance.state == StepState::running && !is_block(run, inst)) ++running;
    if (is_held(run, inst)) {
      const auto around = run.held.find(instance.parent);
      require(around != run.held.end() && around->second.contains(inst),
              "a step that max_parallel holds is not in the set", i);
    }
    if (i > 0 && is_block(run, inst) && instance.state == StepState::running) {
      require(instance.counts.open_children > 0, "a block runs without an open step", i);
    }
    if (has_ended(run.facts.phase) && run.facts.phase != RunPhase::quarantined) {
      require(instance.state != StepState::ready && instance.state != StepState::running &&
                  instance.state != StepState::waiting && instance.state != StepState::retrying,
              "an ended run has an open step", i);
    }
  }
  for (const auto& [around, held] : run.held) {
    for (const InstId inst : held) {
      require(is_held(run, inst), "a step is held that could go",
              static_cast<std::size_t>(inst.value));
    }
  }
  require(running == run.running, "the number of running attempts is wrong", 0);
  require(ready == run.ready.size() + run.ready_to_wait.size(),
          "the set of ready steps is too large", 0);
  for (const auto& [name, waiting] : run.waiting_for) {
    for (const InstId inst : waiting) {
      const Instance& one = run.at(inst);
      require(one.state == StepState::waiting && one.waiting && one.waiting->signal == name,
              "a step waits for a signal that does not", static_cast<std::size_t>(inst.value));
    }
  }
  require(timers == run.timers.size(), "the set of timers is too large", 0);
}

JsonText output_of(const RunState& run, InstId inst) {
  const dsl::Plan& plan = run.graph->plan();
  const Instance& instance = run.at(inst);
  if (!is_block(run, inst) || instance.state != StepState::succeeded) return instance.output;
  const dsl::Step& step = plan.step(instance.step);
  if (instance.role == Role::items) return output_of_items(run, inst);
  if (instance.role == Role::rounds) return output_of(run, run.rounds.at(inst).back());
  const auto& block = std::get<dsl::BlockSpec>(step.spec);
  if (block.rule == dsl::BlockRule::choice || block.rule == dsl::BlockRule::race) {
    return output_of_chosen(run, inst);
  }
  if (block.is_list) return output_of(run, beside(run, inst, block.children.back()));
  std::vector<std::pair<std::string, JsonText>> members;
  for (const StepId child : block.children) {
    members.emplace_back(plan.step(child).id, output_of(run, beside(run, inst, child)));
  }
  return Expressions::object(members);
}

View view_for(const RunState& run, InstId inst, TimePoint now) {
  const dsl::Plan& plan = run.graph->plan();
  const StepId step = run.at(inst).step;
  View view;
  view.now = now;
  view.run_id = run.id;
  view.workflow = plan.name;
  view.run_number = run.number;
  view.run_started = run.facts.started_at.value_or(now);
  view.inputs = &run.facts.inputs;
  view.env = &run.facts.env;
  view.outputs = &run.facts.outputs;
  view.resume_value = &run.facts.resume_value;
  view.error = run.facts.error.get();
  const auto add = [&](const std::vector<StepId>& reads) {
    view.steps.reserve(view.steps.size() + reads.size());
    for (const StepId read : reads) {
      const InstId seen = visible_from(run, inst, read);
      const Instance& instance = run.at(seen);
      const bool has_output = instance.state == StepState::succeeded || instance.ignored;
      view.steps.push_back({plan.step(read).id, instance.state,
                            has_output ? output_of(run, seen) : JsonText{}, instance.error.get()});
    }
  };
  if (step.value == 0) add(plan.output_reads);
  // What a block's env and workdir read is evaluated for each step inside.
  for (const StepId around : dsl::lineage_of(plan, step)) {
    const dsl::Step& one = plan.step(around);
    if (around == step || !one.env.empty() || one.workdir) add(one.reads);
  }
  view.names = item_names(run, inst);
  return view;
}

std::string idempotency_key(const RunState& run, InstId inst) {
  // Source: FNV-1a, 64 bits (Fowler, Noll, Vo), twice with different starts.
  std::string text = std::to_string(run.id.value) + '/' + path_of(run, inst) + '/' +
                     std::to_string(run.at(inst).generation);
  if (run.at(inst).role == Role::undo) text += "/undo";
  // Items made anew have keys of their own, too: their holder's generation has risen.
  for (InstId at = run.at(inst).parent; at.value > 0; at = run.at(at).parent) {
    if (run.at(at).role != Role::step && run.at(at).generation > 0) {
      text += '/' + std::to_string(run.at(at).generation);
    }
  }
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

#include "tests/sim/checker.hpp"

#include <nlohmann/json.hpp>

namespace pawl::sim {

namespace {

std::string at(RunId run, std::int32_t inst) {
  return " (run " + std::to_string(run.value) + ", step " + std::to_string(inst) + ")";
}

bool is_end(const std::string& state) {
  return state != "pending" && state != "ready" && state != "running" && state != "retrying" &&
         state != "waiting";
}

/// Without the keys of items, which are numbers here, and the numbers of rounds.
std::string path_in_plan(const std::string& path) {
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '[') {
      i = path.find(']', i);
    } else if (path[i] == '#') {
      while (i + 1 < path.size() && path[i + 1] >= '0' && path[i + 1] <= '9') ++i;
    } else {
      plain += path[i];
    }
  }
  return plain;
}

}  // namespace

void require(bool holds, const std::string& what) {
  if (!holds) throw Violation(what);
}

void Checker::know(RunId run, std::shared_ptr<const core::Graph> graph) {
  runs_[run].graph = std::move(graph);
}

void Checker::Run::learn(std::int32_t inst, const std::string& path) {
  const auto own = static_cast<std::int32_t>(graph->plan().steps.size());
  if (inst < own || copied.contains(inst)) return;
  std::string plain = path_in_plan(path);
  if (plain.starts_with("undo.")) {
    undos.insert(inst);
    plain.erase(0, 5);
  }
  for (std::int32_t i = 1; i < own; ++i) {
    if (graph->path(StepId{i}) == plain) copied[inst] = StepId{i};
  }
  if (graph->plan().step(copied.at(inst)).each && !path.ends_with(']')) holders.insert(inst);
}

const dsl::Step* Checker::Run::planned(std::int32_t inst) const {
  if (inst < static_cast<std::int32_t>(graph->plan().steps.size())) {
    return &graph->plan().step(StepId{inst});
  }
  const auto found = copied.find(inst);
  return found == copied.end() ? nullptr : &graph->plan().step(found->second);
}

bool Checker::Run::is_block(std::int32_t inst) const {
  const dsl::Step* step = planned(inst);
  const bool is_own = inst < static_cast<std::int32_t>(graph->plan().steps.size());
  if (undos.contains(inst)) return false;
  return step == nullptr || step->kind == dsl::Kind::steps || (is_own && step->each) ||
         holders.contains(inst);
}

void Checker::durable(RunId id, Incarnation inc, const StoredRun& stored, std::size_t new_events) {
  Run& run = runs_.at(id);
  for (const auto& [inst, row] : stored.steps) run.learn(inst, row.path);
  for (std::size_t i = stored.events.size() - new_events; i < stored.events.size(); ++i) {
    read(id, run, stored.events[i]);
  }
  require(run.seq == stored.row.version, "the version is not the last event's" + at(id, 0));
  require(!stored.owner || *stored.owner == inc, "a batch of another owner was taken" + at(id, 0));
  require(run.ended == core::has_ended(stored.row.phase),
          "the phase is not the event's" + at(id, 0));
  // The events replayed give the rows; a step that is ready for the first time needs none.
  for (const auto& [inst, step] : run.steps) {
    const auto row = stored.steps.find(inst);
    const bool may_lack = step.state == "pending" || (step.state == "ready" && step.attempt == 0);
    if (may_lack && row == stored.steps.end()) continue;
    require(row != stored.steps.end(), "a step that changed has no row" + at(id, inst));
    // Of an item the event does not tell that it is ready: there may be 100,000.
    if (step.state == "pending" && row->second.path.ends_with(']') &&
        row->second.state == static_cast<int>(core::StepState::ready)) {
      continue;
    }
    require(core::name_of(static_cast<core::StepState>(row->second.state)) == step.state &&
                row->second.attempt == step.attempt,
            "the row of " + row->second.path + " says " +
                std::string(core::name_of(static_cast<core::StepState>(row->second.state))) +
                std::to_string(row->second.attempt) + ", its events " + step.state +
                std::to_string(step.attempt) + at(id, inst));
  }
  if (!run.ended) return;
  for (const auto& [inst, step] : run.steps) {
    require(step.state == "pending" || is_end(step.state),
            "an ended run has an open step" + at(id, inst));
  }
}

void Checker::read(RunId id, Run& run, const store::EventRow& event) {
  ++events_seen_;
  require(event.seq == run.seq + 1, "the events have a gap" + at(id, 0));
  run.seq = event.seq;
  const auto body = nlohmann::json::parse(event.body);
  if (body.contains("inbox")) {
    require(run.consumed.insert(body["inbox"].get<std::int64_t>()).second,
            "a request was answered twice" + at(id, 0));
  }
  if (body.contains("steps")) {
    for (const auto& row : body["steps"]) {
      change(id, run, row[0].get<std::int32_t>(), row[1].get<std::string>(),
             row[2].get<std::int32_t>(), row.size() > 3 ? row[3].get<std::string>() : "");
    }
  }
  const auto phase = core::run_phase_of(body["run"].get<std::string>());
  run.ended = core::has_ended(*phase);
}

void Checker::change(RunId id, Run& run, std::int32_t inst, const std::string& to,
                     std::int32_t attempt, const std::string& note) {
  Step& step = run.steps[inst];
  const dsl::Step* planned = run.planned(inst);
  const bool block = run.is_block(inst);
  // Those of the end run again after a repair.
  const bool undo = run.undos.contains(inst);
  const bool hook = undo || (planned != nullptr && planned->parent == dsl::no_step);
  static const dsl::Settings plain;
  const dsl::Settings& settings = planned == nullptr ? plain
                                  : undo             ? *planned->undo->settings
                                                     : *planned->settings;
  const bool once = settings.effects == dsl::Effects::once;
  const bool waits = planned != nullptr &&
                     (planned->kind == dsl::Kind::wait || planned->kind == dsl::Kind::approval);
  if (step.state == "succeeded" && !hook) {
    // What was undone begins anew with a repair.
    const bool compensates = run.graph->plan().compensate != dsl::Compensate::never;
    require((to == "pending" && note == "its block is tried again") ||
                (compensates && note == "repair"),
            "a finished step moves again: " + to + ", " + note + at(id, inst));
    step.successes = 0;
  }
  if (to == "pending") {
    step = Step{to, step.attempt, step.generation + 1};
    return;
  }
  if (waits && to == "waiting") {
    require(attempt == step.attempt + 1, "waits are not counted one by one" + at(id, inst));
  } else if (waits) {
    // One that is over at once has never been seen to wait.
    require(attempt == step.attempt || attempt == step.attempt + 1,
            "a wait that nobody began" + at(id, inst));
  } else if (to == "running" && !block) {
    require(attempt == step.attempt + 1, "attempts are not counted one by one" + at(id, inst));
    run.started.insert({inst, attempt});
    ++step.starts;
    const std::int32_t counted = step.starts - step.lost - step.released;
    require(counted <= settings.retry.max_attempts,
            "more attempts than the policy allows" + at(id, inst));
  } else {
    require(attempt == step.attempt, "an attempt nobody started" + at(id, inst));
  }
  if (to == "ready" && step.state == "running") {
    const bool lost = note.starts_with("lost");
    require(!once || note.find("verified") != std::string::npos,
            "what happens once runs again blindly" + at(id, inst));
    ++(lost ? step.lost : step.released);
    require(step.lost < settings.lost_max, "more lost attempts than lost_max" + at(id, inst));
  }
  if (to == "succeeded") {
    require(++step.successes == 1, "two results of one generation" + at(id, inst));
  }
  step.state = to;
  step.attempt = attempt;
}

void Checker::begins(RunId id, InstId inst, std::int32_t attempt, Incarnation inc) {
  ++attempts_begun_;
  require(runs_.at(id).started.contains({inst.value, attempt}),
          "an attempt began before its start was durable" + at(id, inst.value));
  const auto other = live_.find({id, inst});
  require(other == live_.end(), "two attempts of one step at once" + at(id, inst.value));
  live_[{id, inst}] = inc;
}

void Checker::ends(RunId id, InstId inst) { live_.erase({id, inst}); }

void Checker::acknowledged(RunId id, std::int64_t inbox_seq) {
  runs_.at(id).acknowledged.insert(inbox_seq);
}

void Checker::check_end(const Database& database) const {
  for (const auto& [id, run] : runs_) {
    const auto stored = database.runs().find(id);
    require(stored != database.runs().end(), "a run that was acknowledged is gone" + at(id, 0));
    for (const std::int64_t seq : run.acknowledged) {
      require(run.consumed.contains(seq) != stored->second.inbox.contains(seq),
              "request " + std::to_string(seq) + " was lost, or read and kept" + at(id, 0));
    }
    require(core::has_ended(stored->second.row.phase), "the run does not end" + at(id, 0));
    require(!stored->second.owner, "an ended run has an owner" + at(id, 0));
  }
  require(live_.empty(), "an attempt runs on");
}

}  // namespace pawl::sim

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "dsl/plan.hpp"
#include "store/memory_tables.hpp"

/// What comes from outside, and what steps report: intake_sql.cpp and report_sql.cpp.
namespace pawl::store {

namespace {

constexpr int id_random_bits = 21;

}  // namespace

std::int32_t MemoryTables::put_definition(const Definition& definition) {
  const auto key = [](const Definition& d) {
    return std::tie(d.hash, d.name, d.plan_version, d.sem);
  };
  for (const Definition& known : definitions_) {
    if (key(known) == key(definition)) return known.id;
  }
  definitions_.push_back(definition);
  definitions_.back().id = static_cast<std::int32_t>(definitions_.size());
  return definitions_.back().id;
}

std::optional<Definition> MemoryTables::definition(std::int32_t id) const {
  if (id < 1 || static_cast<std::size_t>(id) > definitions_.size()) return std::nullopt;
  return definitions_[static_cast<std::size_t>(id) - 1];
}

bool MemoryTables::can_run(const Run& run) const {
  const std::optional<Definition> plan = definition(run.row.definition);
  return plan && plan->plan_version <= dsl::plan_version && plan->sem >= 1 &&
         plan->sem <= dsl::language_sem;
}

StartReply MemoryTables::start(const StartRequest& request) {
  const std::optional<Definition> plan = definition(request.definition);
  if (!plan) {
    throw Error(ErrorKind::usage, "the run cannot be started",
                "there is no definition " + std::to_string(request.definition));
  }
  const auto number = static_cast<std::int64_t>(runs_.size()) + 1;
  const std::int64_t ms = std::chrono::duration_cast<Millis>(now_().time_since_epoch()).count();
  const RunId id{(ms << id_random_bits) + number};
  if (!request.key.empty()) {
    const auto [known, fresh] = keys_.try_emplace({request.namespace_name, plan->name, request.key},
                                                  Key{id, request.request});
    if (!fresh) {
      return {known->second.run, runs_.at(known->second.run).row.number,
              known->second.request == request.request ? StartReply::Result::exists
                                                       : StartReply::Result::conflict};
    }
  }
  Run run;
  run.row.run = id;
  run.row.number = number;
  run.row.definition = request.definition;
  run.row.folder = request.folder;
  run.queue = request.queue;
  run.ready_at = now_();
  run.parked = true;
  run.inbox_seq = 1;
  run.inbox[1] = {{id, 1, 0, request.actor, request.request}, ""};
  runs_.emplace(id, std::move(run));
  return {id, number, StartReply::Result::started};
}

SendReply MemoryTables::send(RunId id, const InboxRow& request, const std::string& dedup,
                             bool reopen, const Snapshot* seen) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return {};
  Run& run = found->second;
  if (run.closed && !reopen) return {0, true};
  for (const auto& [seq, unread] : run.inbox) {
    if (!dedup.empty() && unread.dedup == dedup) return {seq, true};
  }
  run.closed = false;
  const std::int64_t seq = ++run.inbox_seq;
  run.inbox[seq] = {request, dedup};
  run.inbox[seq].row.run = id;
  run.inbox[seq].row.seq = seq;
  const auto& owner_seen = seen == nullptr ? run.owner : seen->at(id).owner;
  const bool wake =
      rules_.wake == MemoryRules::Wake::parked_flag ? run.parked : !owner_seen.has_value();
  if (wake && !run.ready_at) run.ready_at = now_();
  return {seq, true};
}

std::vector<LoadedRun> MemoryTables::load(std::span<const RunId> ids) const {
  std::vector<LoadedRun> loaded;
  for (const auto& [id, run] : runs_) {
    if (std::ranges::count(ids, id) == 0) continue;
    loaded.push_back(run.row);
    for (const auto& [inst, step] : run.steps) loaded.back().steps.push_back(step);
  }
  return loaded;
}

std::vector<InboxRow> MemoryTables::read_inbox(Incarnation inc, int limit) const {
  std::vector<RunId> mine;
  for (const auto& [id, run] : runs_) {
    if (run.owner == inc) mine.push_back(id);
  }
  return inbox_of(mine, limit);
}

std::vector<InboxRow> MemoryTables::inbox_of(std::span<const RunId> runs, int limit) const {
  std::vector<InboxRow> rows;
  for (const RunId id : std::set<RunId>(runs.begin(), runs.end())) {
    const auto found = runs_.find(id);
    if (found == runs_.end()) continue;
    for (const auto& [seq, unread] : found->second.inbox) {
      if (seq > found->second.row.inbox_done && static_cast<int>(rows.size()) < limit) {
        rows.push_back(unread.row);
      }
    }
  }
  return rows;
}

void MemoryTables::put_progress(std::span<const Progress> progress) {
  for (const Progress& row : progress) {
    const auto [there, fresh] = progress_.try_emplace({row.run, row.inst}, row);
    if (there->second.attempt <= row.attempt) there->second = row;
  }
}

void MemoryTables::put_logs(std::span<const LogChunk> chunks) {
  for (const LogChunk& chunk : chunks) {
    logs_[{chunk.run, chunk.inst, chunk.attempt, chunk.n}] = chunk;
  }
}

bool MemoryTables::put_notes(Incarnation inc, std::span<const Note> notes) {
  if (notes.empty()) return true;
  const auto lane = lanes_.find(inc);
  if (lane == lanes_.end() || lane->second.fenced) return false;
  for (const Note& note : notes) {
    const auto run = runs_.find(note.run);
    if (run == runs_.end() || run->second.owner != inc) return false;
  }
  for (const Note& note : notes) {
    notes_[{note.run, note.inst, note.kind, note.key, note.generation}] = note;
  }
  return true;
}

std::vector<Note> MemoryTables::notes(RunId run, std::int32_t inst, std::int32_t generation) const {
  std::vector<Note> newest;
  for (const auto& [key, note] : notes_) {
    if (note.run != run || note.inst != inst || note.generation > generation) continue;
    // Generations of a key follow each other: the last one stays.
    if (!newest.empty() && newest.back().kind == note.kind && newest.back().key == note.key) {
      newest.back() = note;
    } else {
      newest.push_back(note);
    }
  }
  return newest;
}

}  // namespace pawl::store

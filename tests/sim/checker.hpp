#pragma once

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include "core/graph.hpp"
#include "tests/sim/database.hpp"

/// What must hold whatever happens: reads every event as it becomes durable, and what the world
/// sees of attempts. Knows nothing of how Owner and the core work.
namespace pawl::sim {

class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void require(bool holds, const std::string& what);

class Checker {
 public:
  void know(RunId run, std::shared_ptr<const core::Graph> graph);

  /// New events of a run are durable, written by `inc`.
  void durable(RunId run, Incarnation inc, const StoredRun& stored, std::size_t new_events);
  /// An attempt begins in the world: only after its start was durable, and alone.
  void begins(RunId run, InstId inst, std::int32_t attempt, Incarnation inc);
  void ends(RunId run, InstId inst);
  /// A request was acknowledged to its sender.
  void acknowledged(RunId run, std::int64_t inbox_seq);
  /// What holds when nothing happens any more.
  void check_end(const Database& database) const;

  std::size_t attempts_begun() const { return attempts_begun_; }
  std::size_t events_seen() const { return events_seen_; }

 private:
  struct Step {
    std::string state = "pending";
    std::int32_t attempt = 0;
    int generation = 0;
    int successes = 0;  ///< Of this generation.
    int starts = 0, lost = 0, released = 0;
  };
  struct Run {
    std::shared_ptr<const core::Graph> graph;
    std::map<std::int32_t, Step> steps;
    std::int32_t seq = 0;
    bool ended = false;
    std::set<std::int64_t> consumed, acknowledged;
    std::set<std::pair<std::int32_t, std::int32_t>> started;  ///< (inst, attempt)
    std::map<std::int32_t, StepId> copied;  ///< Items, rounds and what is in them: of which step.
    std::set<std::int32_t> holders;         ///< Of these, those that hold items.
    std::set<std::int32_t> undos;           ///< Of these, those that take something back.

    void learn(std::int32_t inst, const std::string& path);
    /// Null for an instance that has had no row yet.
    const dsl::Step* planned(std::int32_t inst) const;
    bool is_block(std::int32_t inst) const;
  };
  void read(RunId id, Run& run, const store::EventRow& event);
  void change(RunId id, Run& run, std::int32_t inst, const std::string& to, std::int32_t attempt,
              const std::string& note);

  std::map<RunId, Run> runs_;
  std::map<std::pair<RunId, InstId>, Incarnation> live_;
  std::size_t attempts_begun_ = 0, events_seen_ = 0;
};

}  // namespace pawl::sim

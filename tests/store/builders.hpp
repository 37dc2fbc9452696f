#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dsl/plan.hpp"
#include "store/store.hpp"

/// Small worlds for tests of a Store.
namespace pawl::store::test {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;

inline const std::vector<std::string> default_queue = {"default"};
/// An instant that is exact in microseconds; what it is does not matter.
inline const TimePoint noon{std::chrono::hours{500'000}};
inline constexpr Micros a_lease = std::chrono::seconds{60};

inline Definition a_definition(const std::string& name = "tour") {
  Definition definition;
  definition.name = name;
  definition.hash = std::string(32, 'h');
  definition.bundle = "steps: {}";
  definition.file = name + ".yaml";
  definition.plan = std::string("plan\0bytes", 10);
  definition.plan_version = dsl::plan_version;
  definition.sem = dsl::language_sem;
  return definition;
}

inline StartRequest a_start(std::int32_t definition, const std::string& key = "") {
  StartRequest request;
  request.definition = definition;
  request.actor = "ada";
  request.key = key;
  request.request = "inputs";
  request.folder = "/srv/flows";
  return request;
}

/// A session with an incarnation, which numbers its batches.
struct Owner {
  explicit Owner(std::unique_ptr<Store> session, const std::string& name = "worker")
      : store(std::move(session)), inc(store->register_worker({name, "host", "1"}, a_lease).inc) {}

  Batch batch() {
    Batch next;
    next.inc = inc;
    next.seq = ++seq;
    next.lease = a_lease;
    return next;
  }

  std::unique_ptr<Store> store;
  Incarnation inc;
  std::int64_t seq = 0;
};

inline EventRow an_event(RunId run, std::int32_t seq, const std::string& body = "body") {
  return {run, noon + Micros{seq}, seq, 3, 1, "ada", body};
}

inline StepRow a_step_row(RunId run, std::int32_t inst, std::int32_t seq) {
  return {run, noon + Micros{seq}, inst, 1, seq, 2, 0, "build", "row"};
}

/// One event for `run` after `version`.
inline void add_transition(Batch& batch, RunId run, std::int32_t version) {
  RunRow row;
  row.run = run;
  row.version_before = version;
  row.version_after = version + 1;
  batch.runs.push_back(row);
  batch.events.push_back(an_event(run, version + 1));
}

/// A batch that reads the inbox up to `done` and lets the run go.
inline Batch letting_go(Owner& owner, RunId run, std::int32_t version, std::int64_t done,
                        Release release) {
  Batch batch = owner.batch();
  add_transition(batch, run, version);
  batch.runs[0].inbox_done = done;
  batch.runs[0].release = release;
  for (std::int64_t seq = 1; seq <= done; ++seq) batch.consumed.push_back({run, seq});
  return batch;
}

inline std::vector<RunId> ids(const std::vector<ClaimedRun>& runs) {
  std::vector<RunId> result;
  for (const ClaimedRun& run : runs) result.push_back(run.run);
  return result;
}

}  // namespace pawl::store::test

#include "runtime/courier.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "dsl/bundle.hpp"
#include "dsl/plan.hpp"
#include "runtime/worker_folder.hpp"

namespace pawl::runtime {

namespace {

constexpr int inbox_rows_max = 10'000;
constexpr int promote_max = 500;
constexpr int adopt_max = 100;
constexpr std::size_t graphs_max = 64;

}  // namespace

Courier::Courier(Settings settings, StoreThread& thread, std::function<void(Delivery)> deliver)
    : settings_(std::move(settings)),
      watch_(settings_.lease),
      copies_(settings_.bundles),
      deliver_(std::move(deliver)),
      thread_(thread) {}

void Courier::claim(int limit) {
  // A lost reply may have brought runs that nobody holds: the next `sweep` finds them.
  thread_.add([this, limit](store::Store& store, bool) {
    store.promote_due(promote_max);
    const auto runs = store.claim(settings_.me, settings_.queues, limit);
    if (!runs.empty()) PAWL_CRASH_POINT("claim.made");
    hand_over(store, runs, true);
  });
}

void Courier::read_inbox() {
  thread_.add([this](store::Store& store, bool) {
    Delivery delivery;
    delivery.answers_inbox = true;
    delivery.inbox = store.read_inbox(settings_.me, inbox_rows_max);
    delivery.more_inbox = delivery.inbox.size() == static_cast<std::size_t>(inbox_rows_max);
    deliver_(std::move(delivery));
  });
}

void Courier::sweep() {
  thread_.add([this](store::Store& store, bool) {
    Delivery delivery;
    delivery.owned.emplace();
    for (const store::ClaimedRun& run : store.owned(settings_.me)) {
      delivery.owned->push_back(run.run);
    }
    deliver_(std::move(delivery));
  });
}

void Courier::ask_sleepers() {
  thread_.add([this](store::Store& store, bool) {
    Delivery delivery;
    delivery.sleepers = store.has_sleepers();
    deliver_(std::move(delivery));
  });
}

void Courier::reload(std::vector<RunId> runs) {
  thread_.add([this, runs = std::move(runs)](store::Store& store, bool) {
    std::vector<store::ClaimedRun> mine = store.owned(settings_.me);
    std::erase_if(mine, [&](const store::ClaimedRun& run) {
      return std::ranges::find(runs, run.run) == runs.end();
    });
    hand_over(store, mine, false);
  });
}

void Courier::ensure_partitions() {
  thread_.add([](store::Store& store, bool) { store.ensure_partitions(); });
}

void Courier::hand_over(store::Store& store, const std::vector<store::ClaimedRun>& runs,
                        bool answers_claim) {
  Delivery delivery;
  delivery.answers_claim = answers_claim;
  if (!runs.empty()) {
    delivery.arrivals = load(store, runs);
    std::vector<RunId> ids;
    for (const store::ClaimedRun& run : runs) ids.push_back(run.run);
    const std::vector<store::InboxRow> rows = store.inbox_of(ids, inbox_rows_max);
    for (Arrival& arrival : delivery.arrivals) {
      const RunId run = arrival.rows.run;
      arrival.inbox.assign(std::ranges::lower_bound(rows, run, {}, &store::InboxRow::run),
                           std::ranges::upper_bound(rows, run, {}, &store::InboxRow::run));
    }
  }
  deliver_(std::move(delivery));
}

std::vector<Arrival> Courier::load(store::Store& store,
                                   const std::vector<store::ClaimedRun>& runs) {
  std::vector<RunId> ids;
  for (const store::ClaimedRun& run : runs) ids.push_back(run.run);
  std::vector<Arrival> arrivals;
  for (store::LoadedRun& rows : store.load(ids)) {
    Arrival arrival;
    const Known* definition = known(store, rows.definition, arrival.problem);
    arrival.rows = std::move(rows);
    if (definition != nullptr) {
      arrival.graph = definition->graph;
      find_folder(store, *definition, arrival);
    }
    arrivals.push_back(std::move(arrival));
  }
  return arrivals;
}

const Courier::Known* Courier::known(store::Store& store, std::int32_t definition,
                                     std::string& problem) {
  const auto found = known_.find(definition);
  if (found != known_.end()) return &found->second;
  const std::optional<store::Definition> stored = store.definition(definition);
  if (!stored) {
    problem = "its definition is not in the database";
    return nullptr;
  }
  try {
    auto plan = std::make_shared<const dsl::Plan>(dsl::decode_plan(stored->plan));
    // Runs in memory keep their graph; forgetting here only costs reading it again.
    if (known_.size() >= graphs_max) known_.clear();
    const bool has_others = !dsl::decode_bundle(stored->bundle).others.empty();
    return &(known_[definition] = {std::make_shared<const core::Graph>(std::move(plan)),
                                   stored->file, has_others});
  } catch (const Error& error) {
    problem = std::string(error.what()) + ": " + error.why();
    return nullptr;
  }
}

/// A run that was started on another host gets a copy of its bundle. When that cannot be made, its
/// steps fail for want of a folder, and the worker says why.
void Courier::find_folder(store::Store& store, const Known& known, Arrival& arrival) {
  const std::string& written = arrival.rows.folder;
  if (written.empty() || BundleCopies::is_here(written, known.file, known.has_others)) return;
  const std::optional<store::Definition> stored = store.definition(arrival.rows.definition);
  if (!stored) return;
  try {
    arrival.copy = copies_.copy_of(*stored, settings_.clock->since_boot());
  } catch (const Error& error) {
    std::fprintf(stderr, "pawl: %s: %s\n", error.what(), error.why().c_str());
  }
}

/// A worker of this host that is provably dead: its lock is free and its steps are gone.
bool Courier::is_dead_neighbour(const store::LaneSight& lane) const {
  return lane.host == host_name() && bury_worker(settings_.home, lane.name);
}

/// A worker that is silent may live, frozen, and its steps with it.
void Courier::end_steps(const store::LaneSight& lane) const {
  if (lane.host != host_name() || !is_worker_of(settings_.home, lane.name)) return;
  end_steps_in(scratch_of(settings_.home, lane.name, lane.inc));
}

void Courier::look_around() {
  thread_.add([this](store::Store& store, bool again) {
    if (again) watch_.interrupted();
    std::vector<store::LaneSight> lanes = store.lanes(settings_.me);
    for (const store::LaneSight& lane : lanes) {
      if (lane.fenced) {
        end_steps(lane);
        take_over(store, lane.inc);
      } else if (is_dead_neighbour(lane) && store.fence(lane.inc, std::nullopt)) {
        take_over(store, lane.inc);
        remove_worker_folder(settings_.home, lane.name);
      }
    }
    std::erase_if(lanes, [](const auto& lane) { return lane.fenced; });
    for (const TakeoverWatch::Dead& dead : watch_.see(lanes, settings_.clock->since_boot())) {
      if (!store.fence(dead.inc, dead.last_seq)) continue;
      end_steps(*std::ranges::find(lanes, dead.inc, &store::LaneSight::inc));
      take_over(store, dead.inc);
    }
  });
}

void Courier::take_over(store::Store& store, Incarnation dead) {
  PAWL_CRASH_POINT("takeover.fenced");
  while (true) {
    const std::vector<store::ClaimedRun> runs = store.adopt(dead, settings_.me, adopt_max);
    if (runs.empty()) return;
    PAWL_CRASH_POINT("takeover.adopted");
    hand_over(store, runs, false);
  }
}

}  // namespace pawl::runtime

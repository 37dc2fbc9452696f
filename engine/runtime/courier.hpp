#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/graph.hpp"
#include "runtime/bundle_copies.hpp"
#include "runtime/owner.hpp"
#include "runtime/store_thread.hpp"
#include "runtime/takeover.hpp"

namespace pawl::runtime {

/// Brings runs and requests to an Owner: claims, loads, takes over from dead workers. Works on a
/// thread of its own; answers are handed to `deliver`, which must post them to the loop.
class Courier {
 public:
  struct Delivery {
    std::vector<Arrival> arrivals;
    std::vector<store::InboxRow> inbox;
    std::optional<std::vector<RunId>> owned;  ///< The answer to sweep().
    std::optional<bool> sleepers;             ///< The answer to ask_sleepers().
    bool answers_claim = false;               ///< This is the answer to claim().
    bool answers_inbox = false;
    bool more_inbox = false;  ///< `inbox` was cut: read again.
  };
  struct Settings {
    Incarnation me;
    std::string home;     ///< Where the folders of this host's workers are.
    std::string bundles;  ///< Where copies of bundles are made.
    std::vector<std::string> queues;
    Micros lease{};
    const Clock* clock = nullptr;
  };

  Courier(Settings settings, StoreThread& thread, std::function<void(Delivery)> deliver);

  // From the loop; each returns at once.
  void claim(int limit);
  void read_inbox();
  /// Looks for dead workers and takes their runs over.
  void look_around();
  /// Asks which runs are ours, so that none is owned and held by nobody.
  void sweep();
  /// Asks whether parked runs will have to be woken.
  void ask_sleepers();
  void reload(std::vector<RunId> runs);
  void ensure_partitions();

 private:
  std::vector<Arrival> load(store::Store& store, const std::vector<store::ClaimedRun>& runs);
  struct Known {
    std::shared_ptr<const core::Graph> graph;
    std::string file;
    bool has_others = false;  ///< Its bundle has more than the workflow's file.
  };
  const Known* known(store::Store& store, std::int32_t definition, std::string& problem);
  void find_folder(store::Store& store, const Known& known, Arrival& arrival);
  void hand_over(store::Store& store, const std::vector<store::ClaimedRun>& runs,
                 bool answers_claim);
  void take_over(store::Store& store, Incarnation dead);
  bool is_dead_neighbour(const store::LaneSight& lane) const;
  void end_steps(const store::LaneSight& lane) const;

  // On the thread only.
  Settings settings_;
  TakeoverWatch watch_;
  std::map<std::int32_t, Known> known_;
  BundleCopies copies_;

  std::function<void(Delivery)> deliver_;
  StoreThread& thread_;
};

}  // namespace pawl::runtime

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/owner.hpp"
#include "tests/core/random_plan.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/database.hpp"

/// A world by seed: virtual time, one database, several workers around the production Owner, users,
/// and everything that can go wrong between them.
namespace pawl::sim {

class Worker;

/// How often things go wrong, in percent or per 10,000 calls; drawn by the seed.
struct Chaos {
  int lost = 0;    ///< Of 10,000 calls: the connection breaks, before or after the effect.
  int crash = 0;   ///< Of 10,000 calls: the worker dies, before or after the effect.
  int late = 0;    ///< Of 10,000 batches: arrives after its sender has given up.
  int frozen = 0;  ///< Of 100 looks at a worker: it stops for up to two leases and goes on.
  int outages = 0;
  int hints = 50;  ///< Of 100 hints: arrives.
  bool jumps = false;
};

class World {
 public:
  /// `rules` other than the right ones are there to be found out.
  explicit World(std::uint64_t seed, store::MemoryRules rules = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Chaos for a while, then everything is healed and every run must end.
  /// Throws Violation when an invariant breaks.
  void live();
  /// The last things that happened, for people.
  std::string trace() const;

  // For workers.
  void at(Micros later, std::function<void()> what);
  void note(const std::string& text);
  Database::Fate fate(std::string_view call);
  /// A worker's statement is under way in the database; users act on its runs meanwhile.
  void racing(const store::Batch& batch);
  std::shared_ptr<const core::Graph> graph(std::int32_t definition) const {
    return graphs_.at(static_cast<std::size_t>(definition) - 1);
  }
  void died(Worker& worker);
  void left(Worker& worker);

  test::Random random;
  Micros now{std::chrono::hours{500'000}};
  Micros database_ahead{0};  ///< The database's clock against the true time.
  runtime::OwnerLimits limits;
  Chaos chaos;
  bool healed = false;
  bool loud = false;  ///< Notes are printed at once.
  Database database;
  Checker checker;

 private:
  void add_worker(const std::string& name, bool buries);
  void start_run(int n);
  void retry_start(const store::StartRequest& request, std::int32_t definition);
  /// In a second, again.
  void repeat_start(const store::StartRequest& request, std::int32_t definition);
  void answer(RunId run);
  void ask(RunId run, const core::Happening& what);
  /// Until it is known to be there; `dedup` keeps it from being there twice.
  void ask(RunId run, const core::Happening& what, const std::string& dedup);
  void user_acts(RunId run);
  void accident();
  void heal();
  bool all_ended() const;
  void run_until(Micros end, const std::function<bool()>& done);
  Micros within(Micros longest) {
    return Micros{
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(longest.count() + 1))};
  }

  std::multimap<Micros, std::function<void()>> queue_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::shared_ptr<const core::Graph>> graphs_;
  std::deque<std::string> trace_;
  std::map<std::string, RunId> keys_;
  int next_ask_ = 1;
  Micros outage_until_{0};
  int starts_waiting_ = 0;  ///< To be tried again.
  friend class Worker;
};

}  // namespace pawl::sim

#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/sync.hpp"
#include "cli/database.hpp"
#include "cli/top/top_view.hpp"
#include "store/run_filter.hpp"

namespace pawl::cli {

/// Reads what `top` shows. Costs the database some queries a look, whatever the size of the runs:
/// of each run that is shown it reads what has changed since the look before.
class TopReader {
 public:
  /// Throws Error like open_reader.
  explicit TopReader(Database database);

  /// The newest state; `limit` runs. Throws Unavailable; the next call tries a new connection.
  TopView look(const store::RunFilter* filter, int limit);
  /// The tree of one run, as `pawl show` prints it.
  std::string show(std::int64_t number, const Style& style);

 private:
  struct Known {
    std::int32_t seq = 0;
    std::shared_ptr<const dsl::Plan> plan;
    std::vector<store::StepMark> steps;  ///< By inst; state 0 where there is no row.
  };
  void reopen();
  TopRun look_at(const store::RunSummary& run, TimePoint now);
  std::optional<double> commit_rate(const std::vector<store::WorkerSight>& workers, TimePoint now);

  Database database_;
  std::unique_ptr<store::Reader> reader_;
  std::unique_ptr<store::Overview> overview_;
  std::map<RunId, Known> known_;
  std::map<std::int32_t, std::shared_ptr<const dsl::Plan>> plans_;  ///< By definition.
  std::map<Incarnation, std::int64_t> commits_;
  std::optional<TimePoint> counted_at_;
};

/// Looks once a second on a thread of its own, so that a database that hangs never holds up keys.
class TopFeed {
 public:
  struct Shared {
    TopView view;
    std::optional<store::RunFilter> filter;
    std::optional<std::int64_t> wants;  ///< A run to show.
    std::optional<std::string> shown;   ///< Its tree.
    std::exception_ptr failure{};       ///< Nothing more will come.
    bool is_new = false;                ///< Look again now.
    bool stop = false;
  };

  /// `changed` is called from the thread whenever there is something to draw.
  TopFeed(TopReader reader, TopView first, Style style, std::function<void()> changed);
  ~TopFeed();
  TopFeed(const TopFeed&) = delete;
  TopFeed& operator=(const TopFeed&) = delete;

  Sync<Shared>& shared() { return shared_; }
  /// Asks the thread to end and waits; false when a dead connection holds it for longer.
  bool stop(std::chrono::milliseconds patience);

 private:
  void work();
  void turn();

  Sync<Shared> shared_;
  Sync<bool> done_{false};
  TopReader reader_;
  Style style_;
  std::function<void()> changed_;
  std::optional<std::chrono::steady_clock::time_point> lost_since_;
  std::thread thread_;
};

}  // namespace pawl::cli

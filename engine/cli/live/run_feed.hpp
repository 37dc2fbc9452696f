#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/sync.hpp"
#include "cli/follow.hpp"
#include "cli/live/live_run.hpp"
#include "cli/run_summary.hpp"
#include "cli/story.hpp"
#include "core/event.hpp"

namespace pawl::cli {

/// Brings a LiveRun up to date on a thread of its own, so that a slow or dead database never holds
/// up the terminal. It reads what is drawn, and no more: events while there are few, the marks of
/// changed rows when there are many, details and output of the steps that have a row.
class RunFeed {
 public:
  using Steady = std::chrono::steady_clock;

  /// What the thread and the terminal share.
  struct Shared {
    explicit Shared(LiveRun live) : run(std::move(live)) {}

    LiveRun run;
    std::vector<std::string> attention{};  ///< Lines for above the tree, not yet taken.
    std::optional<Steady::time_point> lost_since{};
    bool is_over = false;  ///< The run has ended, and `ending` is known.
    Ending ending{};
    std::exception_ptr failure{};             ///< Nothing more will come.
    std::set<std::int32_t> wanted{};          ///< Steps that have a row.
    std::size_t output_lines = 0;             ///< Of each of those that run.
    std::vector<core::Happening> requests{};  ///< To put into the run's inbox.
    std::vector<std::string> answers{};       ///< For each: "" when it is stored, or why not.
    bool stop = false;
  };

  /// `changed` is called from the thread whenever there is something to draw. Events up to the
  /// version of `run` are in it already; lines are told of those behind `told`.
  RunFeed(Database database, std::unique_ptr<store::Reader> reader, LiveRun run, std::int32_t told,
          WorkerKeeper* keeper, CommonFlags flags, std::function<void()> changed);
  ~RunFeed();
  RunFeed(const RunFeed&) = delete;
  RunFeed& operator=(const RunFeed&) = delete;

  Sync<Shared>& shared() { return shared_; }
  /// Asks the thread to end and waits; false when a dead connection holds it for longer.
  bool stop(std::chrono::milliseconds patience);

 private:
  void work();
  Steady::duration turn();
  void reopen();
  void tell_missed(std::int32_t told);
  bool read_events();
  void read_marks();
  void read_details();
  void read_items();
  void learn_names(const std::vector<std::int32_t>& notable,
                   const std::vector<std::int32_t>& unknown);
  void read_output();
  void read_owner();
  void read_facts();
  void learn_history();
  void send_requests();
  void finish();
  std::map<std::int32_t, core::Instance> details_of(const std::vector<std::int32_t>& insts);
  void tell(const std::vector<EventView>& events);

  Sync<Shared> shared_;
  Sync<bool> done_{false};
  Database database_;
  std::unique_ptr<store::Reader> reader_;
  WorkerKeeper* keeper_;
  CommonFlags flags_;
  std::function<void()> changed_;
  RunId run_;
  std::int64_t number_;
  std::shared_ptr<const dsl::Plan> own_plan_;
  Story story_;
  std::int32_t seq_;
  /// Behind this event lines are still to be told, of what was before the first look.
  std::optional<std::int32_t> untold_;
  std::set<std::int32_t> stale_;  ///< Changed since their details were read.
  Steady::time_point output_read_{};
  const Steady::time_point begun_ = Steady::now();
  std::optional<std::vector<store::PastRun>> past_{};  ///< Once they are read.
  bool has_new_items_ = false;
  Steady::time_point items_due_{};  ///< Not read again before.
  bool has_ended_;
  bool knows_facts_;
  bool knows_history_ = false, knows_owner_ = false;
  std::thread thread_;
};

}  // namespace pawl::cli

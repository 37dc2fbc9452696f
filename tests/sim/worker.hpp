#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/owner.hpp"
#include "runtime/takeover.hpp"
#include "tests/core/play.hpp"
#include "tests/sim/world.hpp"

namespace pawl::sim {

/// One incarnation: the production Owner and TakeoverWatch, bound to the world as runtime/worker
/// binds them to threads and sessions.
class Worker final : public runtime::Port {
 public:
  Worker(World& world, std::string name);

  // runtime::Port
  void commit(const store::Batch& batch) override;
  void claim(int limit) override;
  void read_inbox() override;
  void reload(std::vector<RunId> runs) override;
  void start_attempt(const core::RunState& run, InstId inst, std::int32_t attempt) override;
  void stop_attempt(RunId run, InstId inst, std::int32_t attempt, core::StopWhy why) override;
  void forget(RunId run) override;

  // What the world does to it.
  void freeze(Micros span);
  void thaw();
  void crash();
  void drain();
  void hint();
  /// Steps that would never end do so soon.
  void let_endless_end();
  /// It holds the lock of its dead predecessor: fences it at once.
  void bury(Incarnation dead);

  bool is_up() const { return up_; }
  bool is_frozen() const { return frozen_; }
  Incarnation inc() const { return inc_; }
  const std::string& name() const { return name_; }

 private:
  /// Its estimate of the database's clock, as runtime/clock.cpp makes it.
  class SimClock final : public Clock {
   public:
    explicit SimClock(const World& world) : world_(world) {}
    TimePoint now() const override {
      last_ = std::max(last_, TimePoint{since_boot() + offset_});
      return last_;
    }
    Micros since_boot() const override;
    void set(TimePoint at) { offset_ = at.time_since_epoch() - since_boot(); }

   private:
    const World& world_;
    Micros offset_{0};
    mutable TimePoint last_{};
  };

  struct Attempt {
    RunId run;
    InstId inst;
    std::int32_t attempt = 0;
    std::uint64_t token = 0;
    bool endless = false;
    bool verifies = false;
    bool stopping = false;
    bool killed = false;  ///< By the guard, while the worker was frozen.
    core::StopWhy why = core::StopWhy::cancel;
  };
  using Job = std::function<void(store::Store& store, bool again)>;

  /// Lets `what` happen in this process later: not when it is dead, after the thaw when frozen.
  void later(Micros span, std::function<void()> what);
  void send(const store::Batch& batch);
  void answered(const store::Batch& batch, const store::CommitReply& reply);
  void settle(const store::Batch& batch, const std::string& why, Micros span);
  void add_job(Job job);
  void run_job(bool again);
  void hand_over(store::Store& store, const std::vector<store::ClaimedRun>& runs, bool claim);
  void take_over(store::Store& store, Incarnation dead);
  void look_around();
  void poll();
  void turn();
  void check_trust();
  void guard();
  void finish(RunId run, InstId inst, std::uint64_t token);
  void kill_all();
  void compare_with_rows();
  std::unique_ptr<store::Store> session();
  Micros quick() { return world_.within(std::chrono::milliseconds{5}); }

  World& world_;
  std::string name_;
  Incarnation inc_;
  SimClock clock_;
  test::ScriptedExpressions expressions_;
  std::unique_ptr<runtime::Owner> owner_;
  runtime::TakeoverWatch watch_;
  std::deque<Job> jobs_;
  std::deque<std::function<void()>> deferred_;
  std::map<std::pair<RunId, InstId>, Attempt> attempts_;
  Micros batch_sent_{0}, trusted_until_{0};
  std::uint64_t next_token_ = 1;
  std::uint64_t wake_ = 0;
  bool up_ = true, frozen_ = false, draining_ = false, distrusted_ = false;
};

}  // namespace pawl::sim

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/handle.hpp"
#include "base/sync.hpp"
#include "steps/loop_event.hpp"

namespace pawl::steps {

/// A few threads that run slices of Lua beside the loop. A slice owns what it works on; what it
/// found comes back to the loop thread, in the order in which it was handed over.
class LuaPool {
 public:
  /// While somebody holds it, the results of its work are wanted.
  using Ticket = std::shared_ptr<const void>;

  /// To be called on the loop thread.
  LuaPool(event_base* base, int threads);
  /// Waits for the slices under way; what was not begun and all results are dropped.
  ~LuaPool();
  LuaPool(const LuaPool&) = delete;
  LuaPool& operator=(const LuaPool&) = delete;

  /// Runs `work` on a thread of the pool, then `done` on the loop thread unless `ticket` has gone.
  /// Loop thread.
  void submit(const Ticket& ticket, std::function<void()> work, std::function<void()> done);
  /// Calls `work` on the loop thread, soon, unless `ticket` has gone. Any thread.
  void post(std::weak_ptr<const void> ticket, std::function<void()> work);

 private:
  struct Slice {
    std::weak_ptr<const void> ticket;
    std::function<void()> work, done;
  };
  struct Posted {
    std::weak_ptr<const void> ticket;
    std::function<void()> work;
  };
  struct Queue {
    std::deque<Slice> slices;
    bool stopping = false;
  };

  void run();
  void on_posted();

  Sync<Queue> queue_;
  Sync<std::vector<Posted>> posted_;
  Fd wake_;
  LoopEvent wake_event_;
  const std::thread::id loop_thread_ = std::this_thread::get_id();
  std::vector<std::jthread> threads_;
};

}  // namespace pawl::steps

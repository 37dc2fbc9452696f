#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/sync.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

namespace pawl::runtime {

using OpenStore = std::function<std::unique_ptr<store::Store>()>;

/// A thread with a session of its own, which does jobs in order. When the database goes away it
/// connects again, with a growing pause, and tells the job so; a job is never dropped but at the
/// end.
class StoreThread {
 public:
  /// What a job gets: the session, and whether it is called again after the connection broke under
  /// it (then the first try may have taken effect).
  using Job = std::function<void(store::Store& store, bool again)>;

  /// `trouble` hears, on this thread, why the database cannot be used, once a trouble, and "" when
  /// it is over; a connection that only had to be made anew is none. `failed` hears Error: what
  /// waiting does not mend.
  StoreThread(OpenStore open, std::function<void(const std::string&)> trouble,
              std::function<void(const std::exception_ptr&)> failed);
  ~StoreThread();

  /// Any thread.
  void add(Job job);
  /// The same for a job that may keep the session for itself; the next job gets another one.
  using TakingJob = std::function<void(std::unique_ptr<store::Store>& store, bool again)>;
  void add_taking(TakingJob job);
  /// Ends the thread after the job under way; jobs that wait are dropped.
  void stop();

 private:
  void run(const std::stop_token& stop);
  bool connect(const std::stop_token& stop);
  void begin_trouble(const std::string& why);
  void end_trouble();
  /// Waits before the next try, longer each time; false when the thread is to end.
  bool pause(const std::stop_token& stop);

  OpenStore open_;
  std::function<void(const std::string&)> trouble_;
  std::function<void(const std::exception_ptr&)> failed_;
  std::unique_ptr<store::Store> store_;
  bool in_trouble_ = false;
  Millis next_pause_;
  Sync<std::deque<TakingJob>> jobs_;
  std::jthread thread_;
};

}  // namespace pawl::runtime

#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/handle.hpp"
#include "base/sync.hpp"
#include "base/time.hpp"

struct event;
struct event_base;

/// The event loop: the thread that owns all state of a worker. Others hand it functions by `post`.
/// An exception in a callback stops the loop and is thrown again by `run`.
namespace pawl::runtime {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  event_base* base() { return base_.get(); }

  /// Runs `work` on the loop's thread, soon, in the order of the calls. Any thread.
  void post(std::function<void()> work);

  /// Called at the end of each turn that ran something.
  void on_turn(std::function<void()> work) { turn_ = std::move(work); }

  /// Calls `work` whenever `signal` arrives.
  void on_signal(int signal, std::function<void()> work);

  /// A timer that `work` follows; starting it again moves it. Lives as long as the Loop.
  class Timer {
   public:
    void start(Micros after);
    void stop();

   private:
    friend class Loop;
    Loop* loop_ = nullptr;
    event* event_ = nullptr;
    std::function<void()> work_;
  };
  Timer& timer(std::function<void()> work);

  enum class Ready { to_read, to_write };
  /// Calls `work` whenever `fd` is ready, until `unwatch`.
  void watch(int fd, std::function<void()> work, Ready ready = Ready::to_read);
  void unwatch(int fd, Ready ready = Ready::to_read);

  /// Runs until `stop`; throws what a callback threw.
  void run();
  /// From the loop's thread.
  void stop();

  /// The one trampoline from C: nothing thrown may cross libevent.
  void guarded(const std::function<void()>& work) noexcept;

 private:
  struct Watch;
  static void on_posted(int fd, short what, void* self) noexcept;
  static void on_timer(int fd, short what, void* timer) noexcept;
  static void on_watch(int fd, short what, void* watch) noexcept;
  void run_posted();

  static void free_base(event_base* base) noexcept;
  static void free_event(event* watched) noexcept;
  Handle<event_base, free_base> base_;
  Fd wake_;
  Handle<event, free_event> wake_event_;
  Sync<std::vector<std::function<void()>>> posted_;
  std::vector<std::unique_ptr<Timer>> timers_;
  std::vector<std::unique_ptr<Watch>> watches_;
  std::function<void()> turn_;
  std::exception_ptr failure_;
  std::thread::id thread_ = std::this_thread::get_id();
};

}  // namespace pawl::runtime

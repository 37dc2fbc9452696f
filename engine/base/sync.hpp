#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace pawl {

/// Data that threads share, which cannot be reached without the lock:
/// `auto queue = queue_.lock(); queue->push_back(x);`
template <class T>
class Sync {
 public:
  class Lock {
   public:
    T* operator->() { return &owner_.data_; }
    T& operator*() { return owner_.data_; }
    /// Gives up the lock until `ready()` holds.
    template <class Ready>
    void wait(Ready ready) {
      owner_.changed_.wait(guard_, std::move(ready));
    }
    /// Like wait, for at most `patience`; false when `ready()` still does not hold.
    template <class Duration, class Ready>
    bool wait_for(Duration patience, Ready ready) {
      return owner_.changed_.wait_for(guard_, patience, std::move(ready));
    }

   private:
    friend class Sync;
    explicit Lock(Sync& owner) : owner_(owner), guard_(owner.mutex_) {}
    Sync& owner_;
    std::unique_lock<std::mutex> guard_;
  };

  Sync() = default;
  explicit Sync(T data) : data_(std::move(data)) {}
  Lock lock() { return Lock(*this); }
  void notify_one() { changed_.notify_one(); }
  void notify_all() { changed_.notify_all(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T data_{};
};

}  // namespace pawl

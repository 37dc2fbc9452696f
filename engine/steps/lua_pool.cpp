#include "steps/lua_pool.hpp"

#include <signal.h>
#include <sys/eventfd.h>

#include <utility>

namespace pawl::steps {

LuaPool::LuaPool(event_base* base, int threads) : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  check(static_cast<bool>(wake_), "an eventfd can be made");
  wake_event_ = new_event<&LuaPool::on_posted>(base, wake_.get(), EV_READ | EV_PERSIST, this);
  event_add(wake_event_.get(), nullptr);
  // Signals are for the loop thread.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LuaPool::~LuaPool() {
  queue_.lock()->stopping = true;
  queue_.notify_all();
  threads_.clear();  // Joins.
}

void LuaPool::submit(const Ticket& ticket, std::function<void()> work, std::function<void()> done) {
  queue_.lock()->slices.push_back({ticket, std::move(work), std::move(done)});
  queue_.notify_one();
}

void LuaPool::post(std::weak_ptr<const void> ticket, std::function<void()> work) {
  bool first = false;
  {
    auto posted = posted_.lock();
    first = posted->empty();
    posted->push_back({std::move(ticket), std::move(work)});
  }
  if (!first) return;
  if (std::this_thread::get_id() == loop_thread_) {
    event_active(wake_event_.get(), EV_READ, 0);  // Without a system call.
  } else {
    ::eventfd_write(wake_.get(), 1);
  }
}

void LuaPool::run() {
  for (;;) {
    Slice slice;
    {
      auto queue = queue_.lock();
      queue.wait([&] { return queue->stopping || !queue->slices.empty(); });
      if (queue->stopping) return;
      slice = std::move(queue->slices.front());
      queue->slices.pop_front();
    }
    if (slice.ticket.expired()) continue;
    slice.work();
    slice.work = nullptr;  // What it owns goes on this thread, not on the loop's.
    post(std::move(slice.ticket), std::move(slice.done));
  }
}

void LuaPool::on_posted() {
  eventfd_t count = 0;
  ::eventfd_read(wake_.get(), &count);
  std::vector<Posted> batch;
  std::swap(batch, *posted_.lock());
  for (const Posted& posted : batch) {
    if (const auto wanted = posted.ticket.lock()) posted.work();
  }
}

}  // namespace pawl::steps

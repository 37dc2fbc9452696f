#include "runtime/loop.hpp"

#include <event2/event.h>
#include <event2/thread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace pawl::runtime {

struct Loop::Watch {
  Loop* loop = nullptr;
  int fd = -1;
  Ready ready = Ready::to_read;
  Handle<event, free_event> registered;
  std::function<void()> work;
};

void Loop::free_base(event_base* base) noexcept { ::event_base_free(base); }
void Loop::free_event(event* watched) noexcept { ::event_free(watched); }

Loop::Loop() : base_(::event_base_new()), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  check(base_ != nullptr && static_cast<bool>(wake_), "no event loop");
  wake_event_.reset(
      ::event_new(base_.get(), wake_.get(), EV_READ | EV_PERSIST, &Loop::on_posted, this));
  ::event_add(wake_event_.get(), nullptr);
}

Loop::~Loop() {
  for (const auto& timer : timers_) ::event_free(timer->event_);
}

void Loop::guarded(const std::function<void()>& work) noexcept {
  try {
    work();
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
    ::event_base_loopbreak(base_.get());
  }
}

void Loop::post(std::function<void()> work) {
  bool first = false;
  {
    auto posted = posted_.lock();
    first = posted->empty();
    posted->push_back(std::move(work));
  }
  if (!first) return;
  if (std::this_thread::get_id() == thread_) {
    // Within this turn of libevent, without a system call.
    ::event_active(wake_event_.get(), EV_READ, 0);
  } else {
    ::eventfd_write(wake_.get(), 1);
  }
}

void Loop::on_posted(int fd, short, void* self) noexcept {
  eventfd_t count = 0;
  ::eventfd_read(fd, &count);
  auto* loop = static_cast<Loop*>(self);
  loop->guarded([loop] { loop->run_posted(); });
}

void Loop::run_posted() {
  std::vector<std::function<void()>> batch;
  std::swap(batch, *posted_.lock());
  for (const auto& work : batch) work();
  if (turn_) turn_();
}

void Loop::on_timer(int, short, void* timer) noexcept {
  auto* mine = static_cast<Timer*>(timer);
  mine->loop_->guarded([mine] {
    mine->work_();
    if (mine->loop_->turn_) mine->loop_->turn_();
  });
}

Loop::Timer& Loop::timer(std::function<void()> work) {
  auto timer = std::make_unique<Timer>();
  timer->loop_ = this;
  timer->work_ = std::move(work);
  timer->event_ = ::event_new(base_.get(), -1, 0, &Loop::on_timer, timer.get());
  timers_.push_back(std::move(timer));
  return *timers_.back();
}

void Loop::Timer::start(Micros after) {
  const auto micros = std::max<std::int64_t>(after.count(), 0);
  const timeval wait{micros / 1'000'000, micros % 1'000'000};
  ::event_add(event_, &wait);
}

void Loop::Timer::stop() { ::event_del(event_); }

void Loop::on_watch(int, short, void* watch) noexcept {
  auto* mine = static_cast<Watch*>(watch);
  mine->loop->guarded([mine] {
    Loop& loop = *mine->loop;
    const auto work = mine->work;  // `work` may unwatch itself.
    work();
    if (loop.turn_) loop.turn_();
  });
}

void Loop::watch(int fd, std::function<void()> work, Ready ready) {
  auto watch = std::make_unique<Watch>();
  watch->loop = this;
  watch->fd = fd;
  watch->ready = ready;
  watch->work = std::move(work);
  const auto what = static_cast<short>(ready == Ready::to_read ? EV_READ : EV_WRITE);
  watch->registered.reset(::event_new(base_.get(), fd, static_cast<short>(what | EV_PERSIST),
                                      &Loop::on_watch, watch.get()));
  ::event_add(watch->registered.get(), nullptr);
  watches_.push_back(std::move(watch));
}

void Loop::unwatch(int fd, Ready ready) {
  std::erase_if(watches_,
                [&](const auto& watch) { return watch->fd == fd && watch->ready == ready; });
}

void Loop::on_signal(int signal, std::function<void()> work) {
  auto watch = std::make_unique<Watch>();
  watch->loop = this;
  watch->work = std::move(work);
  watch->registered.reset(
      ::event_new(base_.get(), signal, EV_SIGNAL | EV_PERSIST, &Loop::on_watch, watch.get()));
  ::event_add(watch->registered.get(), nullptr);
  watches_.push_back(std::move(watch));
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  ::event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Loop::stop() { ::event_base_loopbreak(base_.get()); }

}  // namespace pawl::runtime

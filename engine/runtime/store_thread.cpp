#include "runtime/store_thread.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace pawl::runtime {

namespace {

constexpr Millis pause_first{20};
constexpr Millis pause_longest{2'000};

}  // namespace

StoreThread::StoreThread(OpenStore open, std::function<void(const std::string&)> trouble,
                         std::function<void(const std::exception_ptr&)> failed)
    : open_(std::move(open)),
      trouble_(std::move(trouble)),
      failed_(std::move(failed)),
      next_pause_(pause_first),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

StoreThread::~StoreThread() { stop(); }

void StoreThread::stop() {
  {
    const auto jobs = jobs_.lock();  // Or a thread that is about to wait would miss it.
    thread_.request_stop();
  }
  jobs_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void StoreThread::add(Job job) {
  add_taking([job = std::move(job)](std::unique_ptr<store::Store>& store, bool again) {
    job(*store, again);
  });
}

void StoreThread::add_taking(TakingJob job) {
  jobs_.lock()->push_back(std::move(job));
  jobs_.notify_one();
}

void StoreThread::begin_trouble(const std::string& why) {
  if (!in_trouble_) trouble_(why);
  in_trouble_ = true;
}

void StoreThread::end_trouble() {
  if (in_trouble_) trouble_("");
  in_trouble_ = false;
  next_pause_ = pause_first;
}

bool StoreThread::pause(const std::stop_token& stop) {
  const Millis span = std::exchange(next_pause_, std::min(next_pause_ * 2, pause_longest));
  auto jobs = jobs_.lock();
  jobs.wait_for(span, [&] { return stop.stop_requested(); });
  return !stop.stop_requested();
}

bool StoreThread::connect(const std::stop_token& stop) {
  while (!store_) {
    if (stop.stop_requested()) return false;
    try {
      store_ = open_();
    } catch (const store::Unavailable& gone) {
      begin_trouble(gone.what());
      if (!pause(stop)) return false;
    }
  }
  return true;
}

void StoreThread::run(const std::stop_token& stop) {
  try {
    while (true) {
      TakingJob job;
      {
        auto jobs = jobs_.lock();
        jobs.wait([&] { return !jobs->empty() || stop.stop_requested(); });
        if (stop.stop_requested()) return;
        job = std::move(jobs->front());
        jobs->pop_front();
      }
      for (bool again = false;; again = true) {
        if (!connect(stop)) return;
        try {
          job(store_, again);
          end_trouble();
          break;
        } catch (const store::Unavailable& gone) {
          store_.reset();
          // On a new session too: the server is there and cannot, because its disk is full, say.
          if (again) begin_trouble(gone.what());
          if (!pause(stop)) return;
        }
      }
    }
  } catch (...) {
    failed_(std::current_exception());
  }
}

}  // namespace pawl::runtime

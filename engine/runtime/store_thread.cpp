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

bool StoreThread::pause(const std::stop_token& stop, Millis span) {
  auto jobs = jobs_.lock();
  jobs.wait_for(span, [&] { return stop.stop_requested(); });
  return !stop.stop_requested();
}

bool StoreThread::connect(const std::stop_token& stop) {
  Millis wait = pause_first;
  bool told = false;
  while (!store_) {
    if (stop.stop_requested()) return false;
    try {
      store_ = open_();
    } catch (const store::Unavailable& gone) {
      if (!told) trouble_(gone.what());
      told = true;
      if (!pause(stop, wait)) return false;
      wait = std::min(wait * 2, pause_longest);
    }
  }
  if (told) trouble_("");
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
          break;
        } catch (const store::Unavailable&) {
          store_.reset();
          if (!pause(stop, pause_first)) return;
        }
      }
    }
  } catch (...) {
    failed_(std::current_exception());
  }
}

}  // namespace pawl::runtime

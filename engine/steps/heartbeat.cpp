#include "steps/heartbeat.hpp"

#include <algorithm>
#include <utility>

namespace pawl::steps {

Heartbeat::Heartbeat(Reports& to, event_base* base, Millis limit, std::function<void()> silent)
    : to_(to), base_(base), limit_(limit), silent_(std::move(silent)) {}

void Heartbeat::begin() {
  if (limit_.count() == 0) return;
  hear();
  timer_ = new_event<&Heartbeat::look>(base_, -1, 0, this);
  arm(timer_, limit_);
}

void Heartbeat::look() {
  const auto silence = std::chrono::steady_clock::now() - last_;
  if (silence >= limit_) return silent_();
  const auto rest = std::chrono::duration_cast<Millis>(limit_ - silence);
  arm(timer_, std::max(rest, Millis{1}));
}

void Heartbeat::log(const Job& job, Stream stream, std::string_view bytes) {
  hear();
  to_.log(job, stream, bytes);
}

void Heartbeat::progress(const Job& job, std::optional<double> fraction, std::optional<double> done,
                         std::optional<double> total, const std::string& message) {
  hear();
  to_.progress(job, fraction, done, total, message);
}

void Heartbeat::checkpoint(const Job& job, JsonText value) {
  hear();
  to_.checkpoint(job, std::move(value));
}

void Heartbeat::memo(const Job& job, const std::string& key, JsonText value,
                     std::function<void(bool)> stored) {
  hear();
  to_.memo(job, key, std::move(value), std::move(stored));
}

void Heartbeat::comment(const Job& job, const std::string& kind, const std::string& text) {
  hear();
  to_.comment(job, kind, text);
}

void Heartbeat::ended(const Job& job, core::Outcome outcome) { to_.ended(job, std::move(outcome)); }

}  // namespace pawl::steps

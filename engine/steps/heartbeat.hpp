#pragma once

#include <chrono>
#include <functional>

#include "steps/loop_event.hpp"
#include "steps/step_kind.hpp"

namespace pawl::steps {

/// Passes on what an attempt reports, and calls `silent` when nothing came for so long: neither
/// progress nor a line of output, a checkpoint, a memo or a comment. Loop thread.
class Heartbeat final : public Reports {
 public:
  Heartbeat(Reports& to, event_base* base, Millis limit, std::function<void()> silent);

  /// Listens from now on; without a limit it never speaks.
  void begin();
  void end() { timer_.reset(); }

  void log(const Job& job, Stream stream, std::string_view bytes) override;
  void progress(const Job& job, std::optional<double> fraction, std::optional<double> done,
                std::optional<double> total, const std::string& message) override;
  void checkpoint(const Job& job, JsonText value) override;
  void memo(const Job& job, const std::string& key, JsonText value,
            std::function<void(bool)> stored) override;
  void comment(const Job& job, const std::string& kind, const std::string& text) override;
  void ended(const Job& job, core::Outcome outcome) override;

 private:
  void hear() { last_ = std::chrono::steady_clock::now(); }
  void look();

  Reports& to_;
  event_base* base_;
  Millis limit_;
  std::function<void()> silent_;
  LoopEvent timer_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace pawl::steps

#pragma once

#include <optional>
#include <string>

#include "steps/attempt_parts.hpp"
#include "steps/body.hpp"
#include "steps/heartbeat.hpp"
#include "steps/loop_event.hpp"

namespace pawl::steps {

/// An attempt of a step: its hooks around the body of its kind, its timeout, and how it is stopped.
///
///   preparing ──▶ running ──▶ concluding ──▶ over
///    (pool)        (body)      (pool: after, on_error, on_cancel)
///
/// Loop thread. What runs on the pool gets values and gives values.
class StepAttempt : public Attempt {
 public:
  StepAttempt(Job job, Reports& reports, Services& services);
  ~StepAttempt() override;
  StepAttempt(const StepAttempt&) = delete;
  StepAttempt& operator=(const StepAttempt&) = delete;

  void stop(core::StopWhy why) override;

 private:
  enum class Phase : std::uint8_t { preparing, running, concluding, over };

  void prepare();
  void prepared(const Prepared& result);
  void body_ended(BodyEnd end);
  void conclude_success(JsonText output);
  void give(JsonText output);
  void conclude_failure(core::Failure failure);
  void conclude_stop();
  void over(core::Outcome outcome);
  void progressed(std::optional<double> fraction, std::optional<double> done,
                  std::optional<double> total, const std::string& message);
  void run_progress_hook();
  void on_timeout();
  void on_silence();
  void stop_body();
  void on_checkpoint_due();
  const dsl::Hooks& hooks() const;

  Heartbeat heartbeat_;  ///< Between the attempt and who listens to it.
  LuaPool::Ticket ticket_;
  Context context_;
  std::shared_ptr<Body> body_;
  Phase phase_ = Phase::preparing;
  bool timed_out_ = false, silent_ = false;
  std::optional<core::StopWhy> stop_;
  std::shared_ptr<const scripting::Scope> scope_;  ///< For the hooks after the body.
  JsonText progress_;                              ///< For on_progress; the last one not yet told.
  bool progress_waits_ = false, progress_runs_ = false;
  LoopEvent timeout_, checkpoint_timer_;
};

}  // namespace pawl::steps

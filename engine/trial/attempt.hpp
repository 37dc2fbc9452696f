#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "steps/attempt_parts.hpp"

/// An attempt in a test: its hooks, its variables and the expressions of its command are evaluated
/// as a worker does it, and nothing is started. One thread; every call comes back at once.
namespace pawl::trial {

/// What a script that was run for real has come to.
struct Played {
  steps::BodyEnd end;
  Micros slept{0};  ///< What it has waited for, if it were not a test.
  /// What it asked of the world outside, of which a test has none: "shell"; empty: nothing.
  std::string outside{};
};

class Attempt final : public steps::Reports {
 public:
  /// The settings must outlive it.
  Attempt(steps::Job job, const steps::StepSettings& settings);

  dsl::Kind kind() const { return context_->kind(); }
  const dsl::Settings& settings() const { return context_->settings(); }
  /// It takes something back that a step has done.
  bool undoes() const { return context_->job.task == steps::Task::undo; }

  /// The time before the body; the outcome when the attempt has none. Evaluates `run` commands.
  std::optional<core::Outcome> begin();
  /// Runs the body of a `lua` or `uses` step to its end.
  Played play();
  /// The body has ended so.
  core::Outcome end(steps::BodyEnd end);
  /// It took longer than its `timeout`.
  core::Outcome time_out();
  /// It was stopped before its body had ended.
  core::Outcome stop(core::StopWhy why);

  /// What a later attempt goes on from.
  const JsonText& last_checkpoint() const { return checkpoint_; }
  const std::vector<std::pair<std::string, JsonText>>& memos() const { return memos_; }

  void log(const steps::Job&, steps::Stream, std::string_view) override {}
  void progress(const steps::Job&, std::optional<double>, std::optional<double>,
                std::optional<double>, const std::string&) override {}
  void checkpoint(const steps::Job&, JsonText value) override { checkpoint_ = std::move(value); }
  void memo(const steps::Job&, const std::string&, JsonText, std::function<void(bool)>) override {}
  void comment(const steps::Job&, const std::string&, const std::string&) override {}
  void ended(const steps::Job&, core::Outcome) override {}

 private:
  core::Outcome give(JsonText output);
  core::Outcome fail(core::Failure failure);

  steps::Context context_;
  JsonText checkpoint_;
  std::vector<std::pair<std::string, JsonText>> memos_;
  std::shared_ptr<const scripting::Scope> scope_;
};

}  // namespace pawl::trial

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "steps/body.hpp"
#include "steps/hooks.hpp"

/// What stands before and behind the body of an attempt, without a loop: StepAttempt runs it on the
/// pool, tests of workflows (trial/) run it in virtual time. Any thread, one at a time.
namespace pawl::steps {

/// What preparing found, beside what the body keeps.
struct Prepared {
  std::optional<core::Failure> failure;
  std::optional<std::string> skip;
  std::shared_ptr<const scripting::Scope> scope;
};

/// The hooks on_retry and before, the variables of `env`, and what the body needs.
Prepared prepare_attempt(const Context& context, Body& body);

/// The hooks around the task; one without any where there are none.
const dsl::Hooks& hooks_of(const AttemptContext& context);

/// An output that may not be kept, because it is too large.
std::optional<core::Failure> refuse_output(const JsonText& output);
/// The output when the after hook has ended so.
BodyEnd output_after(const HookEnd& end, JsonText output);
/// What the step fails with, by name of the attempt.
core::Failure failure_in(const AttemptContext& context, core::Failure failure);
/// The end of a failed attempt when its on_error hook has ended so.
core::Failed failed_after(core::Failure failure, const HookEnd& end);

/// It took longer than its `timeout`, was silent for longer than its `heartbeat`, or was stopped at
/// its `deadline`.
core::Failure timeout_failure(const dsl::Settings& settings);
core::Failure silence_failure(const dsl::Settings& settings);
core::Failure deadline_failure(const dsl::Settings& settings);

}  // namespace pawl::steps

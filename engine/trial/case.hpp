#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json_text.hpp"
#include "base/time.hpp"
#include "core/failure.hpp"
#include "core/states.hpp"
#include "dsl/diagnostic.hpp"
#include "trial/step_path.hpp"

/// A case of a test file: what a run is given, what happens to it from outside, and what is to come
/// of it. All spans of time are virtual.
namespace pawl::trial {

/// How an attempt ends whose body is not run.
struct AttemptMock {
  dsl::Span at;
  std::optional<JsonText> output;      ///< Null as a value is an output, too.
  std::optional<core::Failure> error;  ///< Never beside an output.
  Millis takes{0};
};

/// What somebody says to an approval.
struct DecisionMock {
  dsl::Span at;
  bool approve = true;
  std::string option, by, comment;
  JsonText form{"{}"};
  Millis after{0};  ///< From when the step began to wait.
};

/// A signal for a step that waits for one; it goes by that step's name for it.
struct ReplyMock {
  dsl::Span at;
  JsonText payload;
  Millis after{0};  ///< From when the step began to wait.
};

/// What stands under `mock` for a step. One of the lists is used, by the kind of the step.
struct StepMock {
  StepPath path;
  std::vector<AttemptMock> attempts;  ///< By number; the last one is also that of all behind it.
  std::vector<DecisionMock> decisions;
  std::vector<ReplyMock> replies;
};

struct SignalSent {
  dsl::Span at;
  std::string name;
  JsonText payload;
  Millis after{0};  ///< From the start of the run, like all that follows.
};

struct Pause {
  Millis after{0};
  std::optional<Millis> length;  ///< Without one nobody resumes the run.
};

template <class T>
struct Expected {
  dsl::Span at;
  T value;
};

struct Expectation {
  Expected<core::RunPhase> state{{}, core::RunPhase::succeeded};
  std::optional<Expected<core::FailureKind>> error_kind;
  std::optional<Expected<std::string>> error_message;  ///< Part of it.
  std::vector<std::pair<std::string, Expected<core::StepState>>> steps;
  std::vector<std::pair<std::string, Expected<std::int32_t>>> attempts;
  std::vector<std::pair<std::string, Expected<JsonText>>> outputs;
  std::optional<Expected<std::vector<std::string>>> order;  ///< In which these have ended.
  std::optional<Expected<Millis>> duration;
};

/// 2026-01-01T00:00:00Z, a Thursday: cases begin then, unless they say otherwise.
inline constexpr TimePoint start_default{std::chrono::seconds{1'767'225'600}};

struct Case {
  dsl::Span at;
  std::string name;
  JsonText inputs{"{}"};
  TimePoint start = start_default;
  std::string by = "user:tester";  ///< Who starts the run.
  std::vector<StepMock> mocks;
  std::vector<SignalSent> signals;
  std::optional<Millis> cancel;
  std::optional<Pause> pause;
  Expectation expect;
};

}  // namespace pawl::trial

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/time.hpp"
#include "core/failure.hpp"
#include "core/states.hpp"

/// What can happen to a run, and what `apply` answers. Plain values; the stored numbers of events
/// (`kind` in SQL) are the indices of the variant and never change.
namespace pawl::core {

// From outside, through the inbox.
struct Start {
  JsonText inputs;
};  ///< An object, checked against the declaration.
struct Pause {
  bool now = false;
};  ///< `now`: stop running steps too.
struct Resume {
  /// Answers the step that waits for a signal or an approval; else it is the run's
  /// `run.resume_value`.
  std::optional<JsonText> value;
};
struct Cancel {
  std::string why;
};
/// Repair: run the named steps again with what hangs on them; empty: all that failed. Steps that
/// succeeded are kept, unless `anew`: then the named ones and all that could have read what they
/// gave begin anew, however they ended.
struct Repair {
  std::vector<std::string> steps;
  bool anew = false;
};

/// From outside, for a step that waits for it, or will.
struct Signal {
  std::string name;
  JsonText payload;
};
/// What somebody says to an approval.
struct Decide {
  std::string step;  ///< Its path.
  bool approve = true;
  std::string option{};  ///< The one that was chosen, where there are any.
  std::string comment{};
  JsonText form{"{}"};  ///< An object.
};

/// What a person says of a step whose end is unknown.
struct Resolve {
  std::string step;  ///< Its path.
  bool done = false;
  JsonText output;  ///< When it was done: what it gave.
  std::string comment;
};

// From the worker that owns the run.
struct Granted {};  ///< Slots are free, or time has passed.
struct Adopted {};  ///< A new owner: what was running is lost.

/// What an attempt reports when it is over.
struct Succeeded {
  JsonText output;
};
struct Failed {
  Failure failure;
  /// What the step's on_error hook decided, if it did.
  struct Decision {
    enum class What : std::uint8_t { retry, ignore, pause } what = What::retry;
    std::optional<Millis> delay;  ///< For `retry`; without, the policy's own.
    JsonText output;              ///< For `ignore`.
    std::string why;              ///< For `pause`.
  };
  std::optional<Decision> decision;
};
struct Skipped {
  std::string why;
};  ///< The before hook said skip("why").
/// It was stopped as asked; `released` when only its worker went away (drain, pause --now).
struct Stopped {
  bool released = false;
  bool begun = true;  ///< False: it was to start, and surely never did.
};
/// What `verify` says of an attempt that was lost.
struct Verified {
  enum class What : std::uint8_t { done, not_done, open } what = What::open;
  JsonText output;  ///< When it was done.
  std::string why;  ///< Why it stays open; may be empty.
};
using Outcome = std::variant<Succeeded, Failed, Skipped, Stopped, Verified>;

struct AttemptEnded {
  InstId inst;
  std::int32_t attempt = 0;
  Outcome outcome;
};

/// Its rows cannot be read or written: it is set aside, so that no other run suffers.
struct Quarantine {
  std::string why;
};
/// A request in the inbox that this build does not understand; it is recorded as refused.
struct Unreadable {
  std::string why;
};

using Happening = std::variant<Start, Pause, Resume, Cancel, Repair, Granted, Adopted, AttemptEnded,
                               Quarantine, Unreadable, Signal, Decide, Resolve>;

/// May it come to a run that has ended, which then goes on?
inline bool reopens(const Happening& what) {
  return std::holds_alternative<Repair>(what) || std::holds_alternative<Resolve>(what);
}

struct Event {
  TimePoint at{};              ///< The worker's estimate of the database's clock.
  std::string actor;           ///< Who: "user:ana", "system"; empty means system.
  std::int32_t slots = 0;      ///< How many attempts may be started by this apply.
  bool idle = true;            ///< Nothing runs on the worker: a suspect may start.
  std::int64_t inbox_seq = 0;  ///< The inbox row it came from; 0: from the owner itself.
  /// The incarnation that writes it, in the first event after the run changed hands; else 0.
  std::int64_t worker = 0;
  Happening what;
};

/// One change of one step, in the order in which they happened.
struct Transition {
  InstId inst;
  StepState from = StepState::pending;
  StepState to = StepState::pending;
  std::int32_t attempt = 0;
  std::string note;  ///< Why, for people; may be empty.
};

// What to do once the transitions are durable.
struct StartAttempt {
  InstId inst;
  std::int32_t attempt = 0;
  bool alone = false;  ///< A suspect: nothing may start beside it on its worker.
};
enum class StopWhy : std::uint8_t { cancel, deadline, pause };
struct StopAttempt {
  InstId inst;
  std::int32_t attempt = 0;
  StopWhy why = StopWhy::cancel;
};
using Effect = std::variant<StartAttempt, StopAttempt>;

struct Applied {
  std::vector<Transition> transitions;
  std::vector<Effect> effects;
  /// Why a command from outside was refused; it is recorded all the same.
  std::optional<std::string> refused;
  /// Nothing happened that is worth a row: no event is written.
  bool nothing = false;
};

}  // namespace pawl::core

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "core/states.hpp"
#include "store/store.hpp"

/// All reading of JSON in this folder, in one place because nlohmann's header is slow to compile.
namespace pawl::cli {

/// What an event's row says: see core::encode_event.
struct EventView {
  struct Change {
    std::int32_t inst = 0;
    core::StepState to = core::StepState::pending;
    std::int32_t attempt = 0;
    std::string note;
  };

  /// How the attempt failed whose end this is; the message is the note of its change.
  struct Failed {
    std::int32_t inst = 0;
    core::FailureKind kind = core::FailureKind::exit;
    std::optional<int> exit_code;
    std::string stack;
  };

  std::int32_t seq = 0;
  TimePoint at{};
  std::string kind;  ///< "start", "attempt_ended", …
  std::string actor;
  core::RunPhase phase = core::RunPhase::queued;  ///< Of the run, after the event.
  std::int64_t inbox_seq = 0;                     ///< The request it answers; 0: none.
  std::string refused;  ///< Why the request was refused; empty: it was not.
  std::string why;      ///< What its sender said about it.
  std::string error;    ///< Of a run that ended badly.
  std::vector<Change> changes;
  std::optional<Failed> failed;
  std::int64_t worker = 0;  ///< Incarnation that has the run from here on; 0: the same as before.
};

/// Unknown members are ignored, so that events of newer builds can be read.
EventView read_event(const store::EventRow& row);

using Members = std::vector<std::pair<std::string, JsonText>>;

/// The members of an object in their order; none when it is no object.
Members members_of(const JsonText& object);
JsonText object_of(const Members& members);

/// An object as the user wrote it, or why it is none.
Result<JsonText> parse_object(std::string_view text);

/// A string as its text, anything else as JSON.
std::string plain(const JsonText& value);

/// "day=2026-11-20 rows=1000", quoted as a shell reads it.
std::string pairs_text(const JsonText& object);

}  // namespace pawl::cli

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/run_state.hpp"

/// Stored forms of the core's values: JSON with short names, so that SQL can read them, and a
/// version beside them in the row. Unknown members are ignored; a missing or mistyped one throws
/// Error, which quarantines that run and no other.
namespace pawl::core {

inline constexpr int body_version = 1;

/// Body of the row of a step (not of inst 0). `item`: of which item or round it is the first
/// instance.
std::string encode_instance(const Instance& instance, const Copy* item = nullptr);
/// Fills what the body holds; state, reason and attempt are columns and set by the caller.
void decode_instance(std::string_view bytes, Instance& instance, Copy* item = nullptr);

/// What the row of the first instance of a round says of it; null for other rows.
struct RoundMark {
  InstId holder;
  std::int32_t index = 0;
};
std::optional<RoundMark> decode_round(std::string_view bytes);
/// The row of an undo: whose; null for other rows.
std::optional<InstId> decode_undo(std::string_view bytes);
/// What a value is as text: a string itself, nothing for null, a whole float without ".0", the JSON
/// of anything else.
std::string text_of(const JsonText& value);
/// A text as a JSON string.
JsonText quoted_json(std::string_view text);

/// Body of the row of inst 0: the run itself.
std::string encode_facts(const RunFacts& facts);
void decode_facts(std::string_view bytes, RunFacts& facts);

/// Body of the event row: what happened, its transitions, the run's phase, a refusal, how a failed
/// attempt failed, and which worker has the run when that is another one than before.
std::string encode_event(const Event& event, const Applied& applied, const RunState& run);
/// The stored number of the event's kind.
int kind_of(const Event& event);
/// Its name: "start", "attempt_ended", …; "?" for a number of a newer build.
std::string_view event_kind_name(int kind);

/// Inbox bodies: what a client asks for.
std::string encode_request(const Happening& request);
/// Throws Error when the body is not what `kind` needs.
Happening decode_request(int kind, std::string_view bytes);

}  // namespace pawl::core

#include "cli/json_reading.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/json_record.hpp"
#include "core/codec.hpp"

namespace pawl::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

JsonText dumped(const ordered_json& value) {
  return {value.dump(-1, ' ', false, ordered_json::error_handler_t::replace)};
}

/// `[inst, state, attempt, note?]`
EventView::Change read_change(const json& row) {
  EventView::Change change;
  change.inst = row.at(0).get<std::int32_t>();
  change.to = core::step_state_of(row.at(1).get<std::string>()).value_or(core::StepState::unknown);
  change.attempt = row.at(2).get<std::int32_t>();
  if (row.size() > 3) change.note = row.at(3).get<std::string>();
  return change;
}

/// Events of older builds have none.
std::optional<EventView::Failed> read_failed(const json& body) {
  const auto failure = body.find("failure");
  if (failure == body.end()) return std::nullopt;
  EventView::Failed failed;
  failed.inst = body.value("attempt_of", 0);
  failed.kind = core::failure_kind_of(failure->value("kind", "")).value_or(core::FailureKind::exit);
  if (failure->contains("exit_code")) failed.exit_code = failure->at("exit_code").get<int>();
  failed.stack = failure->value("stack", "");
  return failed;
}

}  // namespace

EventView read_event(const store::EventRow& row) {
  EventView event;
  event.seq = row.seq;
  event.at = row.at;
  event.kind = core::event_kind_name(row.kind);
  event.actor = row.actor;
  try {
    const json body = json::parse(row.body);
    event.phase = core::run_phase_of(body.value("run", "")).value_or(core::RunPhase::running);
    event.inbox_seq = body.value("inbox", std::int64_t{0});
    event.refused = body.value("refused", "");
    event.why = body.value("why", "");
    if (const auto error = body.find("error"); error != body.end()) {
      event.error = error->value("message", "");
    }
    event.worker = body.value("worker", std::int64_t{0});
    event.failed = read_failed(body);
    if (const auto steps = body.find("steps"); steps != body.end()) {
      for (const json& step : *steps) event.changes.push_back(read_change(step));
    }
  } catch (const json::exception& problem) {
    throw Error(ErrorKind::environment, fmt::format("event {} cannot be read", row.seq),
                "it is not JSON: " + json_mistake(problem.what()),
                "it was written by another version, or is damaged");
  }
  return event;
}

Members members_of(const JsonText& object) {
  Members members;
  const ordered_json value = ordered_json::parse(object.text, nullptr, false);
  if (!value.is_object()) return members;
  for (const auto& [name, member] : value.items()) members.emplace_back(name, dumped(member));
  return members;
}

JsonText object_of(const Members& members) {
  JsonRecord object;
  for (const auto& [name, value] : members) object.json(name, value);
  return object.value();
}

Result<JsonText> parse_object(std::string_view text) {
  try {
    const ordered_json value = ordered_json::parse(text);
    if (!value.is_object()) {
      return Problem{fmt::format("it holds a JSON {}, not an object", value.type_name()),
                     R"(write {"name": value, …})"};
    }
    return dumped(value);
  } catch (const json::exception& problem) {
    return Problem{"it is not JSON: " + json_mistake(problem.what()),
                   R"(write {"name": value, …})"};
  }
}

std::string plain(const JsonText& value) {
  if (value.text.empty() || value.text[0] != '"') return value.text;
  const json text = json::parse(value.text, nullptr, false);
  return text.is_string() ? text.get<std::string>() : value.text;
}

std::string pairs_text(const JsonText& object) {
  std::string out;
  for (const auto& [name, value] : members_of(object)) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, shell_quoted(plain(value)));
  }
  return out;
}

}  // namespace pawl::cli

#include "core/codec.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "core/failure.hpp"

namespace pawl::core {

namespace {

using nlohmann::json;

std::int64_t micros(TimePoint at) { return at.time_since_epoch().count(); }
TimePoint time_point(std::int64_t value) { return TimePoint{Micros{value}}; }

void put(json& object, const char* name, const std::optional<TimePoint>& at) {
  if (at) object[name] = micros(*at);
}

std::optional<TimePoint> get_time(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  return time_point(found->get<std::int64_t>());
}

/// Values are texts inside the body, so that their bytes (order of keys, numbers) stay as they are.
void put(json& object, const char* name, const JsonText& value) {
  if (!value.is_null()) object[name] = value.text;
}

json failure_json(const Failure& failure) {
  json object = {{"kind", name_of(failure.kind)}, {"message", failure.message}};
  if (failure.exit_code) object["exit_code"] = *failure.exit_code;
  if (!failure.stack.empty()) object["stack"] = failure.stack;
  object["attempt"] = failure.attempt;
  object["step"] = failure.step;
  return object;
}

/// What the note of a failed attempt's transition, which is the message, does not tell.
json failure_mark(const Failure& failure) {
  json object = {{"kind", name_of(failure.kind)}};
  if (failure.exit_code) object["exit_code"] = *failure.exit_code;
  if (!failure.stack.empty()) object["stack"] = failure.stack;
  return object;
}

std::shared_ptr<const Failure> get_failure(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return nullptr;
  auto failure = std::make_shared<Failure>();
  failure->kind = failure_kind_of(found->at("kind").get<std::string>()).value_or(FailureKind::exit);
  failure->message = found->at("message").get<std::string>();
  if (found->contains("exit_code")) failure->exit_code = found->at("exit_code").get<int>();
  failure->stack = found->value("stack", "");
  failure->attempt = found->value("attempt", 0);
  failure->step = found->value("step", "");
  return failure;
}

std::string dump(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Runs `read`, and turns whatever a damaged or newer body does to it into one Error.
template <class Read>
auto guarded(const char* what, Read read) {
  try {
    return read();
  } catch (const json::exception& problem) {
    throw Error(ErrorKind::environment, std::string("a stored ") + what + " cannot be read",
                problem.what(), "it was written by another version, or is damaged");
  }
}

constexpr const char* kind_names[] = {
    "start",         "pause",      "resume",     "cancel", "repair", "granted", "adopted",
    "attempt_ended", "quarantine", "unreadable", "signal", "decide", "resolve"};

json waiting_json(const Waiting& waiting) {
  json object = json::object();
  if (!waiting.signal.empty()) object["signal"] = waiting.signal;
  if (!waiting.title.empty()) object["title"] = waiting.title;
  if (!waiting.body.empty()) object["body"] = waiting.body;
  if (!waiting.approvers.empty()) object["approvers"] = waiting.approvers;
  for (const Vote& vote : waiting.votes) {
    object["votes"].push_back({{"by", vote.by},
                               {"at", micros(vote.at)},
                               {"option", vote.option},
                               {"comment", vote.comment},
                               {"form", vote.form.text}});
  }
  return object;
}

/// A value inside of a body, as text: it comes from outside, so it is read once.
JsonText json_value(const json& text) {
  std::string value = text.get<std::string>();
  if (!json::accept(value)) {
    throw Error(ErrorKind::environment, "a request has a value that is no JSON", "",
                "send it again");
  }
  return {std::move(value)};
}

std::shared_ptr<const Waiting> get_waiting(const json& body) {
  const auto found = body.find("waits");
  if (found == body.end()) return nullptr;
  auto waiting = std::make_shared<Waiting>();
  waiting->signal = found->value("signal", "");
  waiting->title = found->value("title", "");
  waiting->body = found->value("body", "");
  waiting->approvers = found->value("approvers", std::vector<std::string>{});
  for (const json& vote : found->value("votes", json::array())) {
    waiting->votes.push_back(
        {vote.at("by").get<std::string>(), time_point(vote.at("at").get<std::int64_t>()),
         vote.value("option", ""), vote.value("comment", ""), JsonText{vote.value("form", "{}")}});
  }
  return waiting;
}

}  // namespace

JsonText to_json(const Failure& failure) { return {dump(failure_json(failure))}; }

std::string encode_instance(const Instance& instance, const Copy* item) {
  json body = json::object();
  if (instance.tries > 0) body["tries"] = instance.tries;
  if (instance.lost > 0) body["lost"] = instance.lost;
  if (instance.generation > 0) body["generation"] = instance.generation;
  if (instance.ignored) body["ignored"] = true;
  if (instance.stopping) body["stopping"] = static_cast<int>(instance.stop_why);
  if (instance.in_doubt) body["in_doubt"] = true;
  if (instance.done_in > 0) body["done_in"] = instance.done_in;
  if (instance.undo_of.value >= 0) body["undo_of"] = instance.undo_of.value;
  put(body, "ready_at", instance.ready_at);
  put(body, "started_at", instance.started_at);
  put(body, "ended_at", instance.ended_at);
  put(body, "due_at", instance.due_at);
  put(body, "deadline_at", instance.deadline_at);
  if (instance.paused_for.count() > 0) body["paused_us"] = instance.paused_for.count();
  put(body, "output", instance.output);
  if (instance.error) body["error"] = failure_json(*instance.error);
  if (!instance.note.empty()) body["note"] = instance.note;
  if (instance.chosen >= 0) body["chosen"] = instance.chosen;
  if (instance.waiting) body["waits"] = waiting_json(*instance.waiting);
  if (item != nullptr && item->is_round) {
    body["round"] = {item->holder.value, item->index};
  } else if (item != nullptr) {
    body["key"] = item->key.text;
    body["item"] = item->item.text;
  }
  if (instance.items.first.value >= 0) {
    body["items"] = {instance.items.first.value, instance.items.count};
  }
  return dump(body);
}

void decode_instance(std::string_view bytes, Instance& instance, Copy* item) {
  guarded("step", [&] {
    const json body = json::parse(bytes);
    instance.tries = body.value("tries", 0);
    instance.lost = body.value("lost", 0);
    instance.generation = body.value("generation", 0);
    instance.ignored = body.value("ignored", false);
    instance.stopping = body.contains("stopping");
    if (instance.stopping) {
      const int why = body.at("stopping").get<int>();
      if (why < 0 || why > static_cast<int>(StopWhy::pause)) {
        throw Error(ErrorKind::environment, "a stored step cannot be read",
                    "'stopping' is " + std::to_string(why) + ", which means nothing here",
                    "it was written by another version, or is damaged");
      }
      instance.stop_why = static_cast<StopWhy>(why);
    }
    instance.in_doubt = body.value("in_doubt", false);
    instance.done_in = body.value("done_in", 0);
    instance.ready_at = get_time(body, "ready_at");
    instance.started_at = get_time(body, "started_at");
    instance.ended_at = get_time(body, "ended_at");
    instance.due_at = get_time(body, "due_at");
    instance.deadline_at = get_time(body, "deadline_at");
    instance.paused_for = Micros{body.value("paused_us", std::int64_t{0})};
    instance.output.text = body.value("output", "null");
    instance.error = get_failure(body, "error");
    instance.note = body.value("note", "");
    instance.chosen = body.value("chosen", -1);
    instance.waiting = get_waiting(body);
    if (item != nullptr && !item->is_round) {
      item->key.text = body.at("key").get<std::string>();
      item->item.text = body.at("item").get<std::string>();
    }
    if (const auto items = body.find("items"); items != body.end()) {
      instance.items = {InstId{items->at(0).get<std::int32_t>()}, items->at(1).get<std::int32_t>()};
    }
  });
}

std::optional<RoundMark> decode_round(std::string_view bytes) {
  return guarded("step", [&]() -> std::optional<RoundMark> {
    const json body = json::parse(bytes);
    const auto round = body.find("round");
    if (round == body.end()) return std::nullopt;
    return RoundMark{InstId{round->at(0).get<std::int32_t>()}, round->at(1).get<std::int32_t>()};
  });
}

std::optional<InstId> decode_undo(std::string_view bytes) {
  return guarded("step", [&]() -> std::optional<InstId> {
    const json body = json::parse(bytes);
    const auto undo = body.find("undo_of");
    if (undo == body.end()) return std::nullopt;
    return InstId{undo->get<std::int32_t>()};
  });
}

std::string text_of(const JsonText& value) {
  return guarded("value", [&] {
    const json parsed = json::parse(value.text);
    if (parsed.is_null()) return std::string();
    if (parsed.is_string()) return parsed.get<std::string>();
    // As in a text: a whole float has no ".0".
    const bool is_whole = parsed.is_number_float() && value.text.ends_with(".0");
    return is_whole ? value.text.substr(0, value.text.size() - 2) : value.text;
  });
}

JsonText quoted_json(std::string_view text) { return {dump(json(std::string(text)))}; }

std::string encode_facts(const RunFacts& facts) {
  json body = json::object();
  body["inputs"] = facts.inputs.text;
  body["env"] = facts.env.text;
  put(body, "outputs", facts.outputs);
  if (facts.paused) body["paused"] = true;
  put(body, "paused_at", facts.paused_at);
  if (facts.cancelling) body["cancelling"] = true;
  if (!facts.cancel_why.empty()) body["cancel_why"] = facts.cancel_why;
  put(body, "started_at", facts.started_at);
  put(body, "ended_at", facts.ended_at);
  if (facts.error) body["error"] = failure_json(*facts.error);
  if (facts.idle.count() > 0) body["idle_us"] = facts.idle.count();
  if (facts.next_inst > 0) body["next_inst"] = facts.next_inst;
  if (facts.outcome) body["outcome"] = name_of(*facts.outcome);
  if (facts.undos.count > 0) body["undos"] = {facts.undos.first.value, facts.undos.count};
  if (!facts.started_by.empty()) body["started_by"] = facts.started_by;
  put(body, "resume_value", facts.resume_value);
  for (const KeptSignal& kept : facts.signals) {
    body["signals"].push_back({kept.name, kept.payload.text});
  }
  return dump(body);
}

void decode_facts(std::string_view bytes, RunFacts& facts) {
  guarded("run", [&] {
    const json body = json::parse(bytes);
    facts.inputs.text = body.at("inputs").get<std::string>();
    facts.env.text = body.at("env").get<std::string>();
    facts.outputs.text = body.value("outputs", "null");
    facts.paused = body.value("paused", false);
    facts.paused_at = get_time(body, "paused_at");
    facts.cancelling = body.value("cancelling", false);
    facts.cancel_why = body.value("cancel_why", "");
    facts.started_at = get_time(body, "started_at");
    facts.ended_at = get_time(body, "ended_at");
    facts.error = get_failure(body, "error");
    facts.idle = Micros{body.value("idle_us", std::int64_t{0})};
    facts.next_inst = body.value("next_inst", 0);
    if (body.contains("outcome")) {
      facts.outcome = run_phase_of(body.at("outcome").get<std::string>());
    }
    facts.undos = {};
    if (const auto undos = body.find("undos"); undos != body.end()) {
      facts.undos = {InstId{undos->at(0).get<std::int32_t>()}, undos->at(1).get<std::int32_t>()};
    }
    facts.started_by = body.value("started_by", "");
    facts.resume_value.text = body.value("resume_value", "null");
    facts.signals.clear();
    for (const json& kept : body.value("signals", json::array())) {
      facts.signals.push_back({kept.at(0).get<std::string>(), {kept.at(1).get<std::string>()}});
    }
  });
}

std::string encode_event(const Event& event, const Applied& applied, const RunState& run) {
  json body = json::object();
  body["run"] = name_of(run.facts.phase);
  if (event.inbox_seq > 0) body["inbox"] = event.inbox_seq;
  if (applied.refused) body["refused"] = *applied.refused;
  if (event.worker > 0) body["worker"] = event.worker;
  if (const auto* cancel = std::get_if<Cancel>(&event.what); cancel && !cancel->why.empty()) {
    body["why"] = cancel->why;
  }
  if (const auto* ended = std::get_if<AttemptEnded>(&event.what)) {
    body["attempt_of"] = ended->inst.value;
    if (const auto* failed = std::get_if<Failed>(&ended->outcome)) {
      body["failure"] = failure_mark(failed->failure);
    }
  }
  json steps = json::array();
  for (const Transition& change : applied.transitions) {
    if (change.inst.value == 0) continue;
    json row = json::array({change.inst.value, name_of(change.to), change.attempt});
    if (!change.note.empty()) row.push_back(change.note);
    steps.push_back(std::move(row));
  }
  if (!steps.empty()) body["steps"] = std::move(steps);
  if (has_ended(run.facts.phase) && run.facts.error) {
    body["error"] = failure_json(*run.facts.error);
  }
  return dump(body);
}

int kind_of(const Event& event) { return static_cast<int>(event.what.index()); }

std::string_view event_kind_name(int kind) {
  return kind >= 0 && kind < static_cast<int>(std::size(kind_names)) ? kind_names[kind] : "?";
}

std::string encode_request(const Happening& request) {
  json body = json::object();
  if (const auto* start = std::get_if<Start>(&request)) {
    body["inputs"] = start->inputs.text;
  } else if (const auto* pause = std::get_if<Pause>(&request)) {
    body["now"] = pause->now;
  } else if (const auto* cancel = std::get_if<Cancel>(&request)) {
    body["why"] = cancel->why;
  } else if (const auto* repair = std::get_if<Repair>(&request)) {
    body["steps"] = repair->steps;
    if (repair->anew) body["anew"] = true;
  } else if (const auto* resume = std::get_if<Resume>(&request)) {
    if (resume->value) body["value"] = resume->value->text;
  } else if (const auto* signal = std::get_if<Signal>(&request)) {
    body["name"] = signal->name;
    body["payload"] = signal->payload.text;
  } else if (const auto* decide = std::get_if<Decide>(&request)) {
    body = {{"step", decide->step},
            {"approve", decide->approve},
            {"option", decide->option},
            {"comment", decide->comment},
            {"form", decide->form.text}};
  } else if (const auto* resolve = std::get_if<Resolve>(&request)) {
    body = {{"step", resolve->step},
            {"done", resolve->done},
            {"output", resolve->output.text},
            {"comment", resolve->comment}};
  }
  return dump(body);
}

Happening decode_request(int kind, std::string_view bytes) {
  return guarded("request", [&]() -> Happening {
    const json body = json::parse(bytes);
    switch (kind) {
      case 0:
        return Start{JsonText{body.at("inputs").get<std::string>()}};
      case 1:
        return Pause{body.value("now", false)};
      case 2: {
        Resume resume;
        if (body.contains("value")) resume.value = json_value(body.at("value"));
        return resume;
      }
      case 3:
        return Cancel{body.value("why", "")};
      case 4:
        return Repair{body.value("steps", std::vector<std::string>{}), body.value("anew", false)};
      case 10:
        return Signal{body.at("name").get<std::string>(), json_value(body.at("payload"))};
      case 11:
        return Decide{body.at("step").get<std::string>(), body.at("approve").get<bool>(),
                      body.value("option", ""), body.value("comment", ""),
                      json_value(body.at("form"))};
      case 12:
        return Resolve{body.at("step").get<std::string>(), body.at("done").get<bool>(),
                       json_value(body.at("output")), body.value("comment", "")};
      default:
        throw Error(ErrorKind::environment,
                    "a request of kind " + std::to_string(kind) + " is not known here",
                    "it was sent by a newer version of Pawl", "upgrade this worker");
    }
  });
}

}  // namespace pawl::core

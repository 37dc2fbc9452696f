#include "dsl/keys.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/text.hpp"
#include "dsl/foreign_keys.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {

namespace {

using Words = std::span<const std::string_view>;
using namespace std::string_view_literals;

constexpr std::array root_keys = {"name"sv,     "description"sv, "inputs"sv,       "env"sv,
                                  "defaults"sv, "outputs"sv,     "labels"sv,       "fail_fast"sv,
                                  "hooks"sv,    "steps"sv,       "max_parallel"sv, "compensate"sv,
                                  "files"sv};
constexpr std::array root_later = {"namespace"sv, "secrets"sv,           "durability"sv,
                                   "priority"sv,  "concurrency"sv,       "limits"sv,
                                   "triggers"sv,  "checkpoint_events"sv, "queue"sv};
constexpr std::array step_keys = {"id"sv,           "name"sv,          "description"sv,
                                  "needs"sv,        "join"sv,          "when"sv,
                                  "retry"sv,        "timeout"sv,       "deadline"sv,
                                  "env"sv,          "workdir"sv,       "shell"sv,
                                  "output"sv,       "on_error"sv,      "hooks"sv,
                                  "weight"sv,       "success_codes"sv, "lost_max"sv,
                                  "run"sv,          "lua"sv,           "steps"sv,
                                  "fail_fast"sv,    "foreach"sv,       "matrix"sv,
                                  "switch"sv,       "loop"sv,          "race"sv,
                                  "max_parallel"sv, "wait"sv,          "approval"sv,
                                  "cancel_when"sv,  "heartbeat"sv,     "effects"sv,
                                  "verify"sv,       "undo"sv,          "output_schema"sv,
                                  "uses"sv};
constexpr std::array block_keys = {
    "id"sv,    "name"sv,    "description"sv,  "needs"sv,       "join"sv,   "when"sv,
    "retry"sv, "timeout"sv, "deadline"sv,     "on_error"sv,    "weight"sv, "fail_fast"sv,
    "steps"sv, "env"sv,     "workdir"sv,      "foreach"sv,     "matrix"sv, "switch"sv,
    "loop"sv,  "race"sv,    "max_parallel"sv, "cancel_when"sv, "undo"sv};
constexpr std::array block_later = {"hooks"sv};
constexpr std::array waiting_keys = {
    "id"sv,       "name"sv,     "description"sv, "needs"sv,   "join"sv,   "when"sv, "retry"sv,
    "deadline"sv, "on_error"sv, "weight"sv,      "foreach"sv, "matrix"sv, "wait"sv, "approval"sv};
constexpr std::array waiting_never = {
    "timeout"sv,   "shell"sv,   "output"sv,  "env"sv,       "success_codes"sv,
    "lost_max"sv,  "hooks"sv,   "workdir"sv, "fail_fast"sv, "max_parallel"sv,
    "heartbeat"sv, "effects"sv, "verify"sv,  "undo"sv,      "output_schema"sv};
constexpr std::array wait_keys = {"at"sv, "signal"sv, "match"sv, "timeout"sv, "buffered"sv};
constexpr std::array approval_keys = {"title"sv,     "body"sv,     "form"sv,       "options"sv,
                                      "approvers"sv, "quorum"sv,   "allow_self"sv, "expires"sv,
                                      "on_expire"sv, "on_reject"sv};
constexpr std::array uses_keys = {"action"sv, "with"sv};
constexpr std::array cancel_when_keys = {"signal"sv};
constexpr std::array block_never = {"shell"sv,    "output"sv,       "success_codes"sv,
                                    "lost_max"sv, "heartbeat"sv,    "effects"sv,
                                    "verify"sv,   "output_schema"sv};
constexpr std::array verify_keys = {"run"sv, "lua"sv, "timeout"sv, "shell"sv, "success_codes"sv};
constexpr std::array undo_keys = {"run"sv,   "lua"sv,   "timeout"sv,
                                  "shell"sv, "retry"sv, "success_codes"sv};
constexpr std::array present_kinds = {"run"sv,  "lua"sv,  "steps"sv,    "switch"sv, "loop"sv,
                                      "race"sv, "wait"sv, "approval"sv, "uses"sv};
constexpr std::array later_kinds = {"http"sv, "sql"sv, "mcp"sv, "llm"sv, "workflow"sv, "dynamic"sv};
constexpr std::array step_later = {
    "await_when"sv, "queue"sv, "priority"sv,   "lock"sv,   "isolation"sv, "survive"sv, "runner"sv,
    "artifacts"sv,  "cache"sv, "durability"sv, "limits"sv, "risk"sv,      "secrets"sv};
constexpr std::array input_keys = {"type"sv, "description"sv, "required"sv, "default"sv,
                                   "enum"sv, "minimum"sv,     "maximum"sv,  "pattern"sv};
constexpr std::array input_later = {"sensitive"sv};
constexpr std::array retry_keys = {"max_attempts"sv, "delay"sv,  "backoff"sv, "factor"sv,
                                   "max_delay"sv,    "jitter"sv, "when"sv};
constexpr std::array foreach_keys = {"items"sv,        "as"sv,        "key"sv,
                                     "max_parallel"sv, "fail_fast"sv, "tolerate"sv,
                                     "enough"sv,       "rest"sv,      "collect"sv};
constexpr std::array foreach_later = {"enough_when"sv};
constexpr std::array choice_keys = {"value"sv, "cases"sv, "default"sv};
constexpr std::array loop_keys = {"steps"sv, "done"sv, "max"sv, "every"sv};
constexpr std::array join_keys = {"any"sv, "at_least"sv, "rest"sv};
constexpr std::array defaults_keys = {"timeout"sv, "retry"sv, "kinds"sv};
constexpr std::array defaults_later = {"queue"sv};
constexpr std::array step_hook_keys = {"before"sv,   "after"sv,    "on_progress"sv,
                                       "on_retry"sv, "on_error"sv, "on_cancel"sv};
constexpr std::array run_hook_keys = {"on_start"sv, "on_success"sv, "on_failure"sv, "on_cancel"sv,
                                      "finally"sv};
constexpr Words none;

struct Vocabulary {
  std::string_view holder;  ///< "a step".
  Words known, later;
};

Vocabulary vocabulary_of(KeyPlace place) {
  switch (place) {
    case KeyPlace::root:
      return {"a workflow", root_keys, root_later};
    case KeyPlace::step:
      return {"a step", step_keys, step_later};
    case KeyPlace::block:
      return {"a block of steps", block_keys, step_later};
    case KeyPlace::waiting:
      return {"a step that waits", waiting_keys, step_later};
    case KeyPlace::wait:
      return {"'wait'", wait_keys, none};
    case KeyPlace::approval:
      return {"'approval'", approval_keys, none};
    case KeyPlace::cancel_when:
      return {"'cancel_when'", cancel_when_keys, none};
    case KeyPlace::input:
      return {"an input", input_keys, input_later};
    case KeyPlace::verify:
      return {"'verify'", verify_keys, none};
    case KeyPlace::uses:
      return {"'uses'", uses_keys, none};
    case KeyPlace::undo:
      return {"'undo'", undo_keys, none};
    case KeyPlace::retry:
      return {"'retry'", retry_keys, none};
    case KeyPlace::join:
      return {"'join'", join_keys, none};
    case KeyPlace::foreach:
      return {"'foreach'", foreach_keys, foreach_later};
    case KeyPlace::choice:
      return {"'switch'", choice_keys, none};
    case KeyPlace::loop:
      return {"'loop'", loop_keys, none};
    case KeyPlace::defaults:
      return {"'defaults'", defaults_keys, defaults_later};
    case KeyPlace::step_hooks:
      return {"'hooks' of a step", step_hook_keys, none};
    case KeyPlace::run_hooks:
      return {"'hooks' of a workflow", run_hook_keys, none};
  }
  return {"this", none, none};
}

struct Meanwhile {
  std::string_view key, answer;
};

/// What to do meanwhile without a key that a later version has.
constexpr std::array later_answers = {
    Meanwhile{"http", "write 'run: [curl, …]', or use a version that has it"},
    Meanwhile{"sql", "write 'run: [psql, …]', or use a version that has it"},
    Meanwhile{"triggers", "start it from cron with 'pawl run', or use a version that has it"},
};

bool holds(Words words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

void report_key(Front& front, Entry entry, KeyPlace place, const Vocabulary& words) {
  const std::string_view key = front.tree.text(entry.key);
  const std::string message = std::string(words.holder) + " has no key " + quoted(key);
  if (const auto answer = foreign_key_answer(front.tree, entry, place)) {
    front.error(entry.key, "unknown-key", message, *answer);
    return;
  }
  std::vector<std::string_view> all(words.known.begin(), words.known.end());
  all.insert(all.end(), words.later.begin(), words.later.end());
  if (place == KeyPlace::step) all.insert(all.end(), later_kinds.begin(), later_kinds.end());
  const std::string_view near = closest(key, all);
  front.error(entry.key, "unknown-key", message,
              near.empty() ? "it has: " + list_of(words.known, "and")
                           : "did you mean " + quoted(near) + "?");
}

void report_later(Front& front, NodeId key, std::string_view on) {
  const std::string_view word = front.tree.text(key);
  const auto found = std::ranges::find(later_answers, word, &Meanwhile::key);
  front.error(key, "not-available",
              quoted(word) + std::string(on) + " is not available in this version",
              found != later_answers.end() ? std::string(found->answer)
                                           : "remove it, or use a version that has it");
}

}  // namespace

std::vector<Entry> checked_entries(Front& front, NodeId map, KeyPlace place) {
  const Vocabulary words = vocabulary_of(place);
  std::vector<Entry> kept;
  for (const Entry& entry : front.tree.entries(map)) {
    const std::string_view key = front.tree.text(entry.key);
    const bool is_step =
        place == KeyPlace::step || place == KeyPlace::block || place == KeyPlace::waiting;
    if (holds(words.known, key)) {
      kept.push_back(entry);
    } else if (place == KeyPlace::root && key.starts_with("x-")) {
      continue;
    } else if (place == KeyPlace::block && holds(block_later, key)) {
      report_later(front, entry.key, " on a block");
    } else if (place == KeyPlace::block && holds(block_never, key)) {
      front.error(entry.key, "wrong-kind", "a block of steps takes no " + quoted(key),
                  key == "output_schema" ? "write it on the step that gives the block's output"
                                         : "move it to the steps of the block");
    } else if (place == KeyPlace::waiting && holds(waiting_never, key)) {
      front.error(entry.key, "wrong-kind", "a step that waits takes no " + quoted(key),
                  key == "timeout"
                      ? "write 'timeout:' inside of 'wait', 'expires:' inside of 'approval'"
                  : key == "hooks" || key == "output_schema" ? "put a 'lua' step behind it"
                                                             : "remove it");
    } else if (holds(words.later, key) || (is_step && is_later_kind(key))) {
      report_later(front, entry.key, "");
    } else {
      report_key(front, entry, place, words);
    }
  }
  return kept;
}

bool is_kind(std::string_view key) { return holds(present_kinds, key); }
bool is_later_kind(std::string_view key) { return holds(later_kinds, key); }

KeyTable keys_at(KeyPlace place) {
  const Vocabulary words = vocabulary_of(place);
  return {words.known, words.later};
}
KeyTable kinds() { return {present_kinds, later_kinds}; }

}  // namespace pawl::dsl

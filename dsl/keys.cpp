#include "dsl/keys.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/text.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {

namespace {

using Words = std::span<const std::string_view>;
using namespace std::string_view_literals;

constexpr std::array root_keys = {"name"sv,     "description"sv, "inputs"sv, "env"sv,
                                  "defaults"sv, "outputs"sv,     "labels"sv, "fail_fast"sv,
                                  "hooks"sv,    "steps"sv};
constexpr std::array root_later = {
    "namespace"sv, "secrets"sv,  "durability"sv, "priority"sv,          "concurrency"sv,
    "limits"sv,    "triggers"sv, "compensate"sv, "checkpoint_events"sv, "queue"sv};
constexpr std::array step_keys = {
    "id"sv,     "name"sv,     "description"sv, "needs"sv,    "join"sv,          "when"sv,
    "retry"sv,  "timeout"sv,  "deadline"sv,    "env"sv,      "workdir"sv,       "shell"sv,
    "output"sv, "on_error"sv, "hooks"sv,       "weight"sv,   "success_codes"sv, "lost_max"sv,
    "run"sv,    "lua"sv,      "steps"sv,       "fail_fast"sv};
constexpr std::array block_keys = {"id"sv,       "name"sv,     "description"sv, "needs"sv,
                                   "join"sv,     "when"sv,     "retry"sv,       "timeout"sv,
                                   "deadline"sv, "on_error"sv, "weight"sv,      "fail_fast"sv,
                                   "steps"sv,    "env"sv,      "workdir"sv};
constexpr std::array block_later = {"hooks"sv, "max_parallel"sv, "cancel_when"sv};
constexpr std::array block_never = {"shell"sv, "output"sv, "success_codes"sv, "lost_max"sv};
constexpr std::array later_kinds = {"http"sv,     "sql"sv,  "mcp"sv,      "llm"sv,
                                    "approval"sv, "wait"sv, "workflow"sv, "dynamic"sv,
                                    "switch"sv,   "loop"sv, "race"sv,     "uses"sv};
constexpr std::array step_later = {
    "await_when"sv,    "foreach"sv,    "matrix"sv,    "heartbeat"sv, "queue"sv,
    "priority"sv,      "lock"sv,       "isolation"sv, "survive"sv,   "runner"sv,
    "output_schema"sv, "artifacts"sv,  "cache"sv,     "undo"sv,      "effects"sv,
    "verify"sv,        "durability"sv, "limits"sv,    "risk"sv,      "max_parallel"sv,
    "cancel_when"sv,   "with"sv,       "secrets"sv};
constexpr std::array input_keys = {"type"sv, "description"sv, "required"sv, "default"sv,
                                   "enum"sv, "minimum"sv,     "maximum"sv,  "pattern"sv};
constexpr std::array input_later = {"sensitive"sv};
constexpr std::array retry_keys = {"max_attempts"sv, "delay"sv,  "backoff"sv, "factor"sv,
                                   "max_delay"sv,    "jitter"sv, "when"sv};
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
    case KeyPlace::input:
      return {"an input", input_keys, input_later};
    case KeyPlace::retry:
      return {"'retry'", retry_keys, none};
    case KeyPlace::join:
      return {"'join'", join_keys, none};
    case KeyPlace::defaults:
      return {"'defaults'", defaults_keys, defaults_later};
    case KeyPlace::step_hooks:
      return {"'hooks' of a step", step_hook_keys, none};
    case KeyPlace::run_hooks:
      return {"'hooks' of a workflow", run_hook_keys, none};
  }
  return {"this", none, none};
}

/// A key of another engine and what it is here; `$` stands for the author's value.
struct Foreign {
  std::string_view key;
  std::string_view answer;
};

// GitHub Actions, GitLab, Argo, Tekton, Airflow, Dagu, Kestra, Ansible, Step Functions, n8n, Make.
constexpr std::array step_foreign = {
    Foreign{"depends_on", "write 'needs: $'"},
    Foreign{"dependsOn", "write 'needs: $'"},
    Foreign{"depends", "write 'needs: $'"},
    Foreign{"dependencies", "write 'needs: $'"},
    Foreign{"requires", "write 'needs: $'"},
    Foreign{"runAfter", "write 'needs: $'"},
    Foreign{"upstream", "write 'needs: $'"},
    Foreign{"if", "write 'when: $', in Lua"},
    Foreign{"condition", "write 'when: $', in Lua"},
    Foreign{"conditions", "write 'when:' with one expression in Lua"},
    Foreign{"preconditions", "write 'when:' with one expression in Lua"},
    Foreign{"only", "write 'when:' with an expression in Lua"},
    Foreign{"unless", "write 'when: not ($)', in Lua"},
    Foreign{"continue-on-error", "write 'on_error: continue'"},
    Foreign{"continue_on_error", "write 'on_error: continue'"},
    Foreign{"continueOn", "write 'on_error: continue'"},
    Foreign{"continueOnError", "write 'on_error: continue'"},
    Foreign{"allow_failure", "write 'on_error: continue'"},
    Foreign{"allowFailure", "write 'on_error: continue'"},
    Foreign{"ignore_errors", "write 'on_error: continue'"},
    Foreign{"retries", "write 'retry: $'"},
    Foreign{"max_retries", "write 'retry: N', which counts the first attempt"},
    Foreign{"retryStrategy", "write 'retry: {max_attempts: N, delay: 5s}'"},
    Foreign{"retryPolicy", "write 'retry: {max_attempts: N, delay: 5s}'"},
    Foreign{"retry_policy", "write 'retry: {max_attempts: N, delay: 5s}'"},
    Foreign{"retry_delay", "write 'retry: {max_attempts: N, delay: $}'"},
    Foreign{"timeout-minutes", "write 'timeout: $m'"},
    Foreign{"timeout_minutes", "write 'timeout: $m'"},
    Foreign{"timeoutSeconds", "write 'timeout: $s'"},
    Foreign{"timeout_seconds", "write 'timeout: $s'"},
    Foreign{"activeDeadlineSeconds", "write 'deadline: $s'"},
    Foreign{"execution_timeout", "write 'timeout: $'"},
    Foreign{"command", "write 'run: $'"},
    Foreign{"commands", "write 'run: |' and the commands below it"},
    Foreign{"cmd", "write 'run: $'"},
    Foreign{"script", "write 'run: $', or 'lua:' for Lua"},
    Foreign{"exec", "write 'run: $'"},
    Foreign{"sh", "write 'run: $'"},
    Foreign{"bash", "write 'run: $' and 'shell: bash'"},
    Foreign{"bash_command", "write 'run: $'"},
    Foreign{"args", "write the arguments into the list 'run: [program, argument]'"},
    Foreign{"entrypoint", "write 'run: [program, argument]'"},
    Foreign{"python", "write 'run: [python3, file.py]'"},
    Foreign{"image", "start the container yourself: 'run: [podman, run, …]'"},
    Foreign{"container", "start the container yourself: 'run: [podman, run, …]'"},
    Foreign{"services", "start what the step needs in the step itself, or in one that it needs"},
    Foreign{"permissions", "remove it: a step has the rights of its worker"},
    Foreign{"concurrency", "'lock' is the word, which is not available in this version"},
    Foreign{"working-directory", "write 'workdir: $'"},
    Foreign{"working_directory", "write 'workdir: $'"},
    Foreign{"workingDir", "write 'workdir: $'"},
    Foreign{"cwd", "write 'workdir: $'"},
    Foreign{"chdir", "write 'workdir: $'"},
    Foreign{"dir", "write 'workdir: $'"},
    Foreign{"environment", "write 'env: {NAME: value}'"},
    Foreign{"envs", "write 'env: {NAME: value}'"},
    Foreign{"variables", "write 'env: {NAME: value}'"},
    Foreign{"vars", "write 'env: {NAME: value}'"},
    Foreign{"params", "write 'env: {NAME: value}'"},
    Foreign{"parameters", "write 'env: {NAME: value}'"},
    Foreign{"inputs", "write 'env: {NAME: value}'; inputs belong to the workflow"},
    Foreign{"register", "read steps.NAME.output"},
    Foreign{"outputs", "write 'output: json', and read steps.NAME.output"},
    Foreign{"result", "write 'output: json', and read steps.NAME.output"},
    Foreign{"with_items", "'foreach' is the word, which is not available in this version"},
    Foreign{"withItems", "'foreach' is the word, which is not available in this version"},
    Foreign{"with_param", "'foreach' is the word, which is not available in this version"},
    Foreign{"withParam", "'foreach' is the word, which is not available in this version"},
    Foreign{"withSequence", "'foreach' is the word, which is not available in this version"},
    Foreign{"for_each", "'foreach' is the word, which is not available in this version"},
    Foreign{"for", "'foreach' is the word, which is not available in this version"},
    Foreign{"items", "'foreach' is the word, which is not available in this version"},
    Foreign{"strategy", "'matrix' is the word, which is not available in this version"},
    Foreign{"parallel", "write the steps as a map under 'steps:'; they run side by side"},
    Foreign{"tasks", "write 'steps:'"},
    Foreign{"jobs", "write 'steps:'"},
    Foreign{"nodes", "write 'steps:'"},
    Foreign{"dag", "write 'steps:' as a map, with 'needs:'"},
    Foreign{"do", "write 'steps:'"},
    Foreign{"block", "write 'steps:'"},
    Foreign{"rescue", "write a step with 'needs: NAME' and 'join: failed'"},
    Foreign{"catch", "write a step with 'needs: NAME' and 'join: failed'"},
    Foreign{"always", "write a step with 'needs: NAME' and 'join: always'"},
    Foreign{"finally", "write a step with 'needs: NAME' and 'join: always'"},
    Foreign{"on_failure", "write 'hooks: {on_error: …}', or a step with 'join: failed'"},
    Foreign{"onFailure", "write 'hooks: {on_error: …}', or a step with 'join: failed'"},
    Foreign{"on_success", "write 'hooks: {after: …}'"},
    Foreign{"before", "write 'hooks: {before: …}'"},
    Foreign{"after", "write 'needs:' for order, 'hooks: {after: …}' for Lua"},
    Foreign{"trigger_rule", "write 'join: all', 'any', 'always' or 'failed'"},
    Foreign{"runs-on", "remove it: a step runs on the worker of its run"},
    Foreign{"agent", "remove it: a step runs on the worker of its run"},
    Foreign{"executor", "remove it: a step runs on the worker of its run"},
    Foreign{"pool", "'queue' is the word, which is not available in this version"},
    Foreign{"tags", "remove it; 'labels' belong to the workflow"},
    Foreign{"labels", "write 'labels' at the root of the file"},
    Foreign{"template", "write the step out, or use a YAML anchor"},
    Foreign{"templateRef", "write the step out, or use a YAML anchor"},
    Foreign{"type", "remove it: the kind of a step is its key 'run', 'lua' or 'steps'"},
    Foreign{"action", "remove it: the kind of a step is its key 'run', 'lua' or 'steps'"},
    Foreign{"title", "write 'name: $'"},
    Foreign{"label", "write 'name: $'"},
    Foreign{"sleep", "write 'run: sleep $'"},
};

constexpr std::array root_foreign = {
    Foreign{"jobs", "write 'steps:'"},
    Foreign{"tasks", "write 'steps:'"},
    Foreign{"nodes", "write 'steps:'"},
    Foreign{"stages", "write 'steps:'"},
    Foreign{"templates", "write 'steps:'"},
    Foreign{"pipeline", "write 'steps:'"},
    Foreign{"states", "write 'steps:'"},
    Foreign{"activities", "write 'steps:'"},
    Foreign{"dag", "write 'steps:' as a map, with 'needs:'"},
    Foreign{"do", "write 'steps:'"},
    Foreign{"params", "write 'inputs:'"},
    Foreign{"parameters", "write 'inputs:'"},
    Foreign{"arguments", "write 'inputs:'"},
    Foreign{"input", "write 'inputs:'"},
    Foreign{"environment", "write 'env:'"},
    Foreign{"variables", "write 'env:'"},
    Foreign{"vars", "write 'env:'"},
    Foreign{"on",
            "what a start gives goes under 'inputs:'; when it starts by itself is 'triggers', "
            "not available in this version"},
    Foreign{"true", "'triggers' is the word, which is not available in this version"},
    Foreign{"schedule", "'triggers' is the word, which is not available in this version"},
    Foreign{"schedules", "'triggers' is the word, which is not available in this version"},
    Foreign{"cron", "'triggers' is the word, which is not available in this version"},
    Foreign{"handlerOn", "write 'hooks: {on_failure: …, finally: …}'"},
    Foreign{"handler_on", "write 'hooks: {on_failure: …, finally: …}'"},
    Foreign{"onExit", "write 'hooks: {finally: …}'"},
    Foreign{"on_failure", "write 'hooks: {on_failure: …}'"},
    Foreign{"on_success", "write 'hooks: {on_success: …}'"},
    Foreign{"finally", "write 'hooks: {finally: …}'"},
    Foreign{"errors", "write 'hooks: {on_failure: …}'"},
    Foreign{"timeout", "write 'defaults: {timeout: $}' for each step"},
    Foreign{"retry", "write 'defaults: {retry: $}' for each step"},
    Foreign{"tags", "write 'labels: {name: value}'"},
    Foreign{"id", "write 'name: $'"},
    Foreign{"title", "write 'name: $'"},
    Foreign{"apiVersion", "remove it"},
    Foreign{"kind", "remove it"},
    Foreign{"version", "remove it"},
    Foreign{"metadata", "write 'name:' and 'labels:' at the root"},
    Foreign{"spec", "write its content at the root"},
    Foreign{"run-name", "remove it"},
    Foreign{"permissions", "remove it"},
};

constexpr std::array hook_foreign = {
    Foreign{"on_exit", "write 'finally:'"},     Foreign{"exit", "write 'finally:'"},
    Foreign{"always", "write 'finally:'"},      Foreign{"failure", "write 'on_failure:'"},
    Foreign{"success", "write 'on_success:'"},  Foreign{"cancel", "write 'on_cancel:'"},
    Foreign{"on_error", "write 'on_failure:'"}, Foreign{"start", "write 'on_start:'"},
};

constexpr std::array step_hook_foreign = {
    Foreign{"on_failure", "write 'on_error:'"},
    Foreign{"on_success", "write 'after:'"},
    Foreign{"on_start", "write 'before:'"},
    Foreign{"finally", "write 'after:' and 'on_error:'; 'finally' belongs to the workflow"},
    Foreign{"pre", "write 'before:'"},
    Foreign{"post", "write 'after:'"},
};

constexpr std::array input_foreign = {
    Foreign{"min", "write 'minimum: $'"},
    Foreign{"max", "write 'maximum: $'"},
    Foreign{"options", "write 'enum: $'"},
    Foreign{"choices", "write 'enum: $'"},
    Foreign{"value", "write 'default: $'"},
    Foreign{"regex", "write 'pattern: $'"},
    Foreign{"optional", "remove it: an input is optional unless it says 'required: true'"},
    Foreign{"name", "remove it: the key above is the name"},
    Foreign{"secret", "'sensitive' is the word, which is not available in this version"},
};

constexpr std::array retry_foreign = {
    Foreign{"limit", "write 'max_attempts: N', which counts the first attempt"},
    Foreign{"attempts", "write 'max_attempts: $'"},
    Foreign{"max", "write 'max_attempts: $'"},
    Foreign{"retries", "write 'max_attempts: N', which counts the first attempt"},
    Foreign{"interval", "write 'delay: $'"},
    Foreign{"intervalSec", "write 'delay: $s'"},
    Foreign{"interval_sec", "write 'delay: $s'"},
    Foreign{"wait", "write 'delay: $'"},
    Foreign{"multiplier", "write 'factor: $'"},
    Foreign{"maxDelay", "write 'max_delay: $'"},
    Foreign{"max_interval", "write 'max_delay: $'"},
    Foreign{"if", "write 'when: $', in Lua"},
    Foreign{"on", "write 'when:' with an expression on 'error'"},
};

/// What to do meanwhile without a key that a later version has.
constexpr std::array later_answers = {
    Foreign{"uses", "write what it does as 'run:', or use a version that has it"},
    Foreign{"with", "write 'env: {NAME: value}', or use a version that has it"},
    Foreign{"matrix", "write the steps out, or use a version that has it"},
    Foreign{"foreach", "loop inside of 'run' or 'lua', or use a version that has it"},
    Foreign{"loop", "loop inside of 'run' or 'lua', or use a version that has it"},
    Foreign{"http", "write 'run: [curl, …]', or use a version that has it"},
    Foreign{"sql", "write 'run: [psql, …]', or use a version that has it"},
    Foreign{"triggers", "start it from cron with 'pawl run', or use a version that has it"},
};

std::span<const Foreign> foreign_of(KeyPlace place) {
  switch (place) {
    case KeyPlace::root:
      return root_foreign;
    case KeyPlace::step:
    case KeyPlace::block:
      return step_foreign;
    case KeyPlace::input:
      return input_foreign;
    case KeyPlace::retry:
      return retry_foreign;
    case KeyPlace::run_hooks:
      return hook_foreign;
    case KeyPlace::step_hooks:
      return step_hook_foreign;
    case KeyPlace::join:
    case KeyPlace::defaults:
      break;
  }
  return {};
}

bool holds(Words words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// The author's value as the answer can repeat it: short, on one line, else "…".
std::string short_value(const Tree& tree, NodeId id) {
  const Node& node = tree[id];
  constexpr std::size_t longest = 40;
  if (node.kind == NodeKind::list) {
    std::string list = "[";
    for (const NodeId item : tree.items(id)) {
      if (tree.kind(item) != NodeKind::scalar || list.size() > longest) return "…";
      if (list.size() > 1) list += ", ";
      list += tree.text(item);
    }
    return list + "]";
  }
  const std::string_view text = tree.text(id);
  const bool is_short = node.kind == NodeKind::scalar && text.size() <= longest &&
                        text.find('\n') == text.npos && text.find("${{") == text.npos;
  return is_short ? std::string(text) : "…";
}

std::string filled_in(std::string_view answer, const std::string& value) {
  std::string text(answer);
  const std::size_t at = text.find('$');
  if (at != text.npos) text.replace(at, 1, value);
  return text;
}

void report_key(Front& front, Entry entry, KeyPlace place, const Vocabulary& words) {
  const std::string_view key = front.tree.text(entry.key);
  const std::string message = std::string(words.holder) + " has no key " + quoted(key);
  for (const Foreign& one : foreign_of(place)) {
    if (one.key != key) continue;
    front.error(entry.key, "unknown-key", message,
                filled_in(one.answer, short_value(front.tree, entry.value)));
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
  const auto found = std::ranges::find(later_answers, word, &Foreign::key);
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
    const bool is_step = place == KeyPlace::step || place == KeyPlace::block;
    if (holds(words.known, key)) {
      kept.push_back(entry);
    } else if (place == KeyPlace::root && key.starts_with("x-")) {
      continue;
    } else if (place == KeyPlace::block && holds(block_later, key)) {
      report_later(front, entry.key, " on a block");
    } else if (place == KeyPlace::block && holds(block_never, key)) {
      front.error(entry.key, "wrong-kind", "a block of steps takes no " + quoted(key),
                  "move it to the steps of the block");
    } else if (holds(words.later, key) || (is_step && is_later_kind(key))) {
      report_later(front, entry.key, "");
    } else {
      report_key(front, entry, place, words);
    }
  }
  return kept;
}

bool is_kind(std::string_view key) { return key == "run" || key == "lua" || key == "steps"; }
bool is_later_kind(std::string_view key) { return holds(later_kinds, key); }

}  // namespace pawl::dsl

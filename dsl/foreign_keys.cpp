#include "dsl/foreign_keys.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.hpp"
#include "dsl/lua_spelling.hpp"

namespace pawl::dsl {
namespace {

using namespace std::string_view_literals;

/// The answer to a condition: `when:` with the author's expression as Lua spells it.
constexpr std::string_view written_in_lua = "when";

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
    Foreign{"if", written_in_lua},
    Foreign{"condition", written_in_lua},
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
    Foreign{"with", "write it inside of 'uses': 'uses: {action: NAME, with: {…}}'"},
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
    Foreign{"with_items", "write 'foreach: $'"},
    Foreign{"withItems", "write 'foreach: $'"},
    Foreign{"with_param", "write 'foreach: $'"},
    Foreign{"withParam", "write 'foreach: $'"},
    Foreign{"withSequence", "write 'foreach: [1, 2, 3]', or an expression that gives a list"},
    Foreign{"for_each", "write 'foreach: $'"},
    Foreign{"for", "write 'foreach: $'"},
    Foreign{"items", "write 'foreach: $'"},
    Foreign{"strategy", "write 'matrix: {os: [a, b], max_parallel: 2, fail_fast: true}'"},
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
    Foreign{"jobs", "write 'steps:'; a job with steps of its own becomes a step with 'steps:'"},
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

constexpr std::array foreach_foreign = {
    Foreign{"in", "write 'items: $'"},
    Foreign{"list", "write 'items: $'"},
    Foreign{"values", "write 'items: $'"},
    Foreign{"item", "write 'as: $'"},
    Foreign{"var", "write 'as: $'"},
    Foreign{"loop_var", "write 'as: $'"},
    Foreign{"parallelism", "write 'max_parallel: $'"},
    Foreign{"concurrency", "write 'max_parallel: $'"},
    Foreign{"max-parallel", "write 'max_parallel: $'"},
    Foreign{"maxParallel", "write 'max_parallel: $'"},
    Foreign{"continue-on-error", "write 'tolerate: 100%'"},
    Foreign{"fail-fast", "write 'fail_fast: $'"},
    Foreign{"steps", "write 'steps:' beside 'foreach:'"},
};

constexpr std::array choice_foreign = {
    Foreign{"expression", "write 'value: $'"}, Foreign{"on", "write 'value: $'"},
    Foreign{"branches", "write 'cases:'"},     Foreign{"else", "write 'default:'"},
    Foreign{"otherwise", "write 'default:'"},
};

constexpr std::array loop_foreign = {
    Foreign{"until", "write 'done: $', which sees 'output' and 'index'"},
    Foreign{"while", "write 'done: not (…)'"},
    Foreign{"condition", "write 'done: $'"},
    Foreign{"limit", "write 'max: $'"},
    Foreign{"count", "write 'max: $' and 'done: index == $'"},
    Foreign{"max_iterations", "write 'max: $'"},
    Foreign{"maxIterations", "write 'max: $'"},
    Foreign{"interval", "write 'every: $'"},
    Foreign{"delay", "write 'every: $'"},
    Foreign{"tasks", "write 'steps:'"},
};

constexpr std::array wait_foreign = {
    Foreign{"duration", "write 'wait: $'"},
    Foreign{"seconds", "write 'wait: $s'"},
    Foreign{"until", "write 'at: $'"},
    Foreign{"event", "write 'signal: $'"},
    Foreign{"name", "write 'signal: $'"},
    Foreign{"filter", "write 'match:' with an expression on 'output'"},
    Foreign{"if", "write 'match:' with an expression on 'output'"},
};

constexpr std::array approval_foreign = {
    Foreign{"message", "write 'body: $'"},
    Foreign{"description", "write 'body: $'"},
    Foreign{"prompt", "write 'title: $'"},
    Foreign{"timeout", "write 'expires: $'"},
    Foreign{"reviewers", "write 'approvers:'"},
    Foreign{"users", "write 'approvers:'"},
    Foreign{"minimum_approvals", "write 'quorum: $'"},
    Foreign{"required", "write 'quorum: $'"},
    Foreign{"inputs", "write 'form:'"},
    Foreign{"choices", "write 'options:'"},
};

constexpr std::array uses_foreign = {
    Foreign{"name", "write 'action: $'"},
    Foreign{"uses", "write 'action: $'"},
    Foreign{"type", "write 'action: $'"},
    Foreign{"plugin", "write 'action: $'"},
    Foreign{"args", "write 'with: {NAME: …}'"},
    Foreign{"arguments", "write 'with: {NAME: …}'"},
    Foreign{"inputs", "write 'with: {NAME: …}'"},
    Foreign{"params", "write 'with: {NAME: …}'"},
    Foreign{"parameters", "write 'with: {NAME: …}'"},
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

std::span<const Foreign> foreign_of(KeyPlace place) {
  switch (place) {
    case KeyPlace::root:
      return root_foreign;
    case KeyPlace::step:
    case KeyPlace::block:
    case KeyPlace::waiting:
      return step_foreign;
    case KeyPlace::wait:
      return wait_foreign;
    case KeyPlace::approval:
      return approval_foreign;
    case KeyPlace::input:
      return input_foreign;
    case KeyPlace::uses:
      return uses_foreign;
    case KeyPlace::retry:
      return retry_foreign;
    case KeyPlace::run_hooks:
      return hook_foreign;
    case KeyPlace::step_hooks:
      return step_hook_foreign;
    case KeyPlace::foreach:
      return foreach_foreign;
    case KeyPlace::choice:
      return choice_foreign;
    case KeyPlace::loop:
      return loop_foreign;
    case KeyPlace::join:
    case KeyPlace::cancel_when:
    case KeyPlace::verify:
    case KeyPlace::undo:
    case KeyPlace::defaults:
      break;
  }
  return {};
}

/// The author's value as the answer can repeat it: short, on one line, else "…".
std::string short_value(const Tree& tree, NodeId id) {
  const Node& node = tree[id];
  constexpr std::size_t longest = 60;
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
  const bool is_short =
      node.kind == NodeKind::scalar && text.size() <= longest && text.find('\n') == text.npos;
  return is_short ? std::string(text) : "…";
}

/// Conditions of GitHub Actions that ask how the steps before ended: here `join` tells it.
std::string_view answer_to_status(std::string_view condition) {
  if (condition == "always()") return "write 'join: always'";
  if (condition == "failure()") return "write 'join: failed'";
  if (condition == "success()") return "remove it: a step runs when what it needs has succeeded";
  if (condition == "cancelled()") return "write 'hooks: {on_cancel: …}'";
  return "";
}

std::string answer_to_condition(const std::string& value) {
  const std::string lua = lua_spelling(value);
  const std::string_view status = answer_to_status(lua);
  if (!status.empty()) return std::string(status);
  return value == lua ? "write 'when: " + lua + "', in Lua"
                      : "write 'when: " + lua + "': it is Lua";
}

std::string filled_in(std::string_view answer, const std::string& value) {
  if (answer == written_in_lua) return answer_to_condition(value);
  std::string text(answer);
  const std::size_t at = text.find('$');
  const bool is_filled_in = value.find("${{") != value.npos;
  if (at != text.npos) text.replace(at, 1, is_filled_in ? "…" : value);
  return text;
}

}  // namespace

std::optional<std::string> foreign_key_answer(const Tree& tree, Entry entry, KeyPlace place) {
  const std::span<const Foreign> known = foreign_of(place);
  const auto found = std::ranges::find(known, tree.text(entry.key), &Foreign::key);
  if (found == known.end()) return std::nullopt;
  return filled_in(found->answer, short_value(tree, entry.value));
}

bool stands_for_steps(std::string_view root_key) {
  const auto found = std::ranges::find(root_foreign, root_key, &Foreign::key);
  return found != root_foreign.end() && found->answer.starts_with("write 'steps:'");
}

}  // namespace pawl::dsl

#include "cli/language_page.hpp"

#include <fmt/format.h>

#include "cli/json_record.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

constexpr LanguageKey keys[] = {
    {"workflow", "name, description, labels", "texts about it; a step has the first two"},
    {"workflow", "inputs", "what it is started with: {day: {type: string}}"},
    {"workflow", "env, defaults", "variables, and timeout and retry, of every step"},
    {"workflow", "steps, files", "a map, run by needs, or a list; what goes along"},
    {"workflow", "outputs", "what it gives: {rows: \"${{ steps.count.output }}\"}"},
    {"workflow", "hooks, compensate", "on_start on_success on_failure …; on_failure: undo"},
    {"workflow", "fail_fast, max_parallel", "true: a failed step stops the others; at a time"},
    {"step", "run, lua, uses", "script or [program, argument]; Lua; {action: fetch}"},
    {"step", "steps, max_parallel", "a block: steps inside of a step; so many at a time"},
    {"step", "cancel_when, weight", "of a block: {signal: stop}; its share of progress"},
    {"step", "needs", "ids of steps; what an expression names counts, too"},
    {"step", "when, join", "Lua: false skips it; all, any, always, failed"},
    {"step", "output, output_schema", "what stdout is: text, json, lines; {type: object}"},
    {"step", "switch, loop, race", "one of several; again and again; who is first"},
    {"step", "wait, approval", "2h, {signal: paid}; people: {title: Publish?}"},
    {"step", "foreach, matrix", "a list, or lists: once for each, as item or matrix"},
    {"step", "retry", "3, or {max_attempts: 3, delay: 5s}"},
    {"step", "timeout, heartbeat", "of one attempt: 10m; without a sign of life: 90s"},
    {"step", "deadline, on_error", "of all attempts: 1h30m; fail, continue or pause"},
    {"step", "effects, verify, undo", "once: never again blindly; was it done?; take back"},
    {"step", "env, workdir, shell", "of run; sh or bash"},
    {"step", "hooks", "before after on_error on_progress on_retry on_cancel"},
    {"step", "success_codes, lost_max", "exit codes that are fine; attempts lost with workers"},
    {"expression", "inputs.NAME, env.NAME", "in '${{ … }}' of texts; 'when' is one as a whole"},
    {"expression", "steps.NAME.output", "also .state (succeeded, failed, …) and .error"},
    {"expression", "run.number, workflow.name", "what runs"},
};

/// `pawl check` accepts it.
constexpr std::string_view example = R"(name: nightly
inputs: {day: {type: string, default: today}}
steps:
  extract: {run: "seq 3", output: lines}
  count: {lua: "return #steps.extract.output"}
outputs: {rows: "${{ steps.count.output }}"}
)";

std::string_view heading_of(std::string_view of) {
  return of == "workflow" ? "a workflow has:" : of == "step" ? "a step has:" : "expressions read:";
}

}  // namespace

std::span<const LanguageKey> language_keys() { return keys; }

std::string language_page() {
  std::string page(example);
  std::string_view of;
  for (const LanguageKey& key : keys) {
    if (key.of != of) page += fmt::format("\n{}\n", heading_of(key.of));
    of = key.of;
    constexpr std::size_t key_cells = 24;
    page += fmt::format("  {} {}\n", pad_right(key.key, key_cells), key.means);
  }
  return page + "\nwrite one: pawl new NAME     look for mistakes: pawl check     pawl explain\n";
}

std::string language_record(const LanguageKey& key) {
  return JsonRecord("language")
      .text("of", key.of)
      .text("key", key.key)
      .text("means", key.means)
      .str();
}

}  // namespace pawl::cli

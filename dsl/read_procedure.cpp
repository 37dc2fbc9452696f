#include "dsl/read_procedure.hpp"

#include <optional>
#include <utility>

#include "base/text.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_step.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {
namespace {

/// The entry that says what is done: `run` or `lua`.
std::optional<Entry> find_script(Front& front, Entry entry, const std::vector<Entry>& entries) {
  std::optional<Entry> found;
  for (const Entry& one : entries) {
    const std::string_view key = front.tree.text(one.key);
    if (key != "run" && key != "lua") continue;
    if (found) {
      front.error(one.key, "two-kinds",
                  quoted(front.tree.text(entry.key)) + " has both 'run' and 'lua'", "remove one");
    }
    found = one;
  }
  if (!found) {
    front.error(entry.key, "no-kind",
                quoted(front.tree.text(entry.key)) + " does nothing: it has no 'run' or 'lua'",
                "write '" + front.text(entry.key) + ": {run: ./program}'");
  }
  return found;
}

StepSpec read_spec(Front& front, Entry script, Shell shell, CodeScope scope) {
  if (front.tree.text(script.key) == "lua") {
    scope.block = true;
    LuaSpec spec;
    if (auto code = read_lua(front, script, scope)) spec.code = std::move(*code);
    return spec;
  }
  if (front.tree.kind(script.value) == NodeKind::list) return read_arguments(front, script, scope);
  return read_script(front, script, shell, scope).value_or(RunSpec{});
}

std::shared_ptr<const Procedure> read_procedure(Front& front, SettingsReader& settings, Entry entry,
                                                KeyPlace place, const CodeScope& scope) {
  const std::string name = front.text(entry.key);
  if (!expect_map(front, entry, "write '" + name + ": {run: ./program}' or '{lua: …}'")) {
    return nullptr;
  }
  const std::vector<Entry> entries = checked_entries(front, entry.value, place);
  const std::optional<Entry> script = find_script(front, entry, entries);
  if (!script) return nullptr;
  auto procedure = std::make_shared<Procedure>();
  procedure->at = front.tree.place(entry.key);
  procedure->kind = front.tree.text(script->key) == "run" ? Kind::run : Kind::lua;
  procedure->settings = settings.read(entries, procedure->kind, scope.reader, scope.steps);
  procedure->spec = read_spec(front, *script, procedure->settings->shell, scope);
  return procedure;
}

}  // namespace

std::shared_ptr<const Procedure> read_verify(Front& front, SettingsReader& settings, Entry entry,
                                             StepId step) {
  auto read = read_procedure(front, settings, entry, KeyPlace::verify, scope_of(step));
  if (!read) return nullptr;
  Procedure procedure = *read;
  Settings own = *procedure.settings;
  own.retry = {};
  if (procedure.kind == Kind::run)
    own.output = OutputFormat::text;  // Its answer is what it prints.
  procedure.settings = settings.share(own);
  return std::make_shared<const Procedure>(std::move(procedure));
}

std::shared_ptr<const Procedure> read_undo(Front& front, SettingsReader& settings, Entry entry,
                                           StepId step) {
  CodeScope scope = scope_of(step);
  scope.steps = ReadMeaning::absent;
  scope.output = true;
  scope.error = true;
  return read_procedure(front, settings, entry, KeyPlace::undo, scope);
}

}  // namespace pawl::dsl

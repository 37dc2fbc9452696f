#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "cli/preview_values.hpp"
#include "cli/wording.hpp"
#include "dsl/shell_filled.hpp"
#include "steps/json_values.hpp"
#include "steps/with_values.hpp"

namespace pawl::cli {
namespace {

Result<std::string> script_of(const dsl::RunSpec& spec, const PreviewValues& values,
                              const PreviewScope& scope) {
  std::optional<Problem> problem;
  std::string script =
      dsl::filled_script(spec, [&](const dsl::Code& code) -> std::optional<std::string> {
        const Foreseen text = values.text(code, scope);
        if (text.problem && !problem) problem = text.problem;
        return text.value ? std::optional(steps::text_of(*text.value)) : std::nullopt;
      });
  if (problem) return *problem;
  while (script.ends_with('\n')) script.pop_back();
  return script;
}

/// An item that is a list becomes several arguments, as it will when the step runs.
Result<std::string> arguments_of(const dsl::RunSpec& spec, const PreviewValues& values,
                                 const PreviewScope& scope) {
  std::string out;
  const auto add = [&](const std::string& word) { out += (out.empty() ? "" : " ") + word; };
  for (const dsl::Template& argument : spec.arguments) {
    const Foreseen value = values.value(argument, scope);
    if (value.problem) return *value.problem;
    if (!value.value) {
      add(written(argument));
    } else if (const auto items = steps::items_of(*value.value)) {
      for (const JsonText& item : *items) add(shell_quoted(steps::text_of(item)));
    } else {
      add(shell_quoted(steps::text_of(*value.value)));
    }
  }
  return out;
}

std::string block_of(const dsl::BlockSpec& block) {
  const std::string rule = rule_text(block);
  if (!rule.empty()) return rule;
  const std::string steps = counted(static_cast<std::int64_t>(block.children.size()), "step");
  return fmt::format("block of {}{}", steps, block.is_list ? " in order" : "");
}

std::string wait_of(const dsl::WaitSpec& wait) {
  if (wait.span) return fmt::format("wait {}", written(*wait.span));
  if (wait.until) return fmt::format("wait until {}", written(*wait.until));
  return fmt::format("wait for the signal {}", wait.signal ? written(*wait.signal) : "");
}

std::string lua_of(std::string_view code) {
  while (code.ends_with('\n')) code.remove_suffix(1);
  const auto lines = std::ranges::count(code, '\n') + 1;
  return lines == 1 ? fmt::format("lua: {}", code) : fmt::format("lua, {} lines", lines);
}

/// "uses fetch day=2026-11-20 rows=${{ steps.count.output }}"
Result<std::string> action_of(const dsl::UsesSpec& uses, const PreviewValues& values,
                              const PreviewScope& scope) {
  std::string out = "uses " + uses.action;
  std::vector<std::pair<std::string, JsonText>> known;
  for (const auto& [name, value] : uses.with) {
    std::string json, shown;
    bool is_known = true;
    for (const dsl::WrittenValue::Piece& piece : value.pieces) {
      json += piece.json;
      shown += piece.json;
      if (!piece.value) continue;
      const Foreseen given = values.value(*piece.value, scope);
      if (given.problem) return *given.problem;
      is_known = is_known && given.value.has_value();
      if (given.value) json += given.value->text;
      shown += given.value ? given.value->text : written(*piece.value);
    }
    if (is_known) known.emplace_back(name, JsonText{json});
    out += " " + name + "=" + (is_known ? shell_quoted(steps::text_of(JsonText{json})) : shown);
  }
  if (known.size() < uses.with.size()) return out;
  const auto checked = steps::checked_with(uses, core::Expressions::object(known));
  if (!checked) return checked.error();
  return out;
}

}  // namespace

std::string written(const dsl::Template& text) {
  std::string out;
  for (const dsl::Template::Piece& piece : text.pieces) {
    out += piece.is_code ? fmt::format("${{{{ {} }}}}", piece.text) : piece.text;
  }
  return out;
}

Result<std::string> command_of(const dsl::Step& step, const PreviewValues& values,
                               const PreviewScope& scope) {
  if (const auto* block = std::get_if<dsl::BlockSpec>(&step.spec)) return block_of(*block);
  if (const auto* lua = std::get_if<dsl::LuaSpec>(&step.spec)) return lua_of(lua->code.text);
  if (const auto* wait = std::get_if<dsl::WaitSpec>(&step.spec)) return wait_of(*wait);
  if (const auto* uses = std::get_if<dsl::UsesSpec>(&step.spec)) {
    return action_of(*uses, values, scope);
  }
  if (const auto* ask = std::get_if<dsl::ApprovalSpec>(&step.spec)) {
    return fmt::format("approval: {}", written(ask->title));
  }
  const auto& run = std::get<dsl::RunSpec>(step.spec);
  return run.arguments.empty() ? script_of(run, values, scope) : arguments_of(run, values, scope);
}

}  // namespace pawl::cli

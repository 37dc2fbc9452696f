#include "cli/preview_values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pawl::cli {
namespace {

bool reads_global(const dsl::LuaUses& uses, std::string_view name) {
  return std::ranges::find(uses.globals, name, &dsl::Use::name) != uses.globals.end();
}

/// The expression could go on where something is missing, instead of failing.
bool can_survive_gaps(const dsl::LuaUses& uses) {
  return uses.dynamic_steps || reads_global(uses, "env") || reads_global(uses, "pcall") ||
         reads_global(uses, "xpcall");
}

/// `run` has fields that no one knows before it starts.
bool reads_run_start(const dsl::LuaUses& uses) {
  return std::ranges::any_of(uses.globals, [](const dsl::Use& use) {
    return use.name == "run" && (use.fields.empty() || (use.fields[0].name != "name" &&
                                                        use.fields[0].name != "workflow"));
  });
}

void add_once(std::vector<std::string>& list, const std::string& word) {
  if (std::ranges::find(list, word) == list.end()) list.push_back(word);
}

Blockers blockers_of(const dsl::LuaUses& uses, const PreviewScope& scope) {
  Blockers found;
  found.run_start = reads_run_start(uses);
  found.item = std::ranges::any_of(
      uses.globals, [&](const dsl::Use& use) { return scope.items.contains(use.name); });
  for (const dsl::Use& use : uses.steps) {
    const auto open = scope.open.find(use.name);
    if (open != scope.open.end()) add_once(found.steps, open->second);
  }
  if (uses.dynamic_steps) {
    for (const auto& [name, path] : scope.open) add_once(found.steps, path);
  }
  for (const dsl::Use& use : uses.env) {
    const auto open = scope.open_env.find(use.name);
    if (open != scope.open_env.end()) found.add(open->second);
  }
  if (reads_global(uses, "env")) {
    for (const auto& [name, blockers] : scope.open_env) found.add(blockers);
  }
  return found;
}

}  // namespace

void Blockers::add(const Blockers& more) {
  for (const std::string& step : more.steps) add_once(steps, step);
  run_start = run_start || more.run_start;
  item = item || more.item;
}

std::string Blockers::words() const {
  if (steps.empty()) return run_start ? "until the run starts" : "for each item";
  std::string list;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    list += (i == 0 ? "" : i + 1 == steps.size() ? " and " : ", ") + steps[i];
  }
  return fmt::format("until {} ended", list);
}

std::optional<Problem> PreviewValues::complete_inputs(const JsonText& given) {
  core::View view;
  view.now = now_;
  view.run_started = now_;
  view.workflow = plan_.name;
  Result<JsonText> complete = expressions_.complete_inputs(plan_, given, view);
  if (!complete) return complete.error();
  inputs_ = std::move(complete).value();
  return std::nullopt;
}

template <class Evaluate>
Foreseen PreviewValues::foresee(std::span<const dsl::Template::Piece> pieces,
                                const PreviewScope& scope, Evaluate evaluate) const {
  Foreseen foreseen;
  bool survives_gaps = false;
  for (const dsl::Template::Piece& piece : pieces) {
    if (!piece.is_code) continue;
    const dsl::LuaUses uses = dsl::scan_uses(piece.text);
    foreseen.blockers.add(blockers_of(uses, scope));
    survives_gaps = survives_gaps || can_survive_gaps(uses);
  }
  const bool has_gaps = !foreseen.blockers.none();
  if (has_gaps && (foreseen.blockers.run_start || survives_gaps)) return foreseen;

  const JsonText env = core::Expressions::object(scope.env);
  core::View view;
  view.now = now_;
  view.run_started = now_;
  view.workflow = plan_.name;
  view.inputs = &inputs_;
  view.env = &env;
  // What is not known is left out: an evaluation that reads it fails, one that does not is right.
  for (const auto& [name, step] : scope.steps) view.steps.push_back(step);
  Result<JsonText> value = evaluate(view);
  if (value) {
    foreseen.value = std::move(value).value();
    foreseen.blockers = {};
  } else if (!has_gaps) {
    foreseen.problem = value.error();
  }
  return foreseen;
}

Foreseen PreviewValues::condition(const dsl::Code& code, const PreviewScope& scope) const {
  const dsl::Template::Piece piece{code.text, code.at, true};
  return foresee(std::span(&piece, 1), scope, [&](const core::View& view) -> Result<JsonText> {
    const Result<bool> holds = expressions_.condition(plan_, code, view);
    if (!holds) return holds.error();
    return JsonText{holds.value() ? "true" : "false"};
  });
}

Foreseen PreviewValues::value(const dsl::Template& text, const PreviewScope& scope) const {
  return foresee(text.pieces, scope,
                 [&](const core::View& view) { return expressions_.value(plan_, text, view); });
}

Foreseen PreviewValues::text(const dsl::Code& code, const PreviewScope& scope) const {
  dsl::Template joined;
  joined.pieces = {{"", {}, false}, {code.text, code.at, true}};
  return value(joined, scope);
}

std::optional<Problem> PreviewValues::add_variable(const dsl::Variable& variable,
                                                   PreviewScope& scope) const {
  const auto& [name, written] = variable;
  dsl::Template as_text = written;
  if (written.whole) as_text.pieces.insert(as_text.pieces.begin(), {"", {}, false});
  as_text.whole = false;
  Foreseen foreseen = value(as_text, scope);
  if (foreseen.problem) return foreseen.problem;
  std::erase_if(scope.env, [&key = name](const auto& member) { return member.first == key; });
  scope.open_env.erase(name);
  if (foreseen.value) {
    scope.env.emplace_back(name, std::move(*foreseen.value));
  } else {
    scope.open_env[name] = std::move(foreseen.blockers);
  }
  return std::nullopt;
}

}  // namespace pawl::cli

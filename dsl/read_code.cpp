#include "dsl/read_code.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/read_values.hpp"
#include "dsl/shell_quote.hpp"
#include "scripting/syntax.hpp"

namespace pawl::dsl {

namespace {

using namespace std::string_view_literals;

constexpr std::array step_fields = {"output"sv, "state"sv, "error"sv};
// Of other engines.
constexpr std::array state_fields = {"outcome"sv, "conclusion"sv, "status"sv, "result"sv};
// In which a step can be while another one reads it, see core::StepState.
constexpr std::array states = {"pending"sv,   "ready"sv,     "running"sv, "waiting"sv,
                               "retrying"sv,  "succeeded"sv, "failed"sv,  "skipped"sv,
                               "cancelled"sv, "not_run"sv,   "unknown"sv, "interrupted"sv};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> foreign_states = {{
    {"success", "succeeded"},
    {"ok", "succeeded"},
    {"completed", "succeeded"},
    {"done", "succeeded"},
    {"failure", "failed"},
    {"error", "failed"},
    {"canceled", "cancelled"},
}};
// In scope in every expression, besides what Lua brings.
constexpr std::array global_names = {"inputs"sv,   "env"sv,      "run"sv,     "workflow"sv,
                                     "steps"sv,    "output"sv,   "error"sv,   "json"sv,
                                     "coalesce"sv, "contains"sv, "format"sv,  "semver"sv,
                                     "regex"sv,    "null"sv,     "outputs"sv, "checkpoint"sv};
// Parts of the language that this version has not.
constexpr std::array later_names = {"secrets"sv, "item"sv, "index"sv, "matrix"sv};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

/// Offset in the file of a comment behind a plain scalar; npos: there is none.
std::size_t comment_behind(const Tree& tree, NodeId id) {
  const Node& node = tree[id];
  const std::string_view file = tree.source().text();
  if (node.style != ScalarStyle::plain) return file.npos;
  std::size_t end = ScalarPlaces(tree, id).end();
  // A value that was left out stands behind its key.
  if (node.kind == NodeKind::null && node.size == 0 && file.substr(end, 1) == ":") ++end;
  const std::size_t next = file.find_first_not_of(" \t", end);
  return next != file.npos && file[next] == '#' ? next : file.npos;
}

void report_comment(Front& front, std::size_t at, bool is_lua) {
  const std::string_view file = front.tree.source().text();
  const std::size_t end = std::min(file.find_first_of("\r\n", at), file.size());
  const std::string_view comment = file.substr(at, end - at);
  const std::size_t word_end =
      std::min(comment.find_first_not_of(
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", 1),
               comment.size());
  std::string fix = "quote the whole text, or put it below a '|'";
  if (is_lua && word_end > 1) {
    fix =
        "write len(" + std::string(comment.substr(1, word_end - 1)) + "), or quote the whole text";
  }
  front.error(front.tree.source().span(at, end), "yaml-comment",
              "YAML takes '#' and what follows for a comment, so the code ends before it", fix);
}

void add_mistakes(Front& front, const ScalarPlaces& places,
                  const std::vector<TextMistake>& mistakes, Severity severity = Severity::error) {
  for (const TextMistake& one : mistakes) {
    front.diagnostics.push_back(
        {places.span(one.offset, one.length), one.rule, one.message, one.fix, severity});
  }
}

/// Reads one piece of code for what it names.
class NameReader {
 public:
  /// `block`: statements, which may use variables that they have made.
  NameReader(Front& front, const ScalarPlaces& places, const CodeScope& scope, bool block = false)
      : front_(front), places_(places), scope_(scope), block_(block) {}

  void read(std::string_view code, std::size_t offset) {
    offset_ = offset;
    const LuaUses uses = scan_uses(code);
    for (const Use& use : uses.steps) read_step(use);
    for (const Use& use : uses.inputs) read_input(use);
    if (uses.dynamic_steps) read_dynamic(*uses.dynamic_steps);
    for (const Use& use : uses.globals) read_global(use);
  }

 private:
  Span span(const Use& use) const { return places_.span(offset_ + use.offset, use.length); }

  void report_forbidden(const Use& use) {
    front_.error(span(use), "no-steps-here",
                 std::string(scope_.place) +
                     " is made before any step runs, so it cannot read "
                     "'steps'",
                 "read it in the 'env' of the step that needs it");
  }

  void read_step(const Use& use) {
    if (scope_.steps == ReadMeaning::forbidden) return report_forbidden(use);
    front_.names.push_back({scope_.reader, use.name, span(use), scope_.steps, false});
    if (use.fields.empty()) return;
    const std::string& field = use.fields.front();
    if (field == "state") read_state(use);
    if (std::ranges::find(step_fields, field) != step_fields.end()) return;
    const bool is_state = std::ranges::find(state_fields, field) != state_fields.end();
    const std::string_view near = is_state ? "state" : closest(field, step_fields);
    front_.error(
        span(use), "unknown-field",
        "a step has no field " + quoted(field) + "; it has output, state, error",
        "write steps." + use.name + "." + (near.empty() ? "output." + field : std::string(near)));
  }

  /// Compared with a word that is no state, it would be silently different, always.
  void read_state(const Use& use) {
    if (!use.compared || std::ranges::find(states, use.compared->name) != states.end()) return;
    const auto foreign = std::ranges::find(foreign_states, use.compared->name,
                                           &std::pair<std::string_view, std::string_view>::first);
    const std::string_view near =
        foreign != foreign_states.end() ? foreign->second : closest(use.compared->name, states);
    front_.error(places_.span(offset_ + use.compared->offset, use.compared->length),
                 "unknown-state", "a step is never in a state " + quoted(use.compared->name),
                 near.empty() ? "it ends as one of: succeeded, failed, skipped, cancelled, not_run"
                              : "write '" + std::string(near) + "'");
  }

  void read_dynamic(const Use& use) {
    if (scope_.steps == ReadMeaning::forbidden) return report_forbidden(use);
    front_.dynamic.push_back({scope_.reader, span(use), scope_.steps});
  }

  void read_input(const Use& use) {
    const auto known = front_.inputs.find(use.name);
    if (known != front_.inputs.end() && known->second < scope_.inputs) return;
    if (known != front_.inputs.end()) {
      front_.error(span(use), "unknown-input",
                   "the default reads the input " + quoted(use.name) + ", which has no value yet",
                   "declare " + quoted(use.name) + " above this input");
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& [name, position] : front_.inputs) names.push_back(name);
    std::ranges::sort(names);
    const std::string_view near = closest(use.name, names);
    front_.error(span(use), "unknown-input", "there is no input " + quoted(use.name),
                 near.empty() ? "declare it under 'inputs:'"
                              : "did you mean inputs." + std::string(near) + "?");
  }

  void read_global(const Use& use) {
    if (scope_.block && use.name != "secrets") return;
    if (std::ranges::find(later_names, use.name) != later_names.end()) {
      front_.error(span(use), "not-available",
                   quoted(use.name) + " is not available in this version",
                   "remove it, or use a version that has it");
    } else if (use.name == "output" && !scope_.output) {
      front_.error(span(use), "unknown-name", "'output' is known in the hook 'after' only",
                   "write steps.NAME.output for the output of a step");
    } else if (use.name == "error" && !scope_.error && !use.fields.empty()) {
      front_.error(span(use), "unknown-name",
                   "'error' is known in 'on_error', 'on_retry' and 'retry.when' only",
                   "write steps.NAME.error for the error of a step");
    } else if (!is_known(use.name) && (!block_ || is_slip(use))) {
      report_unknown(use);
    }
  }

  static bool is_known(std::string_view name) {
    return std::ranges::find(global_names, name) != global_names.end() ||
           std::ranges::find(scripting::library_names, name) != std::end(scripting::library_names);
  }

  /// What other engines have under a name, in our words.
  static std::string_view remedy_of(std::string_view name) {
    constexpr std::array slips = {
        std::pair{"input"sv, "did you mean 'inputs'?"sv},
        std::pair{"envs"sv, "did you mean 'env'?"sv},
        std::pair{"github"sv, "did you mean 'run'?"sv},
        std::pair{"params"sv, "did you mean 'inputs'?"sv},
        std::pair{"needs"sv, "did you mean 'steps'?"sv},
        std::pair{"vars"sv, "did you mean 'env'?"sv},
        std::pair{"workflows"sv, "did you mean 'workflow'?"sv},
        std::pair{"toJSON"sv, "write json.encode(value)"sv},
        std::pair{"toJson"sv, "write json.encode(value)"sv},
        std::pair{"fromJSON"sv, "write json.decode(text)"sv},
        std::pair{"fromJson"sv, "write json.decode(text)"sv},
        std::pair{"startsWith"sv, "write str.starts_with(text, part)"sv},
        std::pair{"endsWith"sv, "write str.ends_with(text, part)"sv},
        std::pair{"always"sv, "write 'join: always' beside 'needs:'"sv},
        std::pair{"failure"sv, "write 'join: failed' beside 'needs:'"sv},
        std::pair{"cancelled"sv, "write 'on_cancel:' under 'hooks:'"sv},
        std::pair{"success"sv, "leave it out: a step runs when what it needs has succeeded"sv}};
    for (const auto& [slip, remedy] : slips) {
      if (name == slip) return remedy;
    }
    return {};
  }

  /// `input.x`: no script names a variable so.
  static bool is_slip(const Use& use) {
    return !use.fields.empty() && !remedy_of(use.name).empty();
  }

  void report_unknown(const Use& use) {
    if (use.name == "raw" || use.name == "file") return;  // told where values are quoted
    std::string remedy(remedy_of(use.name));
    if (remedy.empty()) {
      std::vector<std::string_view> known(global_names.begin(), global_names.end());
      known.insert(known.end(), std::begin(scripting::library_names),
                   std::end(scripting::library_names));
      const std::string_view near = closest(use.name, known);
      remedy = near.empty() ? "an expression sees inputs, steps, env, run, workflow and functions"
                            : "did you mean " + quoted(near) + "?";
    }
    front_.error(span(use), "unknown-name", "nothing here has the name " + quoted(use.name),
                 std::move(remedy));
  }

  Front& front_;
  const ScalarPlaces& places_;
  const CodeScope& scope_;
  bool block_;
  std::size_t offset_ = 0;
};

/// Reports what is no scalar, or an empty one.
bool expect_code(Front& front, Entry entry, std::string_view wanted) {
  const NodeKind kind = front.tree.kind(entry.value);
  if (kind == NodeKind::list || kind == NodeKind::map ||
      front.tree[entry.value].tag == Tag::foreign) {
    report_type(front, entry, wanted);
    return false;
  }
  if (!is_blank(front.tree.text(entry.value))) return true;
  const std::size_t comment = comment_behind(front.tree, entry.value);
  if (comment != std::string_view::npos && kind == NodeKind::null) {
    report_comment(front, comment, true);
  } else {
    front.error(entry.key, "empty-code", quoted(front.tree.text(entry.key)) + " is empty",
                "write " + std::string(wanted) + ", or remove the key");
  }
  return false;
}

/// Reports the traps of Lua in a scalar whose lines YAML joins, or whose end it takes for a
/// comment.
bool check_lua_scalar(Front& front, Entry entry) {
  const Node& node = front.tree[entry.value];
  if (const std::size_t at = comment_behind(front.tree, entry.value);
      at != std::string_view::npos) {
    report_comment(front, at, true);
    return false;
  }
  const std::string_view file = front.tree.source().text();
  const std::size_t end = ScalarPlaces(front.tree, entry.value).end();
  std::string_view lines;
  if (node.style == ScalarStyle::plain) {
    lines = file.substr(node.begin, end - node.begin);
  } else if (node.style == ScalarStyle::folded) {
    const std::string_view text = front.tree.text(entry.value);
    const std::size_t first = std::min(file.find('\n', node.begin), file.size());
    lines = file.substr(first, end - first);
    while (!lines.empty() && is_blank(lines.substr(0, 1))) lines.remove_prefix(1);
    while (!lines.empty() && is_blank(lines.substr(lines.size() - 1))) lines.remove_suffix(1);
    if (is_blank(text)) lines = {};
  }
  if (lines.find('\n') == lines.npos) return true;
  front.error(entry.value, "yaml-folded", "YAML joins these lines into one before Lua sees them",
              "write '" + front.text(entry.key) + ": |' and the lines below it");
  return false;
}

Template make_template(const SplitText& split, const ScalarPlaces& places) {
  Template made;
  made.whole = split.whole;
  made.pieces.reserve(split.pieces.size());
  for (const TextPiece& piece : split.pieces) {
    made.pieces.push_back({piece.text, places.place(piece.offset), piece.is_code});
  }
  return made;
}

std::optional<Template> template_of(Front& front, NodeId value, const CodeScope& scope) {
  const std::string_view text = front.tree.text(value);
  Template made;
  if (text.find("${{") == text.npos) {
    made.pieces.push_back({std::string(text), front.tree.place(value), false});
    return made;
  }
  const ScalarPlaces places(front.tree, value);
  const SplitText split = split_template(text);
  if (!split.mistakes.empty()) {
    const std::size_t comment = comment_behind(front.tree, value);
    if (comment != std::string_view::npos) {
      report_comment(front, comment, true);
    } else {
      add_mistakes(front, places, split.mistakes);
    }
    return std::nullopt;
  }
  NameReader names(front, places, scope);
  for (const TextPiece& piece : split.pieces) {
    if (piece.is_code) names.read(piece.text, piece.offset);
  }
  return make_template(split, places);
}

}  // namespace

std::optional<Template> read_template(Front& front, Entry entry, const CodeScope& scope) {
  const NodeKind kind = front.tree.kind(entry.value);
  if (kind == NodeKind::list || kind == NodeKind::map) {
    report_type(front, entry, "a text");
    return std::nullopt;
  }
  return template_of(front, entry.value, scope);
}

std::optional<Template> read_template_item(Front& front, NodeId item, const CodeScope& scope) {
  const NodeKind kind = front.tree.kind(item);
  if (kind == NodeKind::scalar) return template_of(front, item, scope);
  front.error(
      item, "wrong-type",
      kind == NodeKind::null ? "an item of this list is empty" : "an item of this list is no text",
      kind == NodeKind::null ? "write \"\" for an empty text" : "write one text an item");
  return std::nullopt;
}

std::optional<Code> read_expression(Front& front, Entry entry, const CodeScope& scope) {
  if (!expect_code(front, entry, "an expression")) return std::nullopt;
  if (!check_lua_scalar(front, entry)) return std::nullopt;
  const std::string_view text = front.tree.text(entry.value);
  const ScalarPlaces places(front.tree, entry.value);
  std::string code(text);
  std::size_t offset = 0;
  if (text.find("${{") != text.npos) {
    const SplitText split = split_template(text);
    add_mistakes(front, places, split.mistakes);
    if (!split.mistakes.empty()) return std::nullopt;
    const auto piece = std::ranges::find_if(split.pieces, &TextPiece::is_code);
    if (!split.whole || piece == split.pieces.end()) {
      front.error(
          entry.value, "expression",
          quoted(front.tree.text(entry.key)) + " takes one expression and nothing beside it",
          "write the whole expression in Lua, without '${{' and '}}'");
      return std::nullopt;
    }
    code = piece->text;
    offset = piece->offset;
  } else {
    const std::vector<TextMistake> mistakes = check_lua(text, true);
    add_mistakes(front, places, mistakes);
    if (!mistakes.empty()) return std::nullopt;
  }
  NameReader(front, places, scope).read(code, offset);
  return Code{std::move(code), places.place(offset)};
}

std::optional<Code> read_lua(Front& front, Entry entry, const CodeScope& scope) {
  if (!expect_code(front, entry, "Lua")) return std::nullopt;
  if (!check_lua_scalar(front, entry)) return std::nullopt;
  const std::string_view text = front.tree.text(entry.value);
  const ScalarPlaces places(front.tree, entry.value);
  if (const std::size_t at = text.find("${{"); at != text.npos) {
    front.error(places.span(at, 3), "lua-syntax", "this is Lua already: it has no '${{ … }}'",
                "write the expression without '${{' and '}}'");
    return std::nullopt;
  }
  const std::vector<TextMistake> mistakes = check_lua(text, false);
  add_mistakes(front, places, mistakes);
  if (!mistakes.empty()) return std::nullopt;
  NameReader(front, places, scope, true).read(text, 0);
  return Code{std::string(text), places.place(0)};
}

std::optional<RunSpec> read_script(Front& front, Entry entry, Shell shell, const CodeScope& scope) {
  if (!expect_code(front, entry, "a shell script or a list of arguments")) return std::nullopt;
  if (const std::size_t at = comment_behind(front.tree, entry.value);
      at != std::string_view::npos) {
    report_comment(front, at, false);
    return std::nullopt;
  }
  const std::string_view text = front.tree.text(entry.value);
  RunSpec spec;
  if (text.find("${{") == text.npos) {
    const ScalarPlaces places(front.tree, entry.value);
    spec.script.pieces.push_back({std::string(text), places.place(0), false});
    return spec;
  }
  const ScalarPlaces places(front.tree, entry.value);
  const SplitText split = split_template(text);
  add_mistakes(front, places, split.mistakes);
  if (!split.mistakes.empty()) return std::nullopt;
  const ShellScript script = quote_script(split, shell);
  add_mistakes(front, places, script.mistakes);
  add_mistakes(front, places, script.warnings, Severity::warning);
  NameReader names(front, places, scope);
  for (const ShellPiece& piece : script.pieces) {
    spec.script.pieces.push_back({piece.text, places.place(piece.offset), piece.is_raw});
    if (piece.is_raw) names.read(piece.text, piece.offset);
  }
  for (const ShellBinding& value : script.values) {
    spec.values.push_back(
        {value.variable, {value.expression, places.place(value.offset)}, value.as_file});
    names.read(value.expression, value.offset);
  }
  if (!script.mistakes.empty()) return std::nullopt;
  return spec;
}

}  // namespace pawl::dsl

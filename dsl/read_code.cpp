#include "dsl/read_code.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dsl/foreign_words.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/read_values.hpp"
#include "dsl/shell_quote.hpp"

namespace pawl::dsl {

namespace {

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

void report_foreign(Front& front, NodeId value) {
  const std::vector<TextMistake> found = foreign_words(front.tree.text(value));
  if (!found.empty())
    add_mistakes(front, ScalarPlaces(front.tree, value), found, Severity::warning);
}

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
  report_foreign(front, value);
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
  for (const TextPiece& piece : split.pieces) {
    if (piece.is_code) read_names(front, places, scope, piece.text, piece.offset);
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
  read_names(front, places, scope, code, offset);
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
  CodeScope inside = scope;
  inside.statements = true;
  read_names(front, places, inside, text, 0);
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
  report_foreign(front, entry.value);
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
  for (const ShellPiece& piece : script.pieces) {
    spec.script.pieces.push_back({piece.text, places.place(piece.offset), piece.is_raw});
    if (piece.is_raw) read_names(front, places, scope, piece.text, piece.offset);
  }
  for (const ShellBinding& value : script.values) {
    spec.values.push_back(
        {value.variable, {value.expression, places.place(value.offset)}, value.as_file});
    read_names(front, places, scope, value.expression, value.offset);
  }
  if (!script.mistakes.empty()) return std::nullopt;
  return spec;
}

}  // namespace pawl::dsl

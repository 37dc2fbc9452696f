#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// Reads Lua text as a stream of tokens, to know where an expression ends and what it uses.
/// Offsets are bytes in the given text; whoever knows the file turns them into places.
namespace pawl::dsl {

/// A mistake found in a piece of text.
struct TextMistake {
  std::size_t offset = 0, length = 1;
  std::string rule, message, fix;
};

/// Literal text and expressions of a scalar, in order. `$${{` is a literal `${{`; it begins a piece
/// of its own, so literal pieces may follow each other.
struct TextPiece {
  std::string text;        ///< Expressions without `${{`, `}}` and the blanks around.
  std::size_t offset = 0;  ///< Of `text` in the scalar.
  bool is_code = false;
};
struct SplitText {
  std::vector<TextPiece> pieces;
  std::vector<TextMistake> mistakes;  ///< `${{` without end, an empty expression, Lua syntax.
  /// One expression and nothing else: pieces is that expression, without the blanks around it.
  bool whole = false;
};
/// Linear in the text; gives up after 20 broken expressions.
SplitText split_template(std::string_view scalar);

/// A string that stands in a piece of Lua.
struct Word {
  std::string name;
  std::size_t offset = 0, length = 0;  ///< With its quotes.
};
/// One field behind a name: `.files`, `["files"]` or, of steps only, `[3]`.
struct UseField {
  std::string name;
  std::size_t offset = 0, length = 0;
  bool is_position = false;  ///< `name` are digits.
};
/// What a Lua expression or block uses by name.
struct Use {
  std::string name;                    ///< "extract" for steps.extract and steps["extract"].
  std::size_t offset = 0, length = 0;  ///< Of the name itself; with the quotes of ["extract"].
  /// The field chain behind it, as far as it is constant: {"output", "files"}.
  std::vector<UseField> fields;
  std::optional<Word> compared{};  ///< Behind it stands `== "word"` or `~= "word"`.
  bool is_condition = false;  ///< Asked whether it is true: by `and`, `or`, `not`, `if`, `while`.
};
struct LuaUses {
  std::vector<Use> steps, inputs, env;
  /// An alias of `steps` or steps[x]: allowed only where the step lists its needs.
  std::optional<Use> dynamic_steps;
  /// Of `require "lib.clean"`, where the name is constant.
  std::vector<Word> modules;
  /// Any other use of `require`: an alias, a computed name.
  std::optional<Use> dynamic_require;
  /// Other global names that are read: `output`, `error`, `raw`, `file`, …
  std::vector<Use> globals;
};
LuaUses scan_uses(std::string_view lua);

/// Whether a block surely ends after a few steps of the interpreter: it has no loop, defines no
/// function, and calls nothing but functions of the pure library that are quick on any value.
/// Linear in the text.
bool is_brief(std::string_view lua);

/// Lua syntax and the slips of people who know other languages (`!=`, `&&`, `||`, `!x`, `null`
/// comparisons are fine, `+=`), each answered with the Lua spelling. `expression`: one expression,
/// else a block.
std::vector<TextMistake> check_lua(std::string_view lua, bool expression);

}  // namespace pawl::dsl

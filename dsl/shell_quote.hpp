#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/lua_scan.hpp"
#include "dsl/plan.hpp"

/// Interpolation in a `run` string by quoting context (DSL.md, "In a `run` string"): a value
/// reaches the shell through an environment variable made for it and is never spliced into the
/// text.
namespace pawl::dsl {

struct ShellPiece {
  std::string text;  ///< Shell text, or the expression inside raw( … ) when `is_raw`.
  std::size_t offset = 0;
  bool is_raw = false;
};
struct ShellBinding {
  std::string variable;    ///< "PAWL_V1", …
  std::string expression;  ///< Lua, without file( … ) around it when `as_file`.
  std::size_t offset = 0;
  bool as_file = false;
};
struct ShellScript {
  std::vector<ShellPiece> pieces;
  std::vector<ShellBinding> values;
  std::vector<TextMistake> mistakes;
  std::vector<TextMistake> warnings;  ///< `raw(e)`, a missing `--` before a value.
};

/// `split` is split_template(script). Never fails: mistakes are in the result.
ShellScript quote_script(const SplitText& split, Shell shell);

}  // namespace pawl::dsl

// Any text, read as Lua. Properties: tokens stand in order inside the text; places of mistakes lie
// in the text; what Lua's own parser accepts is never called a slip; an expression that Lua accepts
// is found whole between `${{` and `}}`.
#include <cstdint>

#include "base/check.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/lua_slips.hpp"
#include "dsl/lua_token.hpp"
#include "scripting/syntax.hpp"

using namespace pawl;
using namespace pawl::dsl;

namespace {

void check_places(std::string_view text) {
  std::size_t at = 0;
  for (const LuaToken& token : lua_tokens(text)) {
    check(token.offset >= at && !token.text.empty(), "tokens stand in order");
    at = token.end();
    check(at <= text.size(), "a token lies in the text");
  }
  for (const bool expression : {true, false})
    for (const TextMistake& mistake : check_lua(text, expression))
      check(mistake.offset <= text.size() && !mistake.message.empty(), "a mistake has a place");
  const SplitText split = split_template(text);
  for (const TextPiece& piece : split.pieces)
    check(text.substr(piece.offset, piece.text.size()) == piece.text, "a piece is in the text");
}

void check_agreement(std::string_view text) {
  if (!scripting::check_block(text))
    check(find_slips(lua_tokens(text)).empty(), "right Lua is never blamed");
  if (scripting::check_expression(text)) return;
  check(find_slips(lua_tokens(text)).empty(), "a right expression is never blamed");
  // A comment would hide the end.
  if (text.find("--") != std::string_view::npos) return;
  const SplitText split = split_template("${{ " + std::string(text) + " }}");
  check(split.whole && split.pieces.size() == 1, "the end of an expression is found");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  check_places(text);
  check_agreement(text);
  const LuaUses uses = scan_uses(text);
  for (const auto* list : {&uses.steps, &uses.inputs, &uses.env, &uses.globals})
    for (const Use& use : *list)
      check(use.offset + use.length <= text.size(), "a use lies in the text");
  return 0;
}

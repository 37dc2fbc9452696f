#include "dsl/shell_quote.hpp"

#include <utility>

#include "base/text.hpp"
#include "dsl/lua_token.hpp"
#include "dsl/shell_follow.hpp"

namespace pawl::dsl {
namespace {

enum class Wrapper : std::uint8_t { none, raw, file, misplaced };

/// `raw( … )` and `file( … )` around a whole expression.
struct Unwrapped {
  Wrapper wrapper = Wrapper::none;
  std::string_view inner;
  std::size_t offset = 0;  ///< Of `inner` in the expression.
  Use misplaced;
};

/// The one argument of a call that is all of `tokens`; false when it is anything else.
bool is_one_call(const std::vector<LuaToken>& tokens) {
  if (tokens.size() < 4 || !tokens[1].is("(")) return false;
  int depth = 0;
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    const LuaToken& t = tokens[i];
    if (t.is("(") || t.is("{") || t.is("[")) ++depth;
    if (t.is(")") || t.is("}") || t.is("]")) --depth;
    if (t.is("function")) return false;  // Its parameters and statements have commas too.
    if (depth == 1 && t.is(",")) return false;
    if (depth == 0) return i + 1 == tokens.size();
  }
  return false;
}

Unwrapped unwrap(std::string_view code) {
  const std::vector<LuaToken> tokens = lua_tokens(code);
  const bool named = !tokens.empty() && (tokens[0].text == "raw" || tokens[0].text == "file");
  if (named && is_one_call(tokens)) {
    const std::size_t begin = tokens[2].offset, end = tokens[tokens.size() - 2].end();
    return {tokens[0].text == "raw" ? Wrapper::raw : Wrapper::file,
            code.substr(begin, end - begin),
            begin,
            {}};
  }
  for (const Use& use : scan_uses(code).globals)
    if (use.name == "raw" || use.name == "file") return {Wrapper::misplaced, code, 0, use};
  return {Wrapper::none, code, 0, {}};
}

/// The shell text that gives exactly the bytes of `variable` in that place.
std::string reference(const std::string& variable, Quoting quoting) {
  switch (quoting) {
    case Quoting::bare:
      return "\"$" + variable + "\"";
    case Quoting::in_single:
      return "'\"$" + variable + "\"'";
    case Quoting::in_double:
    case Quoting::in_here_document:
      break;
  }
  return "${" + variable + "}";
}

/// The script as units, and what each value in it stands for.
class Quoter {
 public:
  explicit Quoter(const SplitText& split) : split_(split) {}

  ShellScript run() {
    for (const TextPiece& piece : split_.pieces) read(piece);
    const std::vector<Spot> spots = ShellFollower(units_, out_.values.size()).run();
    std::size_t value = 0;
    for (const TextPiece& piece : split_.pieces) {
      if (!piece.is_code) {
        add_text(piece.text, piece.offset);
      } else if (const Unwrapped code = unwrap(piece.text); code.wrapper == Wrapper::raw) {
        out_.pieces.push_back({std::string(code.inner), piece.offset + code.offset, true});
      } else {
        settle(piece, spots[value], out_.values[value], code.wrapper == Wrapper::misplaced);
        ++value;
      }
    }
    return std::move(out_);
  }

 private:
  void read(const TextPiece& piece) {
    if (!piece.is_code) {
      for (const char c : piece.text) units_.push_back(static_cast<unsigned char>(c));
      return;
    }
    const Unwrapped code = unwrap(piece.text);
    if (code.wrapper == Wrapper::raw) {
      units_.push_back(raw_unit);
      out_.warnings.push_back({piece.offset, piece.text.size(), "raw-value",
                               "raw( … ) splices text into the script, which can run anything",
                               "leave raw( … ) out unless the text is code that you trust"});
      return;
    }
    if (code.wrapper == Wrapper::misplaced)
      out_.mistakes.push_back({piece.offset + code.misplaced.offset, code.misplaced.length,
                               "shell-wrapper",
                               code.misplaced.name + "( … ) must be the whole expression and take "
                                                     "one value",
                               "write ${{ " + code.misplaced.name + "( … ) }}"});
    const std::size_t number = out_.values.size();
    units_.push_back(value_unit + static_cast<ShellUnit>(number));
    out_.values.push_back({"PAWL_V" + std::to_string(number + 1), std::string(code.inner),
                           piece.offset + code.offset, code.wrapper == Wrapper::file});
  }

  void settle(const TextPiece& piece, const Spot& spot, const ShellBinding& binding,
              bool is_misplaced) {
    if (!spot.accepted()) {
      out_.mistakes.push_back(
          {piece.offset, piece.text.size(), "shell-context", spot.refusal, spot.fix});
    } else if (!spot.dashes_for.empty() && !binding.as_file && !is_misplaced) {
      const bool knows_dashes = spot.dashes_for != "find";
      out_.warnings.push_back(
          {piece.offset, piece.text.size(), "option-like",
           quoted(spot.dashes_for) + " takes a value that begins with '-' for an option",
           knows_dashes ? "write '--' before the first value" : "write './' before the value"});
    }
    add_text(reference(binding.variable, spot.quoting), piece.offset);
  }

  void add_text(const std::string& text, std::size_t offset) {
    if (!out_.pieces.empty() && !out_.pieces.back().is_raw) {
      out_.pieces.back().text += text;
    } else {
      out_.pieces.push_back({text, offset, false});
    }
  }

  const SplitText& split_;
  std::vector<ShellUnit> units_;
  ShellScript out_;
};

}  // namespace

ShellScript quote_script(const SplitText& split, Shell) { return Quoter(split).run(); }

}  // namespace pawl::dsl

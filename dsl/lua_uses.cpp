#include <algorithm>
#include <utility>

#include "dsl/lua_scan.hpp"
#include "dsl/lua_token.hpp"

namespace pawl::dsl {
namespace {

/// Follows the grammar of Lua just far enough to know the scope of each name. Reads blocks and
/// expressions alike (a statement may be any expression) and never fails: what does not parse is
/// passed over, because check_lua() reports it.
class UseFinder {
 public:
  explicit UseFinder(std::string_view lua) : tokens_(lua_tokens(lua)) {}

  LuaUses run() {
    while (at_ < tokens_.size()) {
      block();
      if (at_ < tokens_.size()) ++at_;  // A closing word too many.
    }
    return std::move(uses_);
  }

 private:
  // Lua itself refuses what nests deeper than 200 levels.
  static constexpr int depth_max = 220;

  /// Ends the scope of the locals declared since, and counts the levels of recursion.
  class Scope {
   public:
    explicit Scope(UseFinder& finder) : finder_(finder), locals_(finder.locals_.size()) {
      if (++finder.depth_ > depth_max) finder.at_ = finder.tokens_.size();
    }
    ~Scope() {
      finder_.locals_.resize(locals_);
      --finder_.depth_;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    UseFinder& finder_;
    std::size_t locals_;
  };

  const LuaToken& peek(std::size_t ahead = 0) const {
    static const LuaToken none;
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : none;
  }
  bool take(std::string_view spelling) {
    if (!peek().is(spelling)) return false;
    ++at_;
    return true;
  }
  bool at_block_end() const {
    const LuaToken& t = peek();
    return t.kind == LuaKind::end || t.is("end") || t.is("else") || t.is("elseif") || t.is("until");
  }

  void block() {
    const Scope scope(*this);
    statements();
  }

  void statements() {
    while (!at_block_end()) {
      const std::size_t before = at_;
      statement();
      if (at_ == before) ++at_;
    }
  }

  void statement() {
    if (take("local")) return local_statement();
    if (peek().is("function") && peek(1).kind == LuaKind::name) return function_statement();
    if (take("for")) return for_statement();
    if (take("repeat")) {
      const Scope scope(*this);  // The condition sees the locals of the block.
      statements();
      if (take("until")) expression();
      return;
    }
    if (take("if") || take("elseif") || take("while")) {
      expression();
      if (take("then") || take("do")) block_to_end();
      return;
    }
    if (take("do")) return block_to_end();
    if (take("goto")) return pass_name();
    if (take("::")) {
      pass_name();
      take("::");
      return;
    }
    if (take("return") || take("break") || take(";")) return;
    assignment_or_expressions();
  }

  /// The blocks of `if … elseif … else … end`, or one block and its `end`.
  void block_to_end() {
    block();
    while (peek().is("elseif") || peek().is("else")) {
      const bool has_condition = peek().is("elseif");
      ++at_;
      if (has_condition) {
        expression();
        take("then");
      }
      block();
    }
    take("end");
  }

  void local_statement() {
    if (take("function")) {
      declare();  // Visible in its own body.
      return function_body();
    }
    std::vector<std::string_view> names;
    do {
      if (peek().kind != LuaKind::name) break;
      names.push_back(tokens_[at_++].text);
      if (take("<")) {
        pass_name();
        take(">");
      }
    } while (take(","));
    if (take("=")) expression_list();  // Does not see the names yet.
    locals_.insert(locals_.end(), names.begin(), names.end());
  }

  void function_statement() {
    ++at_;
    name_use();
    while (take(".") || take(":")) pass_name();
    function_body();
  }

  void for_statement() {
    const Scope scope(*this);
    std::vector<std::string_view> names;
    do {
      if (peek().kind == LuaKind::name) names.push_back(tokens_[at_++].text);
    } while (take(","));
    if (take("=") || take("in")) expression_list();
    locals_.insert(locals_.end(), names.begin(), names.end());
    if (take("do")) block_to_end();
  }

  /// Parameters, block, `end`.
  void function_body() {
    const Scope scope(*this);
    if (take("(")) {
      while (peek().kind == LuaKind::name || peek().is("...") || peek().is(",")) {
        if (peek().kind == LuaKind::name) locals_.push_back(peek().text);
        ++at_;
      }
      take(")");
    }
    block_to_end();
  }

  void assignment_or_expressions() {
    // A plain global that is only assigned to is not read.
    std::vector<std::size_t> plain;
    do {
      const std::size_t globals = uses_.globals.size();
      const bool is_plain = peek().kind == LuaKind::name && (peek(1).is("=") || peek(1).is(","));
      expression();
      if (is_plain && uses_.globals.size() > globals) plain.push_back(globals);
    } while (take(","));
    if (!take("=")) return;
    for (auto target = plain.rbegin(); target != plain.rend(); ++target)
      uses_.globals.erase(uses_.globals.begin() + static_cast<std::ptrdiff_t>(*target));
    expression_list();
  }

  void expression_list() {
    do expression();
    while (take(","));
  }

  static bool is_unary(const LuaToken& t) {
    return t.is("not") || t.is("-") || t.is("#") || t.is("~");
  }
  static bool is_binary(const LuaToken& t) {
    if (t.is("and") || t.is("or")) return true;
    constexpr std::string_view others[] = {"(", ")", "{", "}", "[", "]",  ";",
                                           ":", ",", ".", "=", "#", "::", "..."};
    return t.kind == LuaKind::op &&
           std::find(std::begin(others), std::end(others), t.text) == std::end(others);
  }

  /// Operators only separate operands here: precedence changes no name's meaning.
  void expression() {
    const Scope scope(*this);
    for (;;) {
      while (is_unary(peek())) ++at_;
      operand();
      if (!is_binary(peek())) return;
      ++at_;
    }
  }

  void operand() {
    const LuaToken& t = peek();
    if (t.kind == LuaKind::name) {
      name_use();
      return suffixes();
    }
    if (take("(")) {
      expression();
      take(")");
      return suffixes();
    }
    if (t.is("{")) return table();
    if (take("function")) return function_body();
    const bool constant = t.kind == LuaKind::string || t.kind == LuaKind::number || t.is("nil") ||
                          t.is("true") || t.is("false") || t.is("...");
    if (constant) ++at_;
  }

  /// Calls, indexes, methods behind a value.
  void suffixes() {
    for (;;) {
      if (take(".") || take(":")) {
        pass_name();
      } else if (take("[")) {
        expression();
        take("]");
      } else if (take("(")) {
        if (!peek().is(")")) expression_list();
        take(")");
      } else if (peek().is("{")) {
        table();
      } else if (peek().kind == LuaKind::string) {
        ++at_;
      } else {
        return;
      }
    }
  }

  void table() {
    const Scope scope(*this);
    take("{");
    while (!peek().is("}") && peek().kind != LuaKind::end) {
      const std::size_t before = at_;
      if (peek().kind == LuaKind::name && peek(1).is("=")) {
        at_ += 2;
      } else if (take("[")) {
        expression();
        take("]");
        take("=");
      }
      expression();
      if (!take(",")) take(";");
      if (at_ == before) return;
    }
    take("}");
  }

  void pass_name() {
    if (peek().kind == LuaKind::name) ++at_;
  }
  void declare() {
    if (peek().kind == LuaKind::name) locals_.push_back(tokens_[at_++].text);
  }

  /// The constant field that follows (".name", "['name']") into `use`; false when none does.
  bool take_field(auto& use) {
    const bool dotted = peek().is(".") && peek(1).kind == LuaKind::name;
    const bool indexed = peek().is("[") && peek(1).kind == LuaKind::string && peek(2).is("]");
    if (!dotted && !indexed) return false;
    const LuaToken& field = peek(1);
    use.name = dotted ? std::string(field.text) : lua_string_value(field);
    use.offset = field.offset;
    use.length = field.text.size();
    at_ += dotted ? 2 : 3;
    return true;
  }

  /// "[3]"
  bool take_position(UseField& field) {
    if (!peek().is("[") || peek(1).kind != LuaKind::number || !peek(2).is("]")) return false;
    const LuaToken& digits = peek(1);
    if (digits.text.find_first_not_of("0123456789") != digits.text.npos) return false;
    field = {std::string(digits.text), digits.offset, digits.text.size(), true};
    at_ += 3;
    return true;
  }

  /// Is what stands from token `first` on, and has just been read, asked whether it is true?
  bool is_asked(std::size_t first) const {
    static const LuaToken none;
    const LuaToken& before = first > 0 ? tokens_[first - 1] : none;
    const LuaToken& next = peek();
    if (before.is("not")) return true;
    if (before.is("if") || before.is("elseif") || before.is("while")) {
      if (next.is("then") || next.is("do")) return true;
    }
    if (!next.is("and") && !next.is("or")) return false;
    // Behind another operator it is an operand of that.
    return before.kind != LuaKind::op || before.is("(") || before.is("{") || before.is("=") ||
           before.is(",");
  }

  /// `require "lib.clean"` and `require("lib.clean")`; what stands behind is read as suffixes.
  void require_use(const Use& use) {
    const bool has_parens = peek().is("(");
    const LuaToken& text = peek(has_parens ? 1 : 0);
    const bool is_constant = text.kind == LuaKind::string && (!has_parens || peek(2).is(")"));
    if (is_constant) {
      uses_.modules.push_back(Word{lua_string_value(text), text.offset, text.text.size()});
    } else if (!uses_.dynamic_require) {
      uses_.dynamic_require = use;
    }
  }

  void name_use() {
    const std::size_t first = at_;
    const LuaToken name = tokens_[at_++];
    if (std::find(locals_.begin(), locals_.end(), name.text) != locals_.end()) return;
    Use use;
    use.name = name.text;
    use.offset = name.offset;
    use.length = name.text.size();
    if (name.text == "require") return require_use(use);
    std::vector<Use>* list = name.text == "steps"    ? &uses_.steps
                             : name.text == "inputs" ? &uses_.inputs
                             : name.text == "env"    ? &uses_.env
                                                     : nullptr;
    // _G and _ENV reach every global by computed names.
    if (name.text == "_G" || name.text == "_ENV" || (list == &uses_.steps && !take_field(use))) {
      if (!uses_.dynamic_steps) uses_.dynamic_steps = use;
      if (list == nullptr) uses_.globals.push_back(use);
      return;
    }
    if (list == &uses_.inputs || list == &uses_.env)
      if (!take_field(use)) list = nullptr;
    const bool is_step = list == &uses_.steps;
    UseField field;
    while (take_field(field) || (is_step && !use.fields.empty() && take_position(field))) {
      use.fields.push_back(std::move(field));
      field = {};
    }
    if ((peek().is("==") || peek().is("~=")) && peek(1).kind == LuaKind::string) {
      use.compared = Word{lua_string_value(peek(1)), peek(1).offset, peek(1).text.size()};
    }
    use.is_condition = is_asked(first);
    (list == nullptr ? uses_.globals : *list).push_back(std::move(use));
  }

  std::vector<LuaToken> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string_view> locals_;
  LuaUses uses_;
};

}  // namespace

LuaUses scan_uses(std::string_view lua) { return UseFinder(lua).run(); }

}  // namespace pawl::dsl

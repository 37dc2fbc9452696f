#include "dsl/format_printer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "dsl/format_lexer.hpp"
#include "dsl/format_lines.hpp"

namespace pawl::dsl {

namespace {

constexpr std::ptrdiff_t step = 2;

/// A map or list of lines: where its entries stood, and where they stand now.
struct Block {
  std::ptrdiff_t source = -1;
  std::ptrdiff_t column = -step;
  bool is_list = false;

  /// Of what stands inside it on a line of its own.
  std::ptrdiff_t inner() const { return column + step; }
};

/// An open '[' or '{'.
struct Bracket {
  std::ptrdiff_t closer, content;
};

std::string_view without_blanks_in_front(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r"), text.size()));
}

/// A line of a text in quotes or without, without the blanks at its end; of blanks behind '\' the
/// first is text.
std::string_view without_blanks_at_end(std::string_view text, bool has_escapes) {
  const std::size_t size = text.find_last_not_of(" \t\r") + 1;
  if (!has_escapes || size == text.size()) return text.substr(0, size);
  std::size_t backslashes = 0;
  while (backslashes < size && text[size - 1 - backslashes] == '\\') ++backslashes;
  return text.substr(0, size + backslashes % 2);
}

class Printer {
 public:
  explicit Printer(const Tree& tree) : tree_(tree), lexer_(tree) {}

  std::optional<std::string> print() {
    while (is_prologue(lexer_.peek())) put(lexer_.take(), 0);
    value(Tree::root(), Block{});
    while (lexer_.peek().kind == TokenKind::document) put(lexer_.take(), 0);
    const Token finish = lexer_.take();
    comments(finish, 0);
    is_lost_ = is_lost_ || lexer_.is_lost() || finish.kind != TokenKind::finish;
    if (is_lost_) return std::nullopt;
    std::string text = lines_.str();
    if (ends_in_text_) text.pop_back();
    return text;
  }

 private:
  static bool is_prologue(const Token& token) {
    return token.kind == TokenKind::directive || token.kind == TokenKind::document;
  }

  /// The properties of the value, then the value. Nothing is taken when nothing is written.
  void value(NodeId id, const Block& in) {
    const Node& node = tree_.written(id);
    const bool is_container = node.kind == NodeKind::list || node.kind == NodeKind::map;
    const bool is_flow = is_container && is_flow_at(node.begin);
    const bool is_leaf = !is_container && node.kind != NodeKind::alias;
    const bool is_absent = is_leaf && !lexer_.is_written(id);
    while (lexer_.peek().kind == TokenKind::property) {
      if (is_container && !is_flow && !lexer_.properties_end_line()) break;
      const Token& property = lexer_.peek();
      if (is_absent && property.lines > 0 && column_of(property) <= in.source) break;
      put(lexer_.take(), in.inner());
    }
    if (is_absent) {
      closed_.push_back({in.source + 1, in.inner()});
    } else if (is_flow) {
      flow(in);
    } else if (is_container) {
      node.kind == NodeKind::map ? map(id, in) : list(id, in);
    } else {
      leaf(in);
    }
  }

  bool is_flow_at(std::size_t begin) const {
    const std::string_view source = tree_.source().text();
    return begin < source.size() && (source[begin] == '[' || source[begin] == '{');
  }

  static std::ptrdiff_t column_of(const Token& token) {
    return static_cast<std::ptrdiff_t>(token.column);
  }

  /// The map or list whose first token comes next.
  Block open_block(const Block& in, bool is_list) {
    const Token& token = lexer_.peek();
    Block block{column_of(token), in.inner(), is_list};
    if (token.lines == 0) block.column = static_cast<std::ptrdiff_t>(lines_.width()) + 1;
    return block;
  }

  void map(NodeId id, const Block& in) {
    const Block block = open_block(in, false);
    for (NodeId key{id.value + 1}; !is_lost_ && key < tree_.next(id);) {
      const NodeId value_id = tree_.next(key);
      if (lexer_.peek().kind == TokenKind::question) {
        put(lexer_.take(), block.column);
        value(key, block);
      } else {
        while (lexer_.peek().kind == TokenKind::property) put(lexer_.take(), block.column);
        scalar(lexer_.take(), block.column, block.inner());
      }
      is_lost_ = is_lost_ || lexer_.peek().kind != TokenKind::colon;
      put(lexer_.take(), block.column);
      value(value_id, block);
      key = tree_.next(value_id);
    }
    closed_.push_back(block);
  }

  void list(NodeId id, const Block& in) {
    const Block block = open_block(in, true);
    for (NodeId item{id.value + 1}; !is_lost_ && item < tree_.next(id); item = tree_.next(item)) {
      is_lost_ = lexer_.peek().kind != TokenKind::dash;
      put(lexer_.take(), block.column);
      value(item, block);
    }
    closed_.push_back(block);
  }

  void leaf(const Block& in) {
    const Token token = lexer_.take();
    if (token.kind == TokenKind::block) {
      block_text(token, in);
    } else {
      scalar(token, in.inner(), in.inner());
    }
  }

  /// A scalar in a line or several, or an alias.
  void scalar(const Token& token, std::ptrdiff_t column, std::ptrdiff_t further_lines) {
    if (token.kind != TokenKind::alias && token.kind != TokenKind::scalar) is_lost_ = true;
    const bool has_escapes = token.text.starts_with('"');
    std::size_t end = token.text.find('\n');
    const auto is_last = [&] { return end == token.text.npos; };
    const auto line = [&](std::size_t from) {
      const std::string_view text = token.text.substr(from, end - from);
      return is_last() ? text : without_blanks_at_end(text, has_escapes);
    };
    put(token, column, line(0));
    while (!is_last()) {
      const std::size_t from = end + 1;
      end = token.text.find('\n', from);
      lines_.begin(static_cast<std::size_t>(further_lines), without_blanks_in_front(line(from)));
    }
  }

  void block_text(const Token& header, const Block& in) {
    put(header, in.inner());
    const BlockText block = lexer_.take_block(header, in.source);
    if (block.comment) lines_.trail(*block.comment);
    std::size_t indent = block.indent;
    if (in.source >= 0) {
      const std::ptrdiff_t column = block.indicator > 0
                                        ? in.column + static_cast<std::ptrdiff_t>(block.indicator)
                                        : in.inner();
      indent = static_cast<std::size_t>(column);
    }
    for (const std::string_view line : block.lines) lines_.begin(indent, line);
    // Without a line end behind it, such a text ends in none: one more would be part of it.
    const std::string_view text = tree_.text(header.node);
    ends_in_text_ = !block.strips && !text.empty() && text.back() != '\n';
  }

  void flow(const Block& in) {
    std::vector<Bracket> open;
    // Where the code of this line begins, behind '-' and '?'.
    std::ptrdiff_t line = in.is_list ? in.inner() : std::max<std::ptrdiff_t>(in.column, 0);
    line = std::max(line, static_cast<std::ptrdiff_t>(lines_.indent()));
    do {
      const Token token = lexer_.take();
      const std::ptrdiff_t content = open.empty() ? in.inner() : open.back().content;
      const bool closes = token.kind == TokenKind::close && !open.empty();
      const std::ptrdiff_t column = closes ? open.back().closer : content;
      if (token.lines > 0) line = column;
      switch (token.kind) {
        case TokenKind::open:
          put(token, column);
          open.push_back({line, lexer_.brackets_end_line()
                                    ? line + step
                                    : static_cast<std::ptrdiff_t>(lines_.width())});
          break;
        case TokenKind::close:
          put(token, column, token.text, content);
          open.pop_back();
          break;
        case TokenKind::scalar:
          scalar(token, column, column + step);
          break;
        case TokenKind::finish:
        case TokenKind::block:
          is_lost_ = true;
          break;
        default:
          put(token, column);
      }
    } while (!open.empty() && !is_lost_);
  }

  void put(const Token& token, std::ptrdiff_t column) { put(token, column, token.text); }
  void put(const Token& token, std::ptrdiff_t column, std::string_view text) {
    put(token, column, text, column);
  }
  /// The comments in front of the token, and of it what is given.
  void put(const Token& token, std::ptrdiff_t column, std::string_view text,
           std::ptrdiff_t comment_column) {
    comments(token, comment_column);
    if (token.lines > 0) {
      if (token.lines > 1) lines_.separate();
      lines_.begin(static_cast<std::size_t>(column), text);
    } else {
      lines_.append(gap_before(token));
      lines_.append(text);
    }
    last_ = token.kind;
    closed_.clear();
    ends_in_text_ = false;
  }

  /// Between two tokens on a line.
  std::string_view gap_before(const Token& token) const {
    const bool is_name = last_ == TokenKind::property || last_ == TokenKind::alias;
    if (last_ == TokenKind::open) return "";
    switch (token.kind) {
      case TokenKind::close:
      case TokenKind::comma:
        return last_ == TokenKind::property && token.is_spaced ? " " : "";
      case TokenKind::colon:
        return is_name ? " " : "";
      default:
        return " ";
    }
  }

  /// `column` is that of the token.
  void comments(const Token& token, std::ptrdiff_t column) {
    for (const Comment& comment : token.comments) {
      ends_in_text_ = false;
      if (comment.lines == 0) {
        lines_.trail(comment);
        continue;
      }
      if (comment.lines > 1) lines_.separate();
      lines_.begin(static_cast<std::size_t>(column_of(comment, token, column)), comment.text);
    }
  }

  /// A comment belongs to the innermost block that ends here and began no further to the right, or
  /// to what follows.
  std::ptrdiff_t column_of(const Comment& comment, const Token& next, std::ptrdiff_t column) const {
    const auto stood = static_cast<std::ptrdiff_t>(comment.column);
    if (stood == column_of(next)) return column;
    for (const Block& block : closed_) {
      if (block.source <= stood && block.column > column) return block.column;
    }
    return column;
  }

  const Tree& tree_;
  Lexer lexer_;
  Lines lines_;
  std::vector<Block> closed_;  ///< Since the last token, innermost first.
  TokenKind last_ = TokenKind::finish;
  bool ends_in_text_ = false;
  bool is_lost_ = false;
};

}  // namespace

std::optional<std::string> print_tree(const Tree& tree) { return Printer(tree).print(); }

}  // namespace pawl::dsl

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dsl/yaml_tree.hpp"

/// A YAML file as its tokens and comments. The tree says where each scalar stands, so whatever
/// stands elsewhere is punctuation, white space or a comment, and no rule of YAML about where a
/// text ends is needed twice.
namespace pawl::dsl {

enum class TokenKind : std::uint8_t {
  directive,  ///< "%YAML 1.2"
  document,   ///< "---" or "..."
  dash,
  question,
  colon,
  comma,
  open,
  close,
  property,  ///< An anchor or a tag.
  alias,
  scalar,
  block,   ///< The header of a text with | or >; its lines are taken by take_block.
  finish,  ///< The end of the file, or what cannot be a token.
};

struct Comment {
  std::string_view text;  ///< With '#', without blanks at its end.
  std::size_t lines = 0;  ///< Line ends between what stands in front and this.
  std::size_t column = 0;
  std::size_t gap = 0;  ///< Blanks in front, when it stands behind something.
};

struct Token {
  TokenKind kind = TokenKind::finish;
  std::string_view text;
  std::size_t lines = 0;          ///< Line ends between what stands in front and this.
  std::size_t column = 0;         ///< From 0, in bytes.
  bool is_spaced = false;         ///< White space stands in front.
  NodeId node;                    ///< Of a scalar.
  std::vector<Comment> comments;  ///< Between the token in front and this.
};

/// The lines of a text with | or >.
struct BlockText {
  std::optional<Comment> comment;  ///< Behind the header.
  std::vector<std::string_view> lines;
  std::size_t indent = 0;     ///< Blanks that were removed in front of each.
  std::size_t indicator = 0;  ///< Written indentation; 0: none.
  bool strips = false;        ///< "|-"
};

class Lexer {
 public:
  explicit Lexer(const Tree& tree);

  const Token& peek();
  Token take();
  /// Behind take() of a `block`; `parent` is the column of the map or list around it, -1: none.
  BlockText take_block(const Token& header, std::ptrdiff_t parent);
  /// Is `id` a scalar that something stands for in the file?
  bool is_written(NodeId id) const;
  /// Do only properties stand from the next token to the end of its line?
  bool properties_end_line();
  /// Do only opening brackets stand from here to the end of the line?
  bool brackets_end_line() const;
  /// Did something stand where no token can?
  bool is_lost() const { return is_lost_; }

 private:
  struct Start {
    std::size_t begin;
    NodeId node;
  };

  void lex();
  void skip_to_token();
  void take_comment(std::size_t lines, std::size_t gap);
  TokenKind kind_here() const;
  std::size_t end_of(TokenKind kind) const;
  std::size_t scalar_end(NodeId id) const;
  std::size_t line_end(std::size_t at) const;
  bool is_blank_or_end(std::size_t at) const;
  bool is_code_end(std::size_t at) const;
  bool is_marker(std::size_t at) const;

  const Tree& tree_;
  std::string_view source_;
  std::vector<Start> starts_;  ///< Of scalars, in the order of the file.
  std::size_t next_start_ = 0;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::optional<Token> next_;
  bool is_lost_ = false;
};

}  // namespace pawl::dsl

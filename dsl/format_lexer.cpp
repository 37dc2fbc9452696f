#include "dsl/format_lexer.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "dsl/yaml_checks.hpp"

namespace pawl::dsl {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view without_blanks_at_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace

Lexer::Lexer(const Tree& tree) : tree_(tree), source_(tree.source().text()) {
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const Node& node = tree.written({i});
    const bool is_leaf = node.kind == NodeKind::scalar || node.kind == NodeKind::null;
    const bool is_empty = node.style == ScalarStyle::plain && node.size == 0;
    if (!is_leaf || is_empty || node.begin >= source_.size()) continue;
    // A tag without a value is marked where the next value stands.
    if (!starts_.empty() && starts_.back().begin == node.begin) starts_.pop_back();
    starts_.push_back({node.begin, {i}});
  }
}

bool Lexer::is_written(NodeId id) const {
  const Node& node = tree_.written(id);
  const auto found = std::ranges::lower_bound(starts_, node.begin, {}, &Start::begin);
  return found != starts_.end() && found->node == id;
}

const Token& Lexer::peek() {
  if (!next_) lex();
  return *next_;
}

Token Lexer::take() {
  peek();
  Token token = std::move(*next_);
  next_.reset();
  return token;
}

std::size_t Lexer::line_end(std::size_t at) const {
  return std::min(source_.find('\n', at), source_.size());
}

bool Lexer::is_blank_or_end(std::size_t at) const {
  return at >= source_.size() || source_[at] == '\n' || blanks.find(source_[at]) != blanks.npos;
}

bool Lexer::is_marker(std::size_t at) const {
  const std::string_view word = source_.substr(at, 3);
  return (word == "---" || word == "...") && is_blank_or_end(at + 3);
}

void Lexer::lex() {
  next_.emplace();
  skip_to_token();
  const std::size_t begin = at_;
  next_->column = begin - line_start_;
  next_->kind = kind_here();
  if (next_->kind == TokenKind::finish) {
    is_lost_ = is_lost_ || begin < source_.size();
    at_ = source_.size();
    return;
  }
  if (next_->kind == TokenKind::scalar || next_->kind == TokenKind::block) {
    next_->node = starts_[next_start_++].node;
  }
  const std::size_t end = std::min(std::max(end_of(next_->kind), begin + 1), source_.size());
  next_->text = source_.substr(begin, end - begin);
  if (const std::size_t last = next_->text.rfind('\n'); last != next_->text.npos) {
    line_start_ = begin + last + 1;
  }
  at_ = end;
}

void Lexer::skip_to_token() {
  // The first token stands on a line of its own.
  std::size_t lines = at_ == 0 ? 1 : 0;
  std::size_t behind = at_;
  while (at_ < source_.size()) {
    const char c = source_[at_];
    if (c == '\n') {
      ++lines;
      line_start_ = at_ + 1;
    } else if (c == '#') {
      take_comment(lines, lines > 0 ? 0 : at_ - behind);
      lines = 0;
      behind = at_;
      continue;
    } else if (blanks.find(c) == blanks.npos) {
      break;
    }
    ++at_;
  }
  next_->lines = lines;
  next_->is_spaced = at_ > behind;
}

void Lexer::take_comment(std::size_t lines, std::size_t gap) {
  const std::size_t end = line_end(at_);
  next_->comments.push_back({without_blanks_at_end(source_.substr(at_, end - at_)), lines,
                             count_code_points(source_.substr(line_start_, at_ - line_start_)),
                             gap});
  at_ = end;
}

TokenKind Lexer::kind_here() const {
  if (at_ >= source_.size()) return TokenKind::finish;
  if (next_start_ < starts_.size()) {
    const Start& start = starts_[next_start_];
    if (start.begin < at_) return TokenKind::finish;
    if (start.begin == at_) {
      const ScalarStyle style = tree_.written(start.node).style;
      const bool is_block = style == ScalarStyle::literal || style == ScalarStyle::folded;
      return is_block ? TokenKind::block : TokenKind::scalar;
    }
  }
  const bool begins_line = at_ == line_start_;
  if (begins_line && is_marker(at_)) return TokenKind::document;
  switch (source_[at_]) {
    case '%':
      return begins_line ? TokenKind::directive : TokenKind::finish;
    case '-':
      return is_blank_or_end(at_ + 1) ? TokenKind::dash : TokenKind::finish;
    case '?':
      return TokenKind::question;
    case ':':
      return TokenKind::colon;
    case ',':
      return TokenKind::comma;
    case '[':
    case '{':
      return TokenKind::open;
    case ']':
    case '}':
      return TokenKind::close;
    case '&':
    case '!':
      return TokenKind::property;
    case '*':
      return TokenKind::alias;
    default:
      return TokenKind::finish;
  }
}

std::size_t Lexer::end_of(TokenKind kind) const {
  switch (kind) {
    case TokenKind::directive:
      return at_ + without_blanks_at_end(source_.substr(at_, line_end(at_) - at_)).size();
    case TokenKind::document:
      return at_ + 3;
    case TokenKind::property:
      if (source_.substr(at_, 2) == "!<") return source_.find('>', at_) + 1;
      [[fallthrough]];
    case TokenKind::alias:
      return source_.find_first_of(" \t\r\n,[]{}", at_);
    case TokenKind::scalar:
      return scalar_end(next_->node);
    case TokenKind::block:
      return source_.find_first_not_of("|>+-0123456789", at_);
    default:
      return at_ + 1;
  }
}

std::size_t Lexer::scalar_end(NodeId id) const {
  const Node& node = tree_.written(id);
  if (node.style == ScalarStyle::plain) return ScalarPlaces(tree_, id).end();
  return closing_quote(source_, node.begin) + 1;
}

bool Lexer::properties_end_line() {
  peek();
  std::size_t at = static_cast<std::size_t>(next_->text.data() - source_.data());
  while (at < source_.size() && (source_[at] == '&' || source_[at] == '!')) {
    at = std::min(source_.find_first_of(" \t\r\n", at), source_.size());
    at = std::min(source_.find_first_not_of(blanks, at), source_.size());
  }
  return is_code_end(at);
}

bool Lexer::brackets_end_line() const {
  return is_code_end(std::min(source_.find_first_not_of(" \t\r[{", at_), source_.size()));
}

bool Lexer::is_code_end(std::size_t at) const {
  return at >= source_.size() || source_[at] == '\n' || source_[at] == '#';
}

BlockText Lexer::take_block(const Token& header, std::ptrdiff_t parent) {
  BlockText block;
  const std::size_t digit = header.text.find_first_of("123456789");
  if (digit != header.text.npos) {
    block.indicator = static_cast<std::size_t>(header.text[digit] - '0');
    block.indent = static_cast<std::size_t>(std::max<std::ptrdiff_t>(parent, 0)) + block.indicator;
  }
  block.strips = header.text.find('-') != header.text.npos;
  const bool keeps = header.text.find('+') != header.text.npos;

  const std::size_t header_end = line_end(at_);
  const std::size_t behind = std::min(source_.find_first_not_of(blanks, at_), header_end);
  if (behind < header_end) {
    const std::string_view text = source_.substr(behind, header_end - behind);
    block.comment =
        Comment{without_blanks_at_end(text), 0,
                count_code_points(source_.substr(line_start_, behind - line_start_)), behind - at_};
    is_lost_ = is_lost_ || text.front() != '#';
  }

  at_ = header_end;
  bool has_indent = block.indicator > 0;
  std::vector<std::string_view> empty;  // Lines that count only when another one follows.
  std::size_t end = at_;
  for (std::size_t line = at_ + 1; line < source_.size(); line = line_end(line) + 1) {
    const std::string_view text = source_.substr(line, line_end(line) - line);
    const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
    if (indent == text.size()) {
      empty.push_back(text.substr(has_indent ? std::min(block.indent, indent) : indent));
      const bool has_blanks = !empty.back().empty();
      if (!has_blanks && line_end(line) == source_.size()) break;  // No line ends here.
      if (!keeps && !has_blanks) continue;
    } else {
      if (!has_indent && static_cast<std::ptrdiff_t>(indent) > parent) {
        has_indent = true;
        block.indent = indent;
      }
      if (!has_indent || indent < block.indent || (indent == 0 && is_marker(line))) break;
      empty.push_back(text.substr(block.indent));
    }
    block.lines.insert(block.lines.end(), empty.begin(), empty.end());
    empty.clear();
    end = line_end(line);
    line_start_ = line;
  }
  at_ = end;
  return block;
}

}  // namespace pawl::dsl

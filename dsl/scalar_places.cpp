#include <algorithm>

#include "dsl/yaml_tree.hpp"

/// Scalars are aligned with their source by walking both at once: yaml-cpp tells where a scalar
/// begins and what its text is, not which character came from where.
namespace pawl::dsl {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class Aligner {
 public:
  Aligner(std::string_view source, std::string_view text, std::size_t begin, ScalarStyle style)
      : source_(source), text_(text), at_(begin), style_(style) {
    offsets_.reserve(text.size() + 1);
  }

  std::vector<std::uint32_t> align() {
    if (style_ == ScalarStyle::literal || style_ == ScalarStyle::folded) {
      align_block();
    } else {
      if (style_ != ScalarStyle::plain) ++at_;
      align_flow();
    }
    while (offsets_.size() <= text_.size()) put();
    return std::move(offsets_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  bool done() const { return offsets_.size() >= text_.size() || at_ >= source_.size(); }
  char wanted() const { return text_[offsets_.size()]; }
  void put() { offsets_.push_back(static_cast<std::uint32_t>(std::min(at_, source_.size()))); }

  /// Length of a run of blanks and line ends with at least one line end in it; 0: there is none.
  std::size_t fold_length() {
    if (at_ < unbroken_until_) return 0;
    std::size_t length = 0;
    bool broken = false;
    for (; at_ + length < source_.size(); ++length) {
      const char c = source_[at_ + length];
      if (c == '\n') {
        broken = true;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        break;
      }
    }
    if (broken) return length;
    unbroken_until_ = at_ + length;
    return 0;
  }

  void align_flow() {
    while (!done()) {
      if (const std::size_t length = fold_length(); length > 0) {
        const std::size_t start = offsets_.size();
        if (wanted() == ' ') {
          put();
        } else {
          while (!done() && wanted() == '\n') put();
        }
        at_ += length;
        if (offsets_.size() == start && at_ >= source_.size()) return;
      } else if (style_ == ScalarStyle::double_quoted && peek() == '\\') {
        align_escape();
      } else {
        put();
        const bool doubled =
            style_ == ScalarStyle::single_quoted && peek() == '\'' && peek(1) == '\'';
        at_ += doubled ? 2 : 1;
      }
    }
  }

  void align_escape() {
    const char kind = peek(1);
    if (kind == '\n' || kind == '\r') {  // a line end that counts for nothing
      ++at_;
      while (peek() == '\r' || peek() == '\n' || is_blank(peek())) ++at_;
      return;
    }
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    do {
      put();
    } while (!done() && (static_cast<unsigned char>(wanted()) & 0xC0) == 0x80);
    at_ += 2 + digits;
  }

  void align_block() {
    const std::size_t header_end = source_.find('\n', at_);
    if (header_end == source_.npos) return;
    const std::size_t indent = block_indent(header_end);
    at_ = header_end + 1;
    while (!done()) align_block_line(indent);
  }

  /// The indentation of the block's content: that of its first line with anything on it.
  std::size_t block_indent(std::size_t header_end) const {
    std::size_t line = header_end + 1;
    std::size_t deepest = 0;
    while (line < source_.size()) {
      std::size_t blanks = 0;
      while (line + blanks < source_.size() && source_[line + blanks] == ' ') ++blanks;
      const char c = line + blanks < source_.size() ? source_[line + blanks] : '\n';
      if (c != '\n' && c != '\r') {
        // With an indentation indicator the text itself begins with blanks.
        const std::size_t own = text_.find_first_not_of('\n');
        std::size_t leading = 0;
        while (own != text_.npos && own + leading < text_.size() && text_[own + leading] == ' ') {
          ++leading;
        }
        return blanks - std::min(blanks, leading);
      }
      deepest = std::max(deepest, blanks);
      line = source_.find('\n', line);
      if (line == source_.npos) break;
      ++line;
    }
    return deepest;
  }

  void align_block_line(std::size_t indent) {
    for (std::size_t skipped = 0; skipped < indent && peek() == ' '; ++skipped) ++at_;
    while (!done() && peek() != '\n' && !(peek() == '\r' && peek(1) == '\n')) {
      put();
      ++at_;
    }
    if (done()) return;
    if (wanted() == '\n' || (style_ == ScalarStyle::folded && wanted() == ' ')) put();
    if (peek() == '\r') ++at_;
    ++at_;
  }

  std::string_view source_, text_;
  std::size_t at_;
  std::size_t unbroken_until_ = 0;  ///< No line ends between `at_` and here: keeps runs linear.
  ScalarStyle style_;
  std::vector<std::uint32_t> offsets_;
};

}  // namespace

ScalarPlaces::ScalarPlaces(const Tree& tree, NodeId scalar) : tree_(tree) {
  const Node& node = tree[scalar];
  const std::string_view text = tree.text(scalar);
  size_ = text.size();
  if (node.verbatim || node.kind != NodeKind::scalar) {
    start_ = node.verbatim ? node.text : node.begin;
    return;
  }
  offsets_ = Aligner(tree.source().text(), text, node.begin, node.style).align();
}

std::size_t ScalarPlaces::source_offset(std::size_t text_offset) const {
  text_offset = std::min(text_offset, size_);
  return offsets_.empty() ? start_ + text_offset : offsets_[text_offset];
}

Place ScalarPlaces::place(std::size_t text_offset) const {
  return tree_.source().place(source_offset(text_offset));
}

Span ScalarPlaces::span(std::size_t text_offset, std::size_t length) const {
  return tree_.source().span(source_offset(text_offset), source_offset(text_offset + length));
}

}  // namespace pawl::dsl

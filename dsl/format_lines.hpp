#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/format_lexer.hpp"

namespace pawl::dsl {

/// What is printed, line by line. Comments behind the code of neighbouring lines stay in one column
/// when they stood in one.
class Lines {
 public:
  void begin(std::size_t indent, std::string_view text);
  /// To the last line.
  void append(std::string_view text);
  /// Behind the last line.
  void trail(const Comment& comment);
  /// An empty line, unless there is one or nothing at all.
  void separate();
  /// Blanks in front of the last line that was begun.
  std::size_t indent() const { return indent_; }

  /// Bytes of the last line.
  std::size_t width() const { return lines_.back().code.size(); }

  std::string str() const;

 private:
  struct Line {
    std::string code;
    std::string_view comment;  ///< Behind the code.
    std::size_t column = 0;    ///< Where the comment stood.
    std::size_t gap = 0;
  };

  std::vector<Line> lines_;
  std::size_t indent_ = 0;
};

}  // namespace pawl::dsl

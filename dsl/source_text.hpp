#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dsl/diagnostic.hpp"
#include "dsl/plan.hpp"

namespace pawl::dsl {

/// The text of a file (borrowed), and where its lines begin: turns byte offsets into places.
/// A look-up costs a search among lines and the count of at most one stride of bytes, also in a
/// file that is one long line.
class SourceText {
 public:
  /// `text` is valid UTF-8 and outlives this.
  explicit SourceText(std::string_view text);

  std::string_view text() const { return text_; }
  Place place(std::size_t offset) const;
  /// Offset of a place; the end of its line when the line is shorter.
  std::size_t offset(Place place) const;
  /// The line without its end; empty when there is none.
  std::string_view line(std::int32_t number) const;
  /// From `offset` to `end`, or to the end of the line where `end` lies on a later one; at least
  /// one column.
  Span span(std::size_t offset, std::size_t end) const;

 private:
  std::size_t line_of(std::size_t offset) const;
  /// Code points before `offset` in the whole text.
  std::size_t code_points_before(std::size_t offset) const;

  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
  std::vector<std::uint32_t> code_points_;  ///< Before each multiple of the stride.
};

/// The text of line `number` (from 1) without its end; empty when there is no such line.
std::string_view line_text(std::string_view text, std::int32_t number);

}  // namespace pawl::dsl

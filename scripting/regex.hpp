#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// Regular expressions in linear time: all alternatives advance together over the text (Thompson,
/// Pike), so there is no backtracking to run away. Perl's syntax without back references and
/// look-around; matches like Perl's (leftmost, first alternative). Works on code points.
namespace pawl::scripting {

class Regex {
 public:
  static constexpr std::size_t instructions_max = 10'000;
  static constexpr int groups_max = 30;

  /// The Problem says what is wrong and at which byte of the pattern.
  static Result<Regex> compile(std::string_view pattern);

  /// Offsets of the whole match and of the groups, begin and end alternating; npos: no part of the
  /// match.
  using Match = std::vector<std::size_t>;

  /// The leftmost match that begins at `from` or later. `charge` is told the work done, often.
  std::optional<Match> search(std::string_view text, std::size_t from,
                              const std::function<void(std::size_t)>& charge) const;

  int groups() const { return groups_; }

 private:
  friend class RegexParser;
  friend class RegexRun;
  enum class Op : std::uint8_t { set, any, split, jump, save, assertion, match };
  struct Instruction {
    Op op = Op::match;
    std::uint8_t kind = 0;  ///< Of an assertion: one of ^ $ b B A z.
    int x = 0, y = 0;       ///< Relative jumps (x preferred), the slot, or the set.
  };
  struct Range {
    char32_t first, last;
  };
  struct Set {
    std::vector<Range> ranges;
    bool negated = false;
    bool contains(char32_t c) const;
  };

  std::vector<Instruction> program_;
  std::vector<Set> sets_;
  int groups_ = 0;
};

}  // namespace pawl::scripting

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the parts that follow a shell script say to each other.
namespace pawl::dsl {

/// One byte of the script (0 to 255), or an interpolation that stands for unknown text.
using ShellUnit = std::int32_t;
inline constexpr ShellUnit raw_unit = -1;     ///< raw( … ): spliced, so nothing is known of it.
inline constexpr ShellUnit value_unit = 256;  ///< Plus the number of the value.

enum class Quoting : std::uint8_t { bare, in_double, in_single, in_here_document };

/// Why a value cannot stand where it stands, and what to write there.
struct Refusal {
  std::string_view message, fix;
};

/// Where one value stands. A value that nobody has placed is refused: that is the safe side.
struct Spot {
  Quoting quoting = Quoting::bare;
  std::string refusal = "the place of this value in the script is not clear";
  std::string fix = "name it in `env:` and write \"$NAME\" here";
  std::string dashes_for;  ///< The command that could take the value for an option.

  bool accepted() const { return refusal.empty(); }
  void accept(Quoting where) {
    quoting = where;
    refusal.clear();
  }
  void refuse(const Refusal& why) {
    if (!accepted()) return;  // The first reason is the nearest one.
    refusal = why.message;
    fix = why.fix;
  }
};

/// A word of a command after the removal of quotes.
struct ShellWord {
  std::string text;                 ///< Its literal characters; values and expansions leave none.
  std::size_t known = 0;            ///< How many of them stand before the first value or expansion.
  std::size_t plain = 0;            ///< How many of them stand before that and before any quote.
  bool exact = true;                ///< No value, no expansion: `text` is the word.
  bool quoted = false;              ///< Some quote is in it, so it never vanishes.
  bool is_array = false;            ///< `NAME=( … )`
  bool value_first = false;         ///< It begins with a value.
  std::vector<std::size_t> values;  ///< Numbers of the values in it.

  std::string_view prefix() const { return std::string_view(text).substr(0, known); }
  bool is(std::string_view word) const { return exact && text == word; }
  /// Reserved words are so only without quotes.
  bool is_plain(std::string_view word) const { return is(word) && !quoted; }
  void add(char c);
  void add_quote();
  void add_unknown();
  void add_value(std::size_t number);
};

/// Length of `NAME=`, `NAME+=` or `NAME[…]=` at the unquoted beginning of `word`, else 0.
std::size_t assignment_length(const ShellWord& word);

}  // namespace pawl::dsl

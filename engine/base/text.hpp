#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pawl {

/// Byte offset of the first byte that is not part of well-formed UTF-8 (RFC 3629: no surrogates,
/// no overlong forms), or npos when all of it is.
std::size_t find_invalid_utf8(std::string_view bytes);

/// `bytes` with each ill-formed sequence replaced by U+FFFD.
std::string to_valid_utf8(std::string_view bytes);

/// Number of code points; `text` must be valid UTF-8.
std::size_t count_code_points(std::string_view text);

/// Optimal string alignment distance (insert, delete, replace, swap of neighbours), in bytes.
/// Source: the restricted Damerau-Levenshtein recurrence.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word of `known` nearest to `word` when it is near enough to be a slip (distance 1, or at
/// most a third of the length); empty when none is.
std::string_view closest(std::string_view word, std::span<const std::string_view> known);

/// At most `most` words of `known` that `word` may be a slip of, the nearest first; among equals in
/// the order of `known`.
std::vector<std::string_view> nearest(std::string_view word,
                                      std::span<const std::string_view> known, std::size_t most);

/// "'a'" with inner quotes kept readable: for messages.
std::string quoted(std::string_view text);

/// Quotes `word` for any POSIX shell; words that need no quotes stay as they are.
std::string shell_quoted(std::string_view word);

}  // namespace pawl

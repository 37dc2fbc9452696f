#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "dsl/front.hpp"

/// Values of keys. Each function reports what does not fit and then gives nothing.
namespace pawl::dsl {

/// Reports that `value` of `key` has the wrong type; `wanted` reads "a text", "true or false", …
void report_type(Front& front, Entry entry, std::string_view wanted, std::string fix = "");

/// The source text of a scalar, whatever YAML takes it for.
std::optional<std::string> read_text(Front& front, Entry entry);
std::optional<bool> read_boolean(Front& front, Entry entry);
std::optional<std::int64_t> read_integer(Front& front, Entry entry, std::int64_t least,
                                         std::int64_t most);
/// `max_parallel`.
std::optional<std::int32_t> read_parallel(Front& front, Entry entry);
std::optional<double> read_number(Front& front, Entry entry, double least);
std::optional<Millis> read_duration(Front& front, Entry entry);

/// Position of the text in `words`; another text is reported with the nearest of them, else with
/// `otherwise` as the fix.
std::optional<std::size_t> read_choice(Front& front, Entry entry,
                                       std::span<const std::string_view> words,
                                       std::string_view otherwise = "");

template <class Enum>
struct Spelled {
  std::string_view word;
  Enum value;
};
template <class Enum, std::size_t Size>
std::optional<Enum> read_choice(Front& front, Entry entry,
                                const std::array<Spelled<Enum>, Size>& table,
                                std::string_view otherwise = "") {
  std::array<std::string_view, Size> words;
  for (std::size_t i = 0; i < Size; ++i) words[i] = table[i].word;
  const auto found = read_choice(front, entry, std::span<const std::string_view>(words), otherwise);
  if (!found) return std::nullopt;
  return table[*found].value;
}

/// Is `value` a map? Reports when it is not.
bool expect_map(Front& front, Entry entry, std::string_view fix);

/// The nearest text that is an id: "build-image" → "build_image", "end" → "end_"; empty: none is.
std::string id_from(std::string_view text);

/// Checks the id of a step, an input, an output or a variable; `what` reads "a step", "an input".
bool check_id(Front& front, NodeId at, std::string_view what);

/// "a, b or c".
std::string list_of(std::span<const std::string_view> words, std::string_view last = "or");

}  // namespace pawl::dsl

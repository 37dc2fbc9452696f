#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace pawl {

/// A regular expression, the common part of ECMAScript's: literals, `.`, classes,
/// `\d \w \s \D \W \S`, groups, `|`, `^ $`, `* + ? {m,n}`; no look-around and no back references.
/// Time is linear in the text, whatever the pattern: all its states advance together (Thompson's
/// construction), so none can run away. Works on code points; texts are valid UTF-8.
class Pattern {
 public:
  /// The Problem says what is wrong, or not part of it.
  static Result<Pattern> compile(std::string_view pattern);

  /// Does the whole of `text` match?
  bool matches(std::string_view text) const;
  /// Does some part of `text` match? Counts `work` down, by some of its states for each character;
  /// at 0 it gives up with false.
  bool occurs_in(std::string_view text, std::int64_t& work) const;

 private:
  struct Compiled;

  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace pawl

#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.hpp"

namespace pawl {

/// Why a leaf function has no value. Whoever holds the text that was read adds the place.
struct Problem {
  std::string message;  ///< What is wrong, in the user's words; no full stop.
  std::string fix;      ///< What to write instead; empty when we cannot know.

  bool operator==(const Problem&) const = default;
};

/// A value, or the `Problem` that explains why there is none.
/// Has the member names of std::expected, so that it can become an alias under C++23.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Problem problem) : state_(std::in_place_index<1>, std::move(problem)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  const T& value() const& {
    check(has_value(), "value() of a Result that holds a Problem");
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    check(has_value(), "value() of a Result that holds a Problem");
    return std::move(*std::get_if<0>(&state_));
  }
  const Problem& error() const {
    check(!has_value(), "error() of a Result that holds a value");
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Problem> state_;
};

}  // namespace pawl

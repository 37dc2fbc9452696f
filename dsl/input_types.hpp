#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dsl/plan.hpp"

/// What the types of inputs are: how their values are written, and in which order they are.
namespace pawl::dsl {

/// "a whole number of 64 bits", "a date like 2026-11-20"
std::string_view wanted_by(InputType type);
/// Its values are texts: a string, a date, a duration, the path of a file.
bool is_text_type(InputType type);
/// Is `text` a value of a type of texts?
bool fits_text(InputType type, std::string_view text);
/// `minimum` and `maximum` compare this: days, seconds, milliseconds. Nothing for types without an
/// order, and for what is no value of the type.
std::optional<double> rank_of(InputType type, std::string_view text);
/// The value with this rank, as people write it.
std::string text_of_rank(InputType type, double rank);

}  // namespace pawl::dsl

#pragma once

#include <memory>
#include <string>

#include "dsl/front.hpp"

/// `foreach`: an expression, a list, or a map with `items` and how they are run.
namespace pawl::dsl {

/// Reads it for the step `reader`. Null when nothing of it can be used.
std::shared_ptr<Foreach> read_foreach(Front& front, Entry entry, StepId reader);

/// `matrix`: the product of lists.
std::shared_ptr<Foreach> read_matrix(Front& front, Entry entry, StepId reader);

/// Whether `code` reads the item: `item`, `index`, or the name that `as` gives it.
bool reads_item(const Foreach& each, std::string_view code);

/// Does a step stand inside of a `foreach` or a `loop` that gives `name` a meaning?
bool is_item_name(const Plan& plan, StepId reader, std::string_view name);

}  // namespace pawl::dsl

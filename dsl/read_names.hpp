#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dsl/front.hpp"

/// The names that a piece of code uses: known ones are collected for the linker, others reported
/// with what could have been meant.
namespace pawl::dsl {

/// Where code stands, and what it may name there.
struct CodeScope {
  StepId reader = no_step;
  ReadMeaning steps = ReadMeaning::need;
  std::string_view place;         ///< "root 'env'", where steps are forbidden.
  bool block = false;             ///< The script of a step: names are looked up when it runs.
  bool statements = false;        ///< A block of Lua: it may use variables that it has made.
  bool output = false;            ///< `output` is known.
  bool error = false;             ///< `error` is known.
  bool lists_items = false;       ///< The items of a `foreach`, which are not known in it yet.
  bool ends_round = false;        ///< `done` of a `loop`: it sees `index`.
  bool is_key = false;            ///< `key` of a `foreach`: it sees the item.
  std::string_view item_name;     ///< What `as` calls it there.
  std::size_t inputs = SIZE_MAX;  ///< How many inputs are known: defaults see the earlier ones.
};

/// Does every expression know a meaning of `name`?
bool is_global_name(std::string_view name);

/// Reads `code`, which stands at `offset` in the scalar of `places`.
void read_names(Front& front, const ScalarPlaces& places, const CodeScope& scope,
                std::string_view code, std::size_t offset);

}  // namespace pawl::dsl

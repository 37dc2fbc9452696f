#pragma once

#include <lua.hpp>

namespace pawl::scripting {

/// Sorts the list at `table` in place, stably, by the function at `less` or, where that is nil, by
/// `<`. An inconsistent `less` gives some order, never an endless loop or a lost item.
void sort_table(lua_State* lua, int table, int less);

}  // namespace pawl::scripting

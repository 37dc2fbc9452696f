#include "scripting/guest.hpp"

#include <cstdlib>
#include <ctime>

#include "base/units.hpp"

namespace pawl::scripting {
namespace {

/// A hook slows the interpreter the same whatever its count, so it comes often: single instructions
/// may take milliseconds (comparing two texts of 30 MB).
constexpr int hook_instructions = 500;
constexpr std::int64_t ticks_per_look = 20'000;
constexpr std::int64_t look_interval_ns = 1'000'000;
/// More than any machine does in a microsecond under the hook: the clock is to strike first.
constexpr std::int64_t ticks_per_cpu_us = 500;

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

void on_count(lua_State* lua, lua_Debug*);

[[noreturn]] void raise_cpu(lua_State* lua) {
  Guest& guest = guest_of(lua);
  if (guest.ending != Ending::memory) guest.ending = Ending::cpu;
  lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);  // whatever runs next, a __close say, ends too
  lua_pushliteral(lua, "the script's CPU time is used up");
  lua_error(lua);
  std::abort();  // lua_error does not return
}

void look_at_clock(lua_State* lua, Budget& budget) {
  budget.ticks_total -= ticks_per_look - budget.ticks_left;
  budget.ticks_left = ticks_per_look;
  budget.looked_at_ns = clock_ns(CLOCK_MONOTONIC);
  const std::int64_t used =
      budget.cpu_used_ns + clock_ns(CLOCK_THREAD_CPUTIME_ID) - budget.cpu_start_ns;
  if (used / 1000 > budget.cpu_max.count() || budget.ticks_total < 0) raise_cpu(lua);
  if (budget.stop != nullptr && budget.stop->load(std::memory_order_relaxed)) raise_cpu(lua);
}

void on_count(lua_State* lua, lua_Debug*) {
  Guest& guest = guest_of(lua);
  if (guest.ending == Ending::cpu || guest.ending == Ending::memory) raise_cpu(lua);
  Budget& budget = guest.budget;
  budget.ticks_left -= hook_instructions;
  if (budget.ticks_left < 0 || clock_ns(CLOCK_MONOTONIC) - budget.looked_at_ns > look_interval_ns) {
    look_at_clock(lua, budget);
  }
}

}  // namespace

void* allocate(void* ud, void* block, std::size_t old_size, std::size_t new_size) {
  Budget& budget = *static_cast<Budget*>(ud);
  if (block == nullptr) old_size = 0;  // Lua passes the kind of object instead
  if (new_size == 0) {
    std::free(block);
    budget.memory_used -= old_size;
    return nullptr;
  }
  if (new_size > old_size && budget.memory_used + (new_size - old_size) > budget.memory_max) {
    return nullptr;
  }
  void* fresh = std::realloc(block, new_size);
  if (fresh != nullptr) budget.memory_used += new_size - old_size;
  return fresh;
}

void start_clock(Guest& guest) {
  Budget& budget = guest.budget;
  if (budget.ticks_total == 0) budget.ticks_total = budget.cpu_max.count() * ticks_per_cpu_us + 1;
  budget.ticks_left = ticks_per_look;
  budget.cpu_start_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  budget.looked_at_ns = clock_ns(CLOCK_MONOTONIC);
}

void stop_clock(Guest& guest) {
  Budget& budget = guest.budget;
  budget.cpu_used_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - budget.cpu_start_ns;
  budget.ticks_total -= ticks_per_look - budget.ticks_left;
}

void watch(lua_State* lua) { lua_sethook(lua, on_count, LUA_MASKCOUNT, hook_instructions); }

void charge(lua_State* lua, std::size_t ticks) {
  Guest& guest = guest_of(lua);
  if (guest.ending == Ending::cpu) raise_cpu(lua);
  guest.budget.ticks_left -= static_cast<std::int64_t>(ticks);
  if (guest.budget.ticks_left < 0) look_at_clock(lua, guest.budget);
}

void raise_memory(lua_State* lua) {
  guest_of(lua).ending = Ending::memory;
  lua_pushliteral(lua, "the memory is used up");  // Lua's own words would skip the traceback
  lua_error(lua);
  std::abort();  // lua_error does not return
}

void check_memory(lua_State* lua, std::size_t bytes) {
  const Budget& budget = guest_of(lua).budget;
  if (bytes > budget.memory_max - budget.memory_used) raise_memory(lua);
}

void push_place(lua_State* lua, int frame) {
  lua_Debug call{};
  for (int level = 1; level < 20 && lua_getstack(lua, level, &call) != 0; ++level) {
    lua_getinfo(lua, "Sl", &call);
    if (call.currentline > 0 && --frame == 0) {
      lua_pushfstring(lua, "%s:%d: ", call.short_src, call.currentline);
      return;
    }
  }
  lua_pushliteral(lua, "");
}

void raise(lua_State* lua, std::string_view message) {
  push_place(lua, 1);
  push(lua, message);
  lua_concat(lua, 2);
  lua_error(lua);
  std::abort();  // lua_error does not return
}

}  // namespace pawl::scripting

#pragma once

#include <cstdint>
#include <exception>
#include <lua.hpp>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scripting/script.hpp"

/// What our C functions know of the script they serve, and the three rules they follow:
/// 1. they are reached through `bound`, which keeps C++ exceptions out of Lua;
/// 2. work that grows with an argument is charged, so that no call runs unbounded;
/// 3. once `ending` is set, nothing catches: `pcall` passes the error on.
namespace pawl::scripting {

/// Why a script has to end, whatever it catches.
enum class Ending : std::uint8_t { none, memory, cpu, decision };

/// The caps of one script and how much of them is used.
struct Budget {
  std::size_t memory_max = 0, memory_used = 0;
  Micros cpu_max{0};
  const std::atomic<bool>* stop = nullptr;  ///< See Caps::stop.
  std::int64_t cpu_used_ns = 0;             ///< Of the runs before this one.
  std::int64_t cpu_start_ns = 0;            ///< Thread CPU time when this run began.
  std::int64_t looked_at_ns = 0;            ///< Monotonic time of the last look at the CPU time.
  std::int64_t ticks_left = 0;   ///< Until the next look: an instruction, or 8 bytes of text.
  std::int64_t ticks_total = 0;  ///< Until the end, should the clock stand still.
};

/// The state of one script that is not Lua's. Lua's extra space points to it.
struct Guest {
  Budget budget;
  const Scope* scope = nullptr;
  Script::Functions functions;
  Host* host = nullptr;
  std::string file;
  int line = 1;
  bool expression = false;
  bool pair = false;
  std::vector<Module> modules;

  Ending ending = Ending::none;
  std::optional<Decision> decision;
  std::optional<Await> await;
  const Result<JsonText>* answer = nullptr;  ///< Of the await that is being resumed.
  std::string value;                         ///< What the script gave, as JSON.
  std::optional<ScriptError> error;          ///< Of an error that nothing caught.
};

inline Guest& guest_of(lua_State* lua) { return **static_cast<Guest**>(lua_getextraspace(lua)); }

/// lua_Alloc with a Budget as its `ud`.
void* allocate(void* ud, void* block, std::size_t old_size, std::size_t new_size);

/// Begins and ends a stretch of interpreter time.
void start_clock(Guest& guest);
void stop_clock(Guest& guest);
/// Installs the count hook.
void watch(lua_State* lua);
/// Accounts for work outside the interpreter; raises when the budget is spent.
void charge(lua_State* lua, std::size_t ticks);
inline void charge_bytes(lua_State* lua, std::size_t bytes) { charge(lua, 1 + bytes / 8); }
/// Ends the script: memory beyond the cap.
[[noreturn]] void raise_memory(lua_State* lua);
/// Raises when text of `bytes` outside of Lua would break the memory cap.
void check_memory(lua_State* lua, std::size_t bytes);

/// Pushes the place of the author's `frame`-th frame above the C function that runs; 1 called it.
void push_place(lua_State* lua, int frame);
/// Raises `message` with the author's place in front.
[[noreturn]] void raise(lua_State* lua, std::string_view message);

inline std::string_view to_view(lua_State* lua, int index) {
  std::size_t length = 0;
  const char* text = lua_tolstring(lua, index, &length);
  return {text, length};
}
inline std::string_view check_view(lua_State* lua, int index) {
  std::size_t length = 0;
  const char* text = luaL_checklstring(lua, index, &length);
  return {text, length};
}
inline void push(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

/// Calls `body` and turns C++ exceptions into Lua errors: Lua's own catch would lose their text,
/// and `catch (...)` here would swallow Lua's errors and yields. The message is raised outside of
/// the catch block, where no exception is alive any more.
template <class Body>
int guarded(lua_State* lua, const Body& body) {
  char message[256] = "";
  bool no_memory = false;
  try {
    return body();
  } catch (const std::bad_alloc&) {
    no_memory = true;
  } catch (const std::exception& exception) {
    std::string_view(exception.what()).copy(message, sizeof message - 1);
  }
  if (no_memory) raise_memory(lua);
  raise(lua, message);
}
template <lua_CFunction Function>
int bound(lua_State* lua) {
  return guarded(lua, [lua] { return Function(lua); });
}
/// The same for what goes on after a yield.
template <lua_KFunction Next>
int bound_next(lua_State* lua, int status, lua_KContext context) {
  return guarded(lua, [=] { return Next(lua, status, context); });
}

struct Function {
  std::string_view name;
  lua_CFunction function;
};

/// Pushes a table of `functions`.
template <std::size_t N>
void push_table(lua_State* lua, const Function (&functions)[N]) {
  lua_createtable(lua, 0, static_cast<int>(N));
  for (const Function& function : functions) {
    push(lua, function.name);
    lua_pushcfunction(lua, function.function);
    lua_rawset(lua, -3);
  }
}

}  // namespace pawl::scripting

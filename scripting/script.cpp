#include "scripting/script.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/handle.hpp"
#include "base/units.hpp"
#include "scripting/globals.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/messages.hpp"

namespace pawl::scripting {
namespace {

using LuaState = Handle<lua_State, lua_close>;

/// Gives lua_load the words before the text, then the text.
struct Source {
  std::string_view before, text;
};

const char* read_source(lua_State*, void* data, std::size_t* size) {
  auto& source = *static_cast<Source*>(data);
  std::string_view& part = source.before.empty() ? source.text : source.before;
  *size = part.size();
  return std::exchange(part, {}).data();
}

int set_up(lua_State* lua) {
  install_globals(lua);
  watch(lua);
  return 0;
}

/// Turns what the chunk returned into JSON, still inside the caps.
int write_result(lua_State* lua, int, lua_KContext) {
  Guest& guest = guest_of(lua);
  if (!guest.pair) {
    write_json(lua, -1, guest.value, "the result");
    return 0;
  }
  std::string first, second;
  write_json(lua, -2, first, "the first result");
  write_json(lua, -1, second, "the second result");
  guest.value = '[' + first + ',' + second + ']';
  return 0;
}

int call_chunk(lua_State* lua) {
  lua_callk(lua, 0, guest_of(lua).pair ? 2 : 1, 0, bound_next<write_result>);
  return write_result(lua, LUA_OK, 0);
}

/// Message handler: notes the message and the frames while they are still there.
int note_error(lua_State* lua) {
  Guest& guest = guest_of(lua);
  if (guest.ending == Ending::decision) return 1;
  ScriptError error;
  if (!guest.expression) error.traceback = traceback_of(lua, lua);
  if (guest.ending == Ending::none) error.message = message_of_error(lua);
  guest.error = std::move(error);
  return 1;
}

int after_chunk(lua_State* lua, int status, lua_KContext) {
  Guest& guest = guest_of(lua);
  if (status == LUA_ERRMEM && guest.ending == Ending::none) guest.ending = Ending::memory;
  if (status != LUA_OK && status != LUA_YIELD && !guest.error) guest.error.emplace();
  return 0;
}

/// Stack: the chunk.
int run_chunk(lua_State* lua) {
  lua_pushcfunction(lua, bound<note_error>);
  lua_insert(lua, 1);
  lua_pushcfunction(lua, bound<call_chunk>);
  lua_insert(lua, 2);
  const int status = lua_pcallk(lua, 1, 0, 1, 0, bound_next<after_chunk>);
  return after_chunk(lua, status, 0);
}

/// Stack: a light userdata to the name; leaves the text in `value`.
int read_global(lua_State* lua) {
  const auto& name = *static_cast<const std::string_view*>(lua_touserdata(lua, 1));
  push_raw_global(lua, name);
  Guest& guest = guest_of(lua);
  if (lua_isnil(lua, -1)) {
    const auto found = guest.scope->values.find(name);
    guest.value = found == guest.scope->values.end() ? "null" : found->second.text;
    return 0;
  }
  write_json(lua, -1, guest.value, name.data());
  return 0;
}

}  // namespace

struct Script::State {
  State(const Caps& caps, const Scope& borrowed, Functions functions, Host* host) {
    guest.budget.memory_max = caps.memory_bytes;
    guest.budget.cpu_max = caps.cpu;
    guest.budget.stop = caps.stop;
    guest.scope = &borrowed;
    guest.functions = std::move(functions);
    guest.host = host;
    check(host != nullptr || guest.functions.calls.empty(), "calls need a host");
  }

  /// Makes the interpreter; false when the memory cap is too small for that.
  bool open() {
    lua.reset(lua_newstate(allocate, &guest.budget));
    if (lua == nullptr) return false;
    *static_cast<Guest**>(lua_getextraspace(lua.get())) = &guest;
    return call(bound<set_up>, nullptr) == LUA_OK;
  }

  /// Runs one of our functions in the main thread, protected; an error's message is left on top.
  int call(lua_CFunction function, void* argument) {
    lua_pushcfunction(lua.get(), function);
    lua_pushlightuserdata(lua.get(), argument);
    return lua_pcall(lua.get(), 1, 0, 0);
  }

  Step start(const Chunk& chunk);
  Step advance();
  Step stopped(int status);
  ScriptError failure();

  Guest guest;
  Scope own_scope;  ///< Where the script outlives its start.
  LuaState lua;     ///< After `guest`: closing uses its allocator.
  lua_State* thread = nullptr;
  bool waiting = false;
};

Step Script::State::start(const Chunk& chunk) {
  check(lua == nullptr, "a script starts once");
  guest.file = chunk.file;
  guest.line = chunk.line;
  guest.expression = chunk.expression;
  guest.pair = chunk.pair;
  guest.modules = chunk.modules;
  start_clock(guest);
  if (!open()) return stopped(LUA_ERRMEM);
  // Only a thread of its own can wait.
  thread = lua.get();
  if (!guest.functions.awaits.empty()) {
    const auto make_thread = [](lua_State* state) {
      auto& made = *static_cast<lua_State**>(lua_touserdata(state, 1));
      made = lua_newthread(state);
      lua_rawsetp(state, LUA_REGISTRYINDEX, &guest_of(state));  // keeps it alive
      return 0;
    };
    if (call(make_thread, &thread) != LUA_OK) return stopped(LUA_ERRMEM);
  }
  lua_pushcfunction(thread, bound<run_chunk>);
  Source source{guest.expression ? "return " : "", chunk.text};
  const int status = lua_load(thread, read_source, &source, chunk_name, "t");
  if (status == LUA_OK) return advance();
  guest.error = ScriptError{ScriptError::Kind::error, with_places(thread, to_view(thread, -1)), ""};
  return stopped(status);
}

Step Script::State::advance() {
  if (thread == lua.get()) return stopped(lua_pcall(thread, 1, 0, 0));
  const int arguments = waiting ? 0 : 1;
  int results = 0;
  waiting = false;
  return stopped(lua_resume(thread, nullptr, arguments, &results));
}

/// What the script's stop means: `status` is Lua's, but an ending comes first.
Step Script::State::stopped(int status) {
  if (status == LUA_ERRMEM && guest.ending == Ending::none) guest.ending = Ending::memory;
  Step step;
  if (guest.ending == Ending::decision) {
    step.decision = std::exchange(guest.decision, std::nullopt);
  } else if (guest.ending != Ending::none || guest.error ||
             (status != LUA_OK && status != LUA_YIELD)) {
    step.error = failure();
  } else if (status == LUA_YIELD) {
    waiting = true;
    step.await = std::exchange(guest.await, std::nullopt);
  } else {
    step.value = JsonText{std::move(guest.value)};
  }
  stop_clock(guest);
  return step;
}

ScriptError Script::State::failure() {
  ScriptError error = std::exchange(guest.error, std::nullopt).value_or(ScriptError{});
  if (guest.ending == Ending::memory) {
    error.kind = ScriptError::Kind::memory;
    error.message = "the script needs more memory than its cap of " +
                    format_size(static_cast<std::int64_t>(guest.budget.memory_max));
  } else if (guest.ending == Ending::cpu) {
    error.kind = ScriptError::Kind::cpu;
    error.message = "the script used more CPU time than its cap of " +
                    format_duration(guest.budget.cpu_max) + "; is there an endless loop?";
  } else if (error.message.empty()) {
    error.message = "the script failed with an error that cannot be shown";
  }
  const std::string& trace = error.traceback;
  const auto is_placed_in = [&](const std::string& file) {
    return error.message.starts_with(file + ":");
  };
  if (!is_placed_in(guest.file) &&
      std::ranges::none_of(guest.modules, is_placed_in, &Module::file)) {
    const bool known = guest.ending != Ending::none && !trace.empty();
    error.message = (known ? trace.substr(0, trace.find(": in "))
                           : guest.file + ":" + std::to_string(guest.line)) +
                    ": " + error.message;
  }
  return error;
}

Script::Script(const Caps& caps, Scope scope, Functions functions, Host* host)
    : state_(std::make_unique<State>(caps, scope, std::move(functions), host)) {
  state_->own_scope = std::move(scope);
  state_->guest.scope = &state_->own_scope;
}
Script::~Script() = default;
Script::Script(Script&&) noexcept = default;
Script& Script::operator=(Script&&) noexcept = default;

Step Script::start(const Chunk& chunk) { return state_->start(chunk); }

Step Script::resume(const Result<JsonText>& answer) {
  check(state_->waiting, "only a waiting script is resumed");
  Guest& guest = state_->guest;
  start_clock(guest);
  guest.answer = &answer;
  return state_->advance();
}

void Script::cancel() {
  if (!state_->waiting) return;
  start_clock(state_->guest);
  state_->waiting = false;
  lua_resetthread(state_->thread);
  stop_clock(state_->guest);
}

Result<JsonText> Script::global(std::string_view name) {
  State& state = *state_;
  check(state.lua != nullptr && !state.waiting, "globals are read from a script that ended");
  start_clock(state.guest);
  state.guest.ending = Ending::none;
  state.guest.value.clear();
  const int status = state.call(bound<read_global>, &name);
  stop_clock(state.guest);
  if (status == LUA_OK) return JsonText{std::move(state.guest.value)};
  return Problem{with_places(state.lua.get(), to_view(state.lua.get(), -1)), ""};
}

Result<JsonText> evaluate(const Chunk& chunk, const Scope& scope, const Caps& caps) {
  Script::State state(caps, scope, {}, nullptr);
  Step step = state.start(chunk);
  if (step.value) return std::move(*step.value);
  return Problem{std::move(step.error->message), ""};
}

}  // namespace pawl::scripting

#include "scripting/host_calls.hpp"

#include "base/text.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"

namespace pawl::scripting {
namespace {

/// The arguments from `first` on as a JSON array.
JsonText arguments(lua_State* lua, int first, const char* what) {
  JsonText json{"["};
  const int count = lua_gettop(lua);
  for (int index = first; index <= count; ++index) {
    if (index > first) json.text += ',';
    write_json(lua, index, json.text, what);
  }
  json.text += ']';
  return json;
}

/// "shell" of the closure that runs; stays alive with it.
std::string_view own_name(lua_State* lua) { return to_view(lua, lua_upvalueindex(1)); }

[[noreturn]] void raise_problem(lua_State* lua, std::string_view what, const Problem& problem) {
  std::string message = std::string(what) + ": " + problem.message;
  if (!problem.fix.empty()) message += "; " + problem.fix;
  raise(lua, message);
}

/// Leaves the script until Script::resume; `next` then goes on. Does not return.
int wait(lua_State* lua, std::string_view what, JsonText argument, lua_KContext context,
         lua_KFunction next) {
  if (lua_isyieldable(lua) == 0) {
    raise(lua, std::string(what) +
                   " cannot wait inside a function that another one calls back (string.gsub, "
                   "table.sort, list.map, a __close and the like); call it before and keep the "
                   "result");
  }
  guest_of(lua).await = Await{std::string(what), std::move(argument)};
  return lua_yieldk(lua, 0, context, next);
}

/// The answer of the await that ended, on the stack.
void push_answer(lua_State* lua, std::string_view what) {
  const Result<JsonText>& answer = *guest_of(lua).answer;
  if (!answer.has_value()) raise_problem(lua, what, answer.error());
  push_json(lua, answer.value().text, Fields::strict, "the answer");
}

int answered(lua_State* lua, int, lua_KContext) {
  push_answer(lua, own_name(lua));
  return 1;
}

int await_function(lua_State* lua) {
  const std::string_view what = own_name(lua);
  return wait(lua, what, arguments(lua, 1, what.data()), 0, bound_next<answered>);
}

/// memo(key, make): stack 1 key, 2 make, then 3 the value made.
int memo_stored(lua_State* lua, int, lua_KContext) {
  push_answer(lua, "memo");
  lua_settop(lua, 3);
  return 1;
}

int memo_made(lua_State* lua, int, lua_KContext) {
  std::string value;
  write_json(lua, 3, value, "the memo");
  // What later attempts read is what was stored, so this one gets the same.
  push_json(lua, value, Fields::strict, "the memo");
  lua_replace(lua, 3);
  JsonText argument{"["};
  write_json_string(to_view(lua, 1), argument.text);
  argument.text += "," + value + "]";
  return wait(lua, "memo_set", std::move(argument), 0, bound_next<memo_stored>);
}

int memo_looked_up(lua_State* lua, int, lua_KContext) {
  push_answer(lua, "memo");
  if (lua_istable(lua, -1) && lua_rawlen(lua, -1) > 0) {
    lua_rawgeti(lua, -1, 1);
    return 1;
  }
  lua_settop(lua, 2);
  lua_pushvalue(lua, 2);
  lua_callk(lua, 0, 1, 0, bound_next<memo_made>);
  return memo_made(lua, LUA_OK, 0);
}

int memo_function(lua_State* lua) {
  const std::string_view key = check_view(lua, 1);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  if (find_invalid_utf8(key) != std::string_view::npos) raise(lua, "memo: the key is not UTF-8");
  lua_settop(lua, 2);
  JsonText argument{"["};
  write_json_string(key, argument.text);
  argument.text += "]";
  return wait(lua, "memo_get", std::move(argument), 0, bound_next<memo_looked_up>);
}

int call_function(lua_State* lua) {
  const std::string_view what = own_name(lua);
  if (what == "log") {
    // A log line is for people: whatever is not JSON is shown by its kind.
    for (int index = lua_gettop(lua); index > 0; --index) {
      const int type = lua_type(lua, index);
      if (type != LUA_TFUNCTION && type != LUA_TTHREAD && type != LUA_TUSERDATA) continue;
      lua_pushstring(lua, lua_typename(lua, type));
      lua_replace(lua, index);
    }
  }
  const JsonText argument = arguments(lua, 1, what.data());
  const Result<JsonText> answer = guest_of(lua).host->call(what, argument);
  if (!answer.has_value()) raise_problem(lua, what, answer.error());
  push_json(lua, answer.value().text, Fields::strict, "the answer");
  return 1;
}

int decision_function(lua_State* lua) {
  const std::string_view what = own_name(lua);
  Decision decision{std::string(what), {""}};
  lua_settop(lua, 1);
  write_json(lua, 1, decision.argument.text, what.data());
  Guest& guest = guest_of(lua);
  if (guest.ending == Ending::none) {
    guest.ending = Ending::decision;
    guest.decision = std::move(decision);
  }
  lua_pushliteral(lua, "the script decided");
  return lua_error(lua);
}

void push_named(lua_State* lua, std::string_view name, lua_CFunction function) {
  push(lua, name);
  lua_pushcclosure(lua, function, 1);
}

bool push_exact(lua_State* lua, std::string_view name) {
  const Script::Functions& functions = guest_of(lua).functions;
  const auto has = [&](const std::vector<std::string>& names) {
    for (const std::string& each : names) {
      if (each == name) return true;
    }
    return false;
  };
  if (has(functions.awaits)) {
    push_named(lua, name, name == "memo" ? bound<memo_function> : bound<await_function>);
  } else if (has(functions.calls)) {
    push_named(lua, name, bound<call_function>);
  } else if (has(functions.decisions)) {
    push_named(lua, name, bound<decision_function>);
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool push_host_function(lua_State* lua, std::string_view name) {
  if (push_exact(lua, name)) return true;
  const Script::Functions& functions = guest_of(lua).functions;
  bool found = false;
  for (const auto* names : {&functions.awaits, &functions.calls, &functions.decisions}) {
    for (const std::string& each : *names) {
      if (each.size() <= name.size() || each[name.size()] != '.' || !each.starts_with(name))
        continue;
      if (!found) lua_newtable(lua);
      found = true;
      push(lua, std::string_view(each).substr(name.size() + 1));
      push_exact(lua, each);
      lua_rawset(lua, -3);
    }
  }
  return found;
}

}  // namespace pawl::scripting

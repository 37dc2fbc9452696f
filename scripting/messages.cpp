#include "scripting/messages.hpp"

#include <charconv>

#include "scripting/fields.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"

namespace pawl::scripting {
namespace {

constexpr char mark = '\x01';

/// Where a line of a chunk stands. `number` is what stands behind the mark: nothing for the script,
/// that of the module else.
std::string place_of(const Guest& guest, std::string_view number, int line) {
  std::size_t module = 0;
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), module);
  if (code != std::errc() || module >= guest.modules.size()) {
    return guest.file + ":" + std::to_string(guest.line + line - 1);
  }
  return guest.modules[module].file + ":" + std::to_string(line);
}

/// "\1:12" or "\1 3:12" (without the blank): the number of the module, the line, and how long all
/// of it is; a length of 0 for another text.
struct Mark {
  std::string_view module;
  int line = 0;
  std::size_t length = 0;
};

Mark read_mark(std::string_view text) {
  if (text.empty() || text.front() != mark) return {};
  std::size_t colon = 1;
  while (colon < text.size() && text[colon] >= '0' && text[colon] <= '9') ++colon;
  if (colon >= text.size() || text[colon] != ':') return {};
  Mark found{text.substr(1, colon - 1), 0, 0};
  const char* begin = text.data() + colon + 1;
  const auto [end, code] = std::from_chars(begin, text.data() + text.size(), found.line);
  if (code == std::errc()) found.length = static_cast<std::size_t>(end - text.data());
  return found;
}

/// Lua's words for null are those for its representation.
void rename_userdata(std::string& message) {
  const std::string_view word = "a userdata value";
  if (const auto at = message.find(word); at != std::string::npos) {
    message.replace(at, word.size(), "a null value");
  }
}

/// "attempt to index a null value (field 'output')": the path says which one.
void name_null(lua_State* lua, std::string& message) {
  const std::string_view before = "attempt to index a null value (field '";
  const auto at = message.find(before);
  if (at == std::string::npos || !message.ends_with("')")) return;
  const std::string name =
      message.substr(at + before.size(), message.size() - at - before.size() - 2);
  const std::string path = path_of_null(lua, name);
  if (!path.empty()) message.replace(at, std::string::npos, path + " is null, it has no fields");
}

/// Words of the lexer.
void rename_end(std::string& message) {
  const std::string_view word = "near <eof>";
  if (message.ends_with(word)) {
    message.replace(message.size() - word.size(), word.size(), "near the end");
  }
}

/// "\1:3: 'end' expected (to close 'if' at line 1) …": the line inside counts from the chunk's
/// first line as well.
void shift_inner_line(std::string& message, int first_line) {
  const std::string_view word = " at line ";
  const auto at = message.rfind(word);
  if (at == std::string::npos) return;
  const char* begin = message.data() + at + word.size();
  const char* end = message.data() + message.size();
  int line = 0;
  const auto [stop, code] = std::from_chars(begin, end, line);
  if (code != std::errc() || stop == end || *stop != ')') return;
  message.replace(at + word.size(), static_cast<std::size_t>(stop - begin),
                  std::to_string(first_line + line - 1));
}

}  // namespace

std::string chunk_name_of(std::size_t module) { return chunk_name + std::to_string(module); }

std::string with_places(lua_State* lua, std::string_view message) {
  const Guest& guest = guest_of(lua);
  std::string text;
  bool placed = false;
  int first_line = 1;
  while (!message.empty()) {
    const Mark found = read_mark(message);
    if (found.length == 0) {
      text += message.front();
      message.remove_prefix(1);
      continue;
    }
    if (!placed && found.module.empty()) first_line = guest.line;
    text += place_of(guest, found.module, found.line);
    message.remove_prefix(found.length);
    placed = true;
  }
  if (placed) {
    rename_userdata(text);
    name_null(lua, text);
    rename_end(text);
    shift_inner_line(text, first_line);
  }
  return text;
}

void place_error(lua_State* lua) {
  if (lua_type(lua, -1) != LUA_TSTRING) return;
  const std::string_view message = to_view(lua, -1);
  if (message.find(mark) == std::string_view::npos) return;
  push(lua, with_places(lua, message));
  lua_remove(lua, -2);
}

std::string message_of_error(lua_State* lua) {
  if (lua_isstring(lua, -1) != 0) return with_places(lua, to_view(lua, -1));
  if (lua_istable(lua, -1)) {
    lua_pushliteral(lua, "message");
    lua_rawget(lua, -2);
    if (lua_type(lua, -1) == LUA_TSTRING) {
      std::string text = with_places(lua, to_view(lua, -1));
      lua_pop(lua, 1);
      return text;
    }
    lua_pop(lua, 1);
    std::string text = "error value ";
    write_json(lua, -1, text, "the error value");
    return text;
  }
  return std::string("error value of type ") + (is_null(lua, -1) ? "null" : luaL_typename(lua, -1));
}

std::string traceback_of(lua_State* lua, lua_State* thread) {
  constexpr int head = 20, tail = 10;
  const Guest& guest = guest_of(lua);
  int depth = 0;
  lua_Debug frame{};
  for (int step = 1 << 20; step > 0; step /= 2) {
    if (lua_getstack(thread, depth + step, &frame) != 0) depth += step;
  }
  std::string text;
  for (int level = 0; level <= depth && lua_getstack(thread, level, &frame) != 0; ++level) {
    if (level == head && depth - level > tail) {
      text += "… " + std::to_string(depth - level - tail) + " more\n";
      level = depth - tail;
      continue;
    }
    lua_getinfo(thread, "Sln", &frame);
    if (frame.currentline < 0) continue;                                       // not the author's
    const std::string_view number = std::string_view(frame.source).substr(2);  // "=\1" before it
    text += place_of(guest, number, frame.currentline) + ": in ";
    if (*frame.what == 'm') {
      text += number.empty() ? "the script\n" : "the module\n";
    } else if (frame.name != nullptr && *frame.namewhat != '\0') {
      text += std::string("function '") + frame.name + "'\n";
    } else {
      const std::string place = place_of(guest, number, frame.linedefined);
      text += "the function of line " + place.substr(place.rfind(':') + 1) + "\n";
    }
  }
  return text;
}

}  // namespace pawl::scripting

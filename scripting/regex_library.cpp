#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "scripting/guest.hpp"
#include "scripting/json.hpp"
#include "scripting/library.hpp"
#include "scripting/regex.hpp"

namespace pawl::scripting {
namespace {

Regex compile(lua_State* lua, int index) {
  const std::string_view pattern = check_view(lua, index);
  charge(lua, 1 + pattern.size() * 4);
  if (pattern.size() > 20'000) raise(lua, "regex: the pattern is longer than 20,000 bytes");
  if (find_invalid_utf8(pattern) != std::string_view::npos) {
    raise(lua, "regex: the pattern is not valid UTF-8");
  }
  Result<Regex> regex = Regex::compile(pattern);
  if (!regex.has_value()) raise(lua, "regex: " + regex.error().message);
  return std::move(regex).value();
}

/// The matches of one regex in one text, charged to the script.
class Matches {
 public:
  Matches(lua_State* lua, const Regex& regex, std::string_view text)
      : lua_(lua), regex_(regex), text_(text) {}

  bool next() {
    if (from_ > text_.size()) return false;
    auto found = regex_.search(text_, from_, [this](std::size_t work) { charge(lua_, work); });
    if (!found) return false;
    match_ = std::move(*found);
    // An empty match goes on behind the next character, or it would be found for ever.
    from_ = match_[1] > match_[0] ? match_[1] : match_[1] + 1;
    while (match_[1] == match_[0] && from_ < text_.size() &&
           (static_cast<unsigned char>(text_[from_]) & 0xC0U) == 0x80) {
      ++from_;
    }
    return true;
  }
  void start_at(std::size_t at) { from_ = at; }
  std::size_t begin() const { return match_[0]; }
  std::size_t end() const { return match_[1]; }

  std::string_view group(int index) const {
    const auto at = 2 * static_cast<std::size_t>(index);
    if (match_[at] == std::string::npos || match_[at + 1] == std::string::npos) return {};
    return text_.substr(match_[at], match_[at + 1] - match_[at]);
  }

  /// The groups, or the whole match where there are none; nil for a group that took no part.
  int push_groups() const {
    luaL_checkstack(lua_, Regex::groups_max + 2, nullptr);
    const int first = regex_.groups() == 0 ? 0 : 1;
    for (int index = first; index <= regex_.groups(); ++index) {
      if (match_[2 * static_cast<std::size_t>(index)] == std::string::npos) {
        lua_pushnil(lua_);
      } else {
        push(lua_, group(index));
      }
    }
    return regex_.groups() - first + 1;
  }

 private:
  lua_State* lua_;
  const Regex& regex_;
  std::string_view text_;
  std::size_t from_ = 0;
  Regex::Match match_;
};

/// find(text, pattern [, first]): first and last byte of the match, or nil.
int find(lua_State* lua) {
  const std::string_view text = check_view(lua, 1);
  const Regex regex = compile(lua, 2);
  Matches matches(lua, regex, text);
  const lua_Integer first = luaL_optinteger(lua, 3, 1);
  if (first < 1) raise(lua, "regex.find: the position must be at least 1");
  matches.start_at(static_cast<std::size_t>(first - 1));
  if (!matches.next()) return 0;
  lua_pushinteger(lua, static_cast<lua_Integer>(matches.begin()) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(matches.end()));
  return 2;
}

int test(lua_State* lua) {
  const std::string_view text = check_view(lua, 1);
  const Regex regex = compile(lua, 2);
  lua_pushboolean(lua, Matches(lua, regex, text).next() ? 1 : 0);
  return 1;
}

/// match(text, pattern): the groups, or the whole match; nil without a match.
int match(lua_State* lua) {
  const std::string_view text = check_view(lua, 1);
  const Regex regex = compile(lua, 2);
  Matches matches(lua, regex, text);
  if (matches.next()) return matches.push_groups();
  lua_pushnil(lua);
  return 1;
}

/// find_all(text, pattern): a list of texts, or of lists where there are several groups.
int find_all(lua_State* lua) {
  const std::string_view text = check_view(lua, 1);
  const Regex regex = compile(lua, 2);
  lua_settop(lua, 2);
  lua_newtable(lua);
  mark_list(lua);
  Matches matches(lua, regex, text);
  for (lua_Integer index = 1; matches.next(); ++index) {
    const int count = matches.push_groups();
    if (count > 1) {
      lua_createtable(lua, count, 0);
      mark_list(lua);
      lua_insert(lua, -count - 1);
      for (int i = count; i >= 1; --i) {
        if (lua_isnil(lua, -1)) {
          lua_pop(lua, 1);
          push_null(lua);
        }
        lua_rawseti(lua, -i - 1, i);
      }
    } else if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      push_null(lua);
    }
    lua_rawseti(lua, 3, index);
  }
  return 1;
}

/// "$1", "$0" and "$$" in the words of replace.
void add_words(lua_State* lua, const Matches& matches, int groups, std::string_view words,
               std::string& out) {
  for (std::size_t at = 0; at < words.size(); ++at) {
    const char next = at + 1 < words.size() ? words[at + 1] : '\0';
    if (words[at] != '$' || (next != '$' && (next < '0' || next > '9'))) {
      out += words[at];
      continue;
    }
    ++at;
    if (next == '$') {
      out += '$';
    } else if (next - '0' > groups) {
      raise(lua, std::string("regex.replace: there is no group $") + next);
    } else {
      const std::string_view part = matches.group(next - '0');
      check_memory(lua, out.size() + part.size());
      out += part;
    }
  }
}

/// replace(text, pattern, by): `by` is a text with $1, or a function of the groups.
int replace(lua_State* lua) {
  const std::string_view text = check_view(lua, 1);
  const Regex regex = compile(lua, 2);
  const bool call = lua_isfunction(lua, 3);
  const std::string_view words = call ? std::string_view() : check_view(lua, 3);
  std::string result;
  std::size_t done = 0;
  Matches matches(lua, regex, text);
  while (matches.next()) {
    result += text.substr(done, matches.begin() - done);
    done = matches.end();
    if (call) {
      lua_pushvalue(lua, 3);
      const int count = matches.push_groups();
      lua_call(lua, count, 1);
      if (lua_isstring(lua, -1) == 0) raise(lua, "regex.replace: the function must give a text");
      result += to_view(lua, -1);
      lua_pop(lua, 1);
    } else {
      add_words(lua, matches, regex.groups(), words, result);
    }
    charge_bytes(lua, words.size());
    check_memory(lua, result.size());
  }
  check_memory(lua, result.size() + text.size() - done);
  result += text.substr(done);
  push(lua, result);
  return 1;
}

}  // namespace

void push_regex_library(lua_State* lua) {
  static constexpr Function functions[] = {
      {"find", bound<find>},       {"find_all", bound<find_all>}, {"match", bound<match>},
      {"replace", bound<replace>}, {"test", bound<test>},
  };
  push_table(lua, functions);
}

}  // namespace pawl::scripting

#include "scripting/pattern.hpp"

#include <cctype>
#include <cstring>

#include "scripting/guest.hpp"

// Source: the algorithm of lstrlib.c of Lua 5.4, whose behaviour this has to have.
namespace pawl::scripting {
namespace {

constexpr std::ptrdiff_t capture_open = -1;
constexpr std::ptrdiff_t capture_position = -2;
constexpr char escape = '%';
constexpr int depth_max = 200;

bool matches_class(int c, int letter) {
  bool result = false;
  switch (std::tolower(letter)) {
    case 'a':
      result = std::isalpha(c) != 0;
      break;
    case 'c':
      result = std::iscntrl(c) != 0;
      break;
    case 'd':
      result = std::isdigit(c) != 0;
      break;
    case 'g':
      result = std::isgraph(c) != 0;
      break;
    case 'l':
      result = std::islower(c) != 0;
      break;
    case 'p':
      result = std::ispunct(c) != 0;
      break;
    case 's':
      result = std::isspace(c) != 0;
      break;
    case 'u':
      result = std::isupper(c) != 0;
      break;
    case 'w':
      result = std::isalnum(c) != 0;
      break;
    case 'x':
      result = std::isxdigit(c) != 0;
      break;
    default:
      return letter == c;
  }
  return std::isupper(letter) != 0 ? !result : result;
}

int byte_of(const char* at) { return static_cast<unsigned char>(*at); }

/// `p` is at '[', `last` at the ']' that closes the set.
bool matches_set(int c, const char* p, const char* last) {
  bool found = true;
  if (p[1] == '^') {
    found = false;
    ++p;
  }
  while (++p < last) {
    if (*p == escape) {
      ++p;
      if (matches_class(c, byte_of(p))) return found;
    } else if (p[1] == '-' && p + 2 < last) {
      p += 2;
      if (byte_of(p - 2) <= c && c <= byte_of(p)) return found;
    } else if (byte_of(p) == c) {
      return found;
    }
  }
  return !found;
}

}  // namespace

const char* Pattern::item_end(const char* p) const {
  const char* end = pattern_end();
  const char first = *p++;
  if (first == escape) {
    if (p == end) raise(lua_, "malformed pattern (ends with '%')");
    return p + 1;
  }
  if (first != '[') return p;
  if (p != end && *p == '^') ++p;
  do {
    if (p == end) raise(lua_, "malformed pattern (missing ']')");
    if (*p++ == escape) {
      if (p == end) raise(lua_, "malformed pattern (missing ']')");
      ++p;
    }
  } while (p == end || *p != ']');
  return p + 1;
}

bool Pattern::matches_one(const char* s, const char* p, const char* end) const {
  if (s >= subject_end()) return false;
  const int c = byte_of(s);
  switch (*p) {
    case '.':
      return true;
    case escape:
      return matches_class(c, byte_of(p + 1));
    case '[':
      return matches_set(c, p, end - 1);
    default:
      return byte_of(p) == c;
  }
}

const char* Pattern::match_at(const char* start) {
  level_ = 0;
  depth_ = 0;
  return match(start, pattern_.data());
}

const char* Pattern::match(const char* s, const char* p) {
  charge(lua_, 2);
  if (++depth_ > depth_max) raise(lua_, "pattern too complex");
  const char* result = nullptr;
  for (;;) {
    if (p == pattern_end()) {
      result = s;
      break;
    }
    if (*p == '(') {
      const bool position = p + 1 != pattern_end() && p[1] == ')';
      result = position ? open_capture(s, p + 2, capture_position)
                        : open_capture(s, p + 1, capture_open);
      break;
    }
    if (*p == ')') {
      result = close_capture(s, p + 1);
      break;
    }
    if (*p == '$' && p + 1 == pattern_end()) {
      result = s == subject_end() ? s : nullptr;
      break;
    }
    if (*p == escape && p + 1 != pattern_end()) {
      if (p[1] == 'b') {
        s = match_balance(s, p + 2);
        if (s == nullptr) break;
        p += 4;
        continue;
      }
      if (p[1] == 'f') {
        bool held = false;
        p = match_frontier(s, p + 2, held);
        if (!held) break;
        continue;
      }
      if (std::isdigit(byte_of(p + 1)) != 0) {
        s = match_back_reference(s, p[1]);
        if (s == nullptr) break;
        p += 2;
        continue;
      }
    }
    const char* end = item_end(p);
    const char suffix = end == pattern_end() ? '\0' : *end;
    if (suffix == '*' || suffix == '+' || suffix == '-') {
      if (suffix == '-') {
        result = match_shortest(s, p, end);
      } else if (suffix == '*') {
        result = match_repeated(s, p, end);
      } else {
        result = matches_one(s, p, end) ? match_repeated(s + 1, p, end) : nullptr;
      }
      break;
    }
    if (suffix == '?') {
      if (matches_one(s, p, end)) {
        result = match(s + 1, end + 1);
        if (result != nullptr) break;
      }
      p = end + 1;
      continue;
    }
    if (!matches_one(s, p, end)) break;
    charge(lua_, 1);
    ++s;
    p = end;
  }
  --depth_;
  return result;
}

const char* Pattern::match_repeated(const char* s, const char* p, const char* end) {
  std::ptrdiff_t count = 0;
  while (matches_one(s + count, p, end)) ++count;
  charge(lua_, static_cast<std::size_t>(count));
  for (; count >= 0; --count) {
    if (const char* result = match(s + count, end + 1)) return result;
  }
  return nullptr;
}

const char* Pattern::match_shortest(const char* s, const char* p, const char* end) {
  for (;;) {
    if (const char* result = match(s, end + 1)) return result;
    if (!matches_one(s, p, end)) return nullptr;
    ++s;
  }
}

const char* Pattern::match_balance(const char* s, const char* p) {
  if (p + 1 >= pattern_end()) raise(lua_, "malformed pattern (missing arguments to '%b')");
  if (s >= subject_end() || *s != *p) return nullptr;
  int open = 1;
  for (const char* at = s + 1; at < subject_end(); ++at) {
    charge(lua_, 1);
    if (*at == p[1]) {
      if (--open == 0) return at + 1;
    } else if (*at == *p) {
      ++open;
    }
  }
  return nullptr;
}

/// `p` is behind "%f"; returns the pattern behind the set.
const char* Pattern::match_frontier(const char* s, const char* p, bool& held) {
  if (p == pattern_end() || *p != '[') raise(lua_, "missing '[' after '%f' in pattern");
  const char* end = item_end(p);
  const int before = s == subject_.data() ? 0 : byte_of(s - 1);
  const int here = s == subject_end() ? 0 : byte_of(s);
  held = !matches_set(before, p, end - 1) && matches_set(here, p, end - 1);
  return end;
}

const char* Pattern::match_back_reference(const char* s, char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= level_ || captures_[static_cast<std::size_t>(index)].length < 0) {
    raise(lua_, std::string("invalid capture index %") + digit);
  }
  const Capture& capture = captures_[static_cast<std::size_t>(index)];
  charge_bytes(lua_, static_cast<std::size_t>(capture.length));
  if (subject_end() - s < capture.length) return nullptr;
  const auto length = static_cast<std::size_t>(capture.length);
  return std::memcmp(capture.start, s, length) == 0 ? s + length : nullptr;
}

const char* Pattern::open_capture(const char* s, const char* p, std::ptrdiff_t length) {
  if (level_ >= captures_max) raise(lua_, "too many captures");
  captures_[static_cast<std::size_t>(level_)] = {s, length};
  ++level_;
  const char* result = match(s, p);
  if (result == nullptr) --level_;
  return result;
}

const char* Pattern::close_capture(const char* s, const char* p) {
  int index = level_ - 1;
  while (index >= 0 && captures_[static_cast<std::size_t>(index)].length != capture_open) --index;
  if (index < 0) raise(lua_, "invalid pattern capture");
  Capture& capture = captures_[static_cast<std::size_t>(index)];
  capture.length = s - capture.start;
  const char* result = match(s, p);
  if (result == nullptr) capture.length = capture_open;
  return result;
}

void Pattern::push_capture(int index, const char* start, const char* end) {
  if (index >= level_) {
    if (index != 0) raise(lua_, "invalid capture index %" + std::to_string(index + 1));
    return push(lua_, {start, static_cast<std::size_t>(end - start)});
  }
  const Capture& capture = captures_[static_cast<std::size_t>(index)];
  if (capture.length == capture_open) raise(lua_, "unfinished capture");
  if (capture.length == capture_position) {
    lua_pushinteger(lua_, capture.start - subject_.data() + 1);
  } else {
    push(lua_, {capture.start, static_cast<std::size_t>(capture.length)});
  }
}

int Pattern::push_captures(const char* start, const char* end, bool whole_too) {
  const int count = level_ == 0 && whole_too ? 1 : level_;
  luaL_checkstack(lua_, count, "too many captures");
  for (int index = 0; index < count; ++index) push_capture(index, start, end);
  return count;
}

}  // namespace pawl::scripting

#pragma once

#include <array>
#include <cstddef>
#include <lua.hpp>
#include <string_view>

/// Lua's patterns (manual, 6.4.1) with every step charged to the script's budget. Lua's own matcher
/// backtracks inside one C function, where nothing could stop it.
namespace pawl::scripting {

class Pattern {
 public:
  static constexpr int captures_max = 32;

  Pattern(lua_State* lua, std::string_view subject, std::string_view pattern)
      : lua_(lua), subject_(subject), pattern_(pattern) {}

  /// The end of the match that begins at `start`, or nullptr. Raises on a malformed pattern.
  const char* match_at(const char* start);

  /// Pushes the captures of the last match, or the whole match where the pattern has none.
  int push_captures(const char* start, const char* end, bool whole_too);
  /// Pushes capture `index` (from 0); the whole match for 0 where the pattern has none.
  void push_capture(int index, const char* start, const char* end);

 private:
  struct Capture {
    const char* start = nullptr;
    std::ptrdiff_t length = 0;
  };
  const char* match(const char* s, const char* p);
  const char* match_repeated(const char* s, const char* p, const char* item_end);
  const char* match_shortest(const char* s, const char* p, const char* item_end);
  const char* match_balance(const char* s, const char* p);
  const char* match_frontier(const char* s, const char* p, bool& held);
  const char* match_back_reference(const char* s, char digit);
  const char* open_capture(const char* s, const char* p, std::ptrdiff_t length);
  const char* close_capture(const char* s, const char* p);
  const char* item_end(const char* p) const;
  bool matches_one(const char* s, const char* p, const char* item_end) const;

  const char* pattern_end() const { return pattern_.data() + pattern_.size(); }
  const char* subject_end() const { return subject_.data() + subject_.size(); }

  lua_State* lua_;
  std::string_view subject_, pattern_;
  int depth_ = 0;
  int level_ = 0;  ///< Captures, finished or open.
  std::array<Capture, captures_max> captures_;
};

}  // namespace pawl::scripting

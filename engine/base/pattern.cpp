#include "base/pattern.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace pawl {

namespace {

constexpr std::size_t states_max = 10'000;
constexpr std::size_t work_max = 200'000;
constexpr int depth_max = 100;
constexpr int repeats_max = 1'000;

/// What `\s` takes, with U+2000 to U+200A: the white space and the line ends of ECMAScript.
constexpr std::array blanks = {U' ',      U'\t',     U'\n',     U'\r',     U'\f',
                               U'\v',     U'\u00a0', U'\u1680', U'\u2028', U'\u2029',
                               U'\u202f', U'\u205f', U'\u3000', U'\ufeff'};

/// Which characters one position takes: ASCII by a table, all others alike or by name.
struct CharSet {
  std::bitset<128> ascii;
  std::vector<std::pair<char32_t, char32_t>> ranges;
  bool inverted = false;

  bool takes(char32_t c) const {
    bool in = c < 128 && ascii[c];
    for (const auto& [from, to] : ranges) in = in || (c >= from && c <= to);
    return in != inverted;
  }
  void add(char32_t from, char32_t to) {
    for (char32_t c = from; c <= to && c < 128; ++c) ascii.set(c);
    if (to >= 128) ranges.emplace_back(from < 128 ? 128 : from, to);
  }
  /// All that `set`, which is not inverted, does not take.
  void add_others(CharSet set) {
    constexpr char32_t last = 0x10FFFF;
    ascii |= ~set.ascii;
    std::ranges::sort(set.ranges);
    char32_t from = 128;
    for (const auto& [first, behind] : set.ranges) {
      if (first > from) add(from, first - 1);
      from = std::max<char32_t>(from, behind + 1);
    }
    add(from, last);
  }
};

struct State {
  enum class Kind : std::uint8_t { take, split, jump, start, end, match } kind = Kind::match;
  std::uint32_t next = 0, other = 0;  ///< `other` of a split: its second way.
  std::uint32_t set = 0;              ///< Of a take.
};

struct Program {
  std::vector<State> states;
  std::vector<CharSet> sets;
};

std::u32string decode(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i) {
      point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    }
    points += point;
    at += length;
  }
  return points;
}

/// Recursive descent over the pattern; each part becomes states whose last one leads on to the
/// state behind it.
class Builder {
 public:
  explicit Builder(std::string_view pattern) : pattern_(decode(pattern)) {}

  std::optional<std::string> build() {
    alternatives(0);
    if (!problem_ && at_ < pattern_.size()) fail("')' closes nothing");
    emit(State::Kind::match);
    return problem_;
  }
  Program program() { return {std::move(states_), std::move(sets_)}; }

 private:
  bool done() const { return problem_ || at_ >= pattern_.size(); }
  bool next_is(char32_t c) const { return at_ < pattern_.size() && pattern_[at_] == c; }
  bool take(char32_t c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  void fail(std::string why) {
    if (!problem_) problem_ = std::move(why);
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(states_.size()); }
  std::uint32_t emit(State::Kind kind, std::uint32_t set = 0) {
    if (states_.size() >= states_max || ++emitted_ > work_max) {
      fail("it is too large");
      return 0;
    }
    states_.push_back({kind, here() + 1, 0, set});
    return here() - 1;
  }
  /// Puts a split before the states from `from` on, which move by one.
  void insert_split(std::uint32_t from) {
    emit(State::Kind::split);
    if (problem_) return;
    for (std::uint32_t i = here() - 1; i > from; --i) {
      states_[i] = states_[i - 1];
      if (states_[i].next >= from) ++states_[i].next;
      if (states_[i].kind == State::Kind::split && states_[i].other >= from) ++states_[i].other;
    }
    states_[from] = {State::Kind::split, from + 1, here(), 0};
  }

  void alternatives(int depth) {
    if (depth > depth_max) return fail("its groups are nested too deep");
    const std::uint32_t from = here();
    sequence(depth);
    if (done() || !take('|')) return;
    insert_split(from);
    const std::uint32_t jump = emit(State::Kind::jump);
    if (problem_) return;
    states_[from].other = here();
    alternatives(depth + 1);
    states_[jump].next = here();
  }

  void sequence(int depth) {
    while (!done() && !next_is('|') && !next_is(')')) {
      const std::uint32_t from = here();
      const std::size_t source = at_;
      atom(depth);
      if (!problem_) repeat(from, source, depth);
    }
  }

  void atom(int depth) {
    const char32_t c = pattern_[at_++];
    if (c == '(') {
      if (take('?') && !take(':')) return fail("look-around and named groups are not part of it");
      alternatives(depth + 1);
      if (!problem_ && !take(')')) fail("a '(' is never closed");
    } else if (c == '[') {
      char_class();
    } else if (c == '.') {
      CharSet set;
      for (const char32_t end : {U'\n', U'\r', U'\u2028', U'\u2029'}) set.add(end, end);
      set.inverted = true;
      add_set(std::move(set));
    } else if (c == '^') {
      emit(State::Kind::start);
    } else if (c == '$') {
      emit(State::Kind::end);
    } else if (c == '*' || c == '+' || c == '?') {
      fail("'" + std::string(1, static_cast<char>(c)) + "' repeats nothing");
    } else {
      CharSet set;
      if (c == '\\') {
        escape(set);
      } else {
        set.add(c, c);
      }
      add_set(std::move(set));
    }
  }

  void add_set(CharSet set) {
    sets_.push_back(std::move(set));
    emit(State::Kind::take, static_cast<std::uint32_t>(sets_.size() - 1));
  }

  static void add_named(CharSet& set, char32_t name) {
    if (name == 's') {
      for (const char32_t blank : blanks) set.add(blank, blank);
      return set.add(U'\u2000', U'\u200a');
    }
    set.add('0', '9');
    if (name == 'd') return;
    set.add('A', 'Z');
    set.add('a', 'z');
    set.add('_', '_');
  }

  /// Behind a backslash: adds to `set`; gives the character when it is a single one.
  std::optional<char32_t> escape(CharSet& set) {
    if (done()) {
      fail("it ends with a backslash");
      return std::nullopt;
    }
    const char32_t c = pattern_[at_++];
    switch (c) {
      case 'd':
      case 'w':
      case 's':
        add_named(set, c);
        return std::nullopt;
      case 'D':
      case 'W':
      case 'S': {
        CharSet others;
        add_named(others, c - 'A' + 'a');
        set.add_others(others);
        return std::nullopt;
      }
      case 'n':
        set.add('\n', '\n');
        return U'\n';
      case 't':
        set.add('\t', '\t');
        return U'\t';
      case 'r':
        set.add('\r', '\r');
        return U'\r';
      default:
        break;
    }
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (is_word) {
      fail("it has no escape '\\" + std::string(1, static_cast<char>(c)) + "'");
      return std::nullopt;
    }
    set.add(c, c);
    return c;
  }

  void char_class() {
    CharSet set;
    set.inverted = take('^');
    bool first = true;
    while (!done() && (first || !next_is(']'))) {
      first = false;
      std::optional<char32_t> from = class_char(set);
      const bool is_range =
          from && at_ + 1 < pattern_.size() && next_is('-') && pattern_[at_ + 1] != ']';
      if (!is_range || problem_) continue;
      ++at_;
      const std::optional<char32_t> to = class_char(set);
      if (!to || *to < *from) return fail("a range in '[…]' runs backwards");
      set.add(*from, *to);
    }
    if (!problem_ && !take(']')) fail("a '[' is never closed");
    add_set(std::move(set));
  }

  std::optional<char32_t> class_char(CharSet& set) {
    if (done()) return std::nullopt;
    const char32_t c = pattern_[at_++];
    if (c == '\\') return escape(set);
    set.add(c, c);
    return c;
  }

  std::optional<int> digits() {
    int value = 0;
    bool any = false;
    while (!done() && pattern_[at_] >= '0' && pattern_[at_] <= '9') {
      value = value * 10 + static_cast<int>(pattern_[at_++] - '0');
      any = true;
      if (value > repeats_max) fail("it repeats more than 1,000 times");
    }
    return any ? std::optional(value) : std::nullopt;
  }

  void repeat(std::uint32_t from, std::size_t source, int depth) {
    if (done()) return;
    int least = 0;
    std::optional<int> most;
    if (take('*')) {
    } else if (take('+')) {
      least = 1;
    } else if (take('?')) {
      most = 1;
    } else if (take('{')) {
      const auto low = digits();
      most = low;
      if (take(',')) most = digits();
      if (problem_) return;
      if (!low || !take('}') || (most && *most < *low)) {
        return fail("'{' needs counts, like {2} or {2,5}");
      }
      least = *low;
    } else {
      return;
    }
    take('?');  // lazy or greedy: the same for a yes or no
    if (!done() && (next_is('*') || next_is('+') || next_is('?') || next_is('{'))) {
      return fail("two repetitions stand side by side");
    }
    const std::size_t behind = at_;
    states_.resize(from);
    for (int i = 0; i < least && !problem_; ++i) again(source, depth);
    if (!most) {
      star(source, depth);
    } else {
      for (int i = least; i < *most && !problem_; ++i) optional(source, depth);
    }
    at_ = behind;
  }

  void again(std::size_t source, int depth) {
    at_ = source;
    atom(depth);
  }
  void star(std::size_t source, int depth) {
    const std::uint32_t split = emit(State::Kind::split);
    again(source, depth);
    const std::uint32_t jump = emit(State::Kind::jump);
    if (problem_) return;
    states_[jump].next = split;
    states_[split].other = here();
  }
  void optional(std::size_t source, int depth) {
    const std::uint32_t split = emit(State::Kind::split);
    again(source, depth);
    if (!problem_) states_[split].other = here();
  }

  std::u32string pattern_;
  std::size_t at_ = 0;
  std::vector<State> states_;
  std::vector<CharSet> sets_;
  std::size_t emitted_ = 0;  ///< Also those that a repetition built anew.
  std::optional<std::string> problem_;
};

/// All states that the pattern can be in at one position of the text.
class Matcher {
 public:
  Matcher(const Program& program, std::string_view text, std::int64_t& work)
      : states_(program.states), sets_(program.sets), text_(decode(text)), work_(work) {
    reached_at_.assign(states_.size(), SIZE_MAX);
  }

  bool matches() {
    reach(0, 0);
    for (std::size_t at = 0; at < text_.size() && work_ > 0; ++at) advance(at);
    return is_matched();
  }

  bool occurs() {
    for (std::size_t at = 0; work_ > 0; ++at) {
      reach(0, at);
      if (is_matched()) return true;
      if (at == text_.size()) return false;
      advance(at);
    }
    return false;
  }

 private:
  /// Over the character at `at`.
  void advance(std::size_t at) {
    std::vector<std::uint32_t> from;
    from.swap(active_);
    work_ -= static_cast<std::int64_t>(from.size()) + 1;
    for (const std::uint32_t index : from) {
      const State& state = states_[index];
      if (state.kind == State::Kind::take && sets_[state.set].takes(text_[at])) {
        reach(state.next, at + 1);
      }
    }
  }

  bool is_matched() const {
    return std::ranges::any_of(
        active_, [&](std::uint32_t index) { return states_[index].kind == State::Kind::match; });
  }

  void reach(std::uint32_t first, std::size_t at) {
    std::vector<std::uint32_t> todo = {first};
    while (!todo.empty()) {
      const std::uint32_t index = todo.back();
      todo.pop_back();
      if (reached_at_[index] == at) continue;
      reached_at_[index] = at;
      const State& state = states_[index];
      switch (state.kind) {
        case State::Kind::split:
          todo.push_back(state.other);
          todo.push_back(state.next);
          break;
        case State::Kind::jump:
          todo.push_back(state.next);
          break;
        case State::Kind::start:
          if (at == 0) todo.push_back(state.next);
          break;
        case State::Kind::end:
          if (at == text_.size()) todo.push_back(state.next);
          break;
        case State::Kind::take:
        case State::Kind::match:
          active_.push_back(index);
          break;
      }
    }
  }

  const std::vector<State>& states_;
  const std::vector<CharSet>& sets_;
  std::u32string text_;
  std::int64_t& work_;
  std::vector<std::uint32_t> active_;
  std::vector<std::size_t> reached_at_;
};

}  // namespace

struct Pattern::Compiled {
  Program program;
};

Result<Pattern> Pattern::compile(std::string_view pattern) {
  Builder built(pattern);
  if (const auto why = built.build()) {
    return Problem{"the pattern " + quoted(pattern) + " cannot be used: " + *why,
                   "write for example '[a-z][a-z0-9-]*'"};
  }
  return Pattern(std::make_shared<const Compiled>(Compiled{built.program()}));
}

bool Pattern::matches(std::string_view text) const {
  std::int64_t work = std::numeric_limits<std::int64_t>::max();
  return Matcher(compiled_->program, text, work).matches();
}

bool Pattern::occurs_in(std::string_view text, std::int64_t& work) const {
  return Matcher(compiled_->program, text, work).occurs();
}

}  // namespace pawl

#include <algorithm>
#include <cctype>

#include "scripting/regex.hpp"

namespace pawl::scripting {

/// Recursive descent; each rule returns a piece of program whose jumps are relative, so that pieces
/// can be joined and repeated as they are.
class RegexParser {
 public:
  explicit RegexParser(std::string_view pattern) : pattern_(pattern) {}

  Result<Regex> parse() {
    if (pattern_.starts_with("(?i)")) {
      ignore_case_ = true;
      at_ = 4;
    }
    const Code body = alternation(0);
    if (problem_.empty() && at_ < pattern_.size()) fail("')' without '('");
    if (!problem_.empty()) {
      return Problem{"byte " + std::to_string(problem_at_ + 1) + " of the pattern: " + problem_,
                     ""};
    }
    regex_.program_ = group_of(body, 0);
    regex_.program_.push_back({Regex::Op::match});
    return std::move(regex_);
  }

 private:
  using Op = Regex::Op;
  using Code = std::vector<Regex::Instruction>;
  static constexpr int depth_max = 100;
  static constexpr int unlimited = -1;

  void fail(const char* why) {
    if (!problem_.empty()) return;
    problem_ = why;
    problem_at_ = at_;
  }
  bool ended() const { return !problem_.empty() || at_ >= pattern_.size(); }
  char peek() const { return ended() ? '\0' : pattern_[at_]; }
  bool take(char c) {
    if (ended() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }

  void append(Code& code, const Code& more) {
    if (code.size() + more.size() > Regex::instructions_max) {
      return fail("the pattern is too large; are its repetitions {n,m} too many?");
    }
    code.insert(code.end(), more.begin(), more.end());
  }
  static int size_of(const Code& code) { return static_cast<int>(code.size()); }

  Code alternation(int depth) {
    if (depth > depth_max) {
      fail("nested too deeply");
      return {};
    }
    Code code = sequence(depth);
    while (take('|')) {
      const Code other = sequence(depth);
      Code both{{Op::split, 0, 1, size_of(code) + 2}};
      append(both, code);
      both.push_back({Op::jump, 0, size_of(other) + 1, 0});
      append(both, other);
      code = std::move(both);
    }
    return code;
  }

  Code sequence(int depth) {
    Code code;
    while (!ended() && peek() != '|' && peek() != ')') append(code, repetition(depth));
    return code;
  }

  Code repetition(int depth) {
    Code code = atom(depth);
    while (!ended()) {
      int least = 0, most = unlimited;
      if (take('+')) {
        least = 1;
      } else if (take('?')) {
        most = 1;
      } else if (!take('*') && !counted(least, most)) {
        break;
      }
      const bool greedy = !take('?');
      if (peek() == '+') fail("possessive repetitions are not supported");
      code = repeat(code, least, most, greedy);
    }
    return code;
  }

  /// {n}, {n,}, {n,m}; anything else that begins with a brace is text.
  bool counted(int& least, int& most) {
    const std::size_t start = at_;
    if (!take('{')) return false;
    const auto number = [&](int& value) {
      const std::size_t begin = at_;
      long long read = 0;
      while (!ended() && peek() >= '0' && peek() <= '9' && read < 100'000)
        read = read * 10 + (pattern_[at_++] - '0');
      value = static_cast<int>(read);
      return at_ > begin;
    };
    bool good = number(least);
    most = least;
    if (good && take(',') && !number(most)) most = unlimited;
    if (!good || !take('}')) {
      at_ = start;
      return false;
    }
    if (most != unlimited && most < least) fail("a repetition {n,m} with m below n");
    if (least > 1000 || most > 1000) fail("a repetition of more than 1,000");
    return true;
  }

  Code repeat(const Code& once, int least, int most, bool greedy) {
    const auto split = [greedy](int into, int past) {
      return greedy ? Regex::Instruction{Op::split, 0, into, past}
                    : Regex::Instruction{Op::split, 0, past, into};
    };
    Code code;
    for (int i = 0; i < least && problem_.empty(); ++i) append(code, once);
    if (most == unlimited) {
      code.push_back(split(1, size_of(once) + 2));
      append(code, once);
      code.push_back({Op::jump, 0, -size_of(once) - 1, 0});
      return code;
    }
    const int more = most - least;
    for (int i = 0; i < more && problem_.empty(); ++i) {
      code.push_back(split(1, (size_of(once) + 1) * (more - i)));
      append(code, once);
    }
    return code;
  }

  Code group_of(const Code& body, int group) {
    Code code{{Op::save, 0, 2 * group, 0}};
    append(code, body);
    code.push_back({Op::save, 0, 2 * group + 1, 0});
    return code;
  }

  Code set_code(Regex::Set set) {
    if (ignore_case_) add_other_case(set);
    regex_.sets_.push_back(std::move(set));
    return {{Op::set, 0, static_cast<int>(regex_.sets_.size()) - 1, 0}};
  }

  static void add_other_case(Regex::Set& set) {
    const std::size_t count = set.ranges.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto [first, last] = set.ranges[i];
      const auto overlap = [&set, first = first, last = last](char32_t from, char32_t to,
                                                              int shift) {
        const char32_t low = std::max(first, from), high = std::min(last, to);
        if (low > high) return;
        set.ranges.push_back(
            {low + static_cast<char32_t>(shift), high + static_cast<char32_t>(shift)});
      };
      overlap(U'a', U'z', -32);
      overlap(U'A', U'Z', 32);
    }
  }

  Code atom(int depth) {
    const char c = peek();
    switch (c) {
      case '(':
        return parentheses(depth);
      case '[':
        return set_code(brackets());
      case '.':
        ++at_;
        return {{Op::any}};
      case '^':
      case '$':
        ++at_;
        return {{Op::assertion, static_cast<std::uint8_t>(c), 0, 0}};
      case '*':
      case '+':
      case '?':
        fail("nothing to repeat");
        return {};
      case '\\':
        return escape();
      default:
        return literal(next_code_point());
    }
  }

  Code literal(char32_t code) {
    Regex::Set set;
    set.ranges.push_back({code, code});
    return set_code(std::move(set));
  }

  Code parentheses(int depth) {
    ++at_;
    int group = 0;
    if (take('?')) {
      if (!take(':')) fail("only (?: and, in front, (?i) are supported after '('");
    } else if (regex_.groups_ == Regex::groups_max) {
      fail("more than 30 groups");
    } else {
      group = ++regex_.groups_;
    }
    Code body = alternation(depth + 1);
    if (!take(')')) fail("'(' without ')'");
    return group == 0 ? body : group_of(body, group);
  }

  /// Reads one code point; the pattern is valid UTF-8.
  char32_t next_code_point() {
    const auto byte = [&] { return static_cast<unsigned char>(pattern_[at_++]); };
    const char32_t first = byte();
    const int tail = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    char32_t code = tail == 0 ? first : first & (0x3FU >> tail);
    for (int i = 0; i < tail && at_ < pattern_.size(); ++i) code = (code << 6) | (byte() & 0x3FU);
    return code;
  }

  static bool add_class(char letter, std::vector<Regex::Range>& out) {
    switch (letter) {
      case 'd':
        out.push_back({U'0', U'9'});
        return true;
      case 'w':
        out.insert(out.end(), {{U'a', U'z'}, {U'A', U'Z'}, {U'0', U'9'}, {U'_', U'_'}});
        return true;
      case 's':
        out.insert(out.end(), {{U'\t', U'\r'}, {U' ', U' '}});
        return true;
      default:
        return false;
    }
  }

  static void add_complement(std::vector<Regex::Range> of, std::vector<Regex::Range>& out) {
    std::sort(of.begin(), of.end(), [](auto a, auto b) { return a.first < b.first; });
    char32_t next = 0;
    for (const Regex::Range& range : of) {
      if (range.first > next) out.push_back({next, range.first - 1});
      next = range.last + 1;
    }
    out.push_back({next, 0x10FFFF});
  }

  /// A character behind a backslash that stands for one other.
  char32_t escaped_code_point() {
    const char c = peek();
    static constexpr std::string_view letters = "nrtfv0", codes("\n\r\t\f\v\0", 6);
    if (const auto which = letters.find(c); c != '\0' && which != std::string_view::npos) {
      ++at_;
      return static_cast<unsigned char>(codes[which]);
    }
    if (c == 'x' || c == 'u') {
      ++at_;
      const std::size_t count = c == 'x' ? 2 : 4;
      char32_t code = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const auto digit =
            std::string_view("0123456789abcdef")
                .find(static_cast<char>(std::tolower(static_cast<unsigned char>(peek()))));
        if (ended() || digit == std::string_view::npos) {
          fail("hexadecimal digits are expected");
          return 0;
        }
        ++at_;
        code = code * 16 + static_cast<char32_t>(digit);
      }
      return code;
    }
    if (ended()) {
      fail("a backslash at the end");
      return 0;
    }
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      fail(c >= '1' && c <= '9' ? "back references are not supported" : "an unknown escape");
      return 0;
    }
    return next_code_point();
  }

  Code escape() {
    ++at_;
    const char c = peek();
    if (c == 'b' || c == 'B' || c == 'A' || c == 'z') {
      ++at_;
      return {{Op::assertion, static_cast<std::uint8_t>(c), 0, 0}};
    }
    Regex::Set set;
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (add_class(lower, set.ranges)) {
      ++at_;
      set.negated = c != lower;
      return set_code(std::move(set));
    }
    return literal(escaped_code_point());
  }

  Regex::Set brackets() {
    ++at_;
    Regex::Set set;
    set.negated = take('^');
    bool first = true;
    while (first || peek() != ']') {
      if (ended()) {
        fail("'[' without ']'");
        return set;
      }
      first = false;
      if (!set_class(set)) set_range(set);
    }
    ++at_;
    return set;
  }

  /// \d, \W and the like inside brackets.
  bool set_class(Regex::Set& set) {
    if (peek() != '\\' || at_ + 1 >= pattern_.size()) return false;
    const char letter = pattern_[at_ + 1];
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    std::vector<Regex::Range> ranges;
    if (!add_class(lower, ranges)) return false;
    at_ += 2;
    if (letter == lower) {
      set.ranges.insert(set.ranges.end(), ranges.begin(), ranges.end());
    } else {
      add_complement(std::move(ranges), set.ranges);
    }
    return true;
  }

  void set_range(Regex::Set& set) {
    const auto one = [&] { return take('\\') ? escaped_code_point() : next_code_point(); };
    const char32_t low = one();
    char32_t high = low;
    if (peek() == '-' && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']') {
      ++at_;
      high = one();
      if (high < low) fail("a range whose end is before its begin");
    }
    set.ranges.push_back({low, high});
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  std::string problem_;
  std::size_t problem_at_ = 0;
  Regex regex_;
};

Result<Regex> Regex::compile(std::string_view pattern) { return RegexParser(pattern).parse(); }

}  // namespace pawl::scripting

#include "dsl/shell_follow.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace pawl::dsl {
namespace {

constexpr Refusal in_comment = {"a value in a comment would have no effect",
                                "leave it out, or write '$${{' for the text '${{'"};
constexpr Refusal variable_name = {"a value cannot be the name of a variable",
                                   "write the name out"};
constexpr Refusal function_name = {"a value cannot be the name of a function",
                                   "write the name out"};
constexpr Refusal descriptor = {"a value cannot name a file descriptor here",
                                "write the number out"};
constexpr Refusal code_input = {"this text is run as code, and a value must not become code",
                                "name the value in `env:` and read \"$NAME\" inside that code"};

// They stand where a command stands, and a command follows.
constexpr std::string_view openers[] = {"if", "then",  "else", "elif", "while",
                                        "do", "until", "!",    "{",    "time"};
constexpr std::string_view closers[] = {"fi", "done", "}"};

template <std::size_t n>
bool is_one_of(const std::string_view (&words)[n], const ShellWord& word) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view w) { return word.is_plain(w); });
}

bool is_number(const ShellWord& word) {
  return word.exact && !word.quoted && !word.text.empty() &&
         word.text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::vector<Spot> ShellFollower::run() {
  list(false);
  judge_.finish();
  for (const Pipeline& pipeline : pipelines_)
    for (const Pipeline::Carried& carried : pipeline.carried)
      if (carried.order <= pipeline.reader) spots_[carried.value].refuse(code_input);
  return std::move(spots_);
}

void ShellFollower::list(bool until_parenthesis) {
  Region region;
  region.here_documents = here_documents_.size();
  next_pipeline(region);
  while (at_ < end_) {
    const ShellUnit c = peek();
    if (c == ' ' || c == '\t') {
      ++at_;
    } else if (looking_at("\\\n")) {
      at_ += 2;
    } else if (c == '#') {
      comment();
    } else if (c == '\n') {
      new_line(region);
    } else if (c == ')' && region.frames.empty() && region.expect != Expect::test) {
      if (!until_parenthesis) lose_way();
      ++at_;
      if (until_parenthesis) break;
    } else if (c > 0 && c < 128 &&
               std::string_view(";&|()<>").find(static_cast<char>(c)) != std::string_view::npos) {
      take_operator(region);
    } else {
      take_word(region);
    }
  }
  finish(region);
  // Without its text before the parenthesis: the shells look for it in different places.
  if (here_documents_.size() > region.here_documents) {
    lose_way();
    here_documents_.resize(region.here_documents);
  }
}

void ShellFollower::comment() {
  const Forbid forbid(*this, in_comment);
  while (at_ < end_ && peek() != '\n') {
    if (is_value()) {
      place(Quoting::bare);
    } else {
      ++at_;
    }
  }
}

void ShellFollower::next_pipeline(Region& region) {
  region.pipeline = pipelines_.size();
  pipelines_.emplace_back();
}

/// The end of a simple command.
void ShellFollower::finish(Region& region) {
  if (region.expect == Expect::test) {
    judge_.test(region.words);
  } else if (!region.words.empty()) {
    Pipeline& pipeline = pipelines_[region.pipeline];
    for (const ShellWord& word : region.words)
      for (const std::size_t value : word.values)
        pipeline.carried.push_back({value, 2 * pipeline.command + 1});
    if (judge_.command(region.words)) pipeline.reader = 2 * pipeline.command;
  }
  region.words.clear();
  region.expect = Expect::command;
}

void ShellFollower::new_line(Region& region) {
  ++at_;
  const Expect expect = region.expect;
  if (expect != Expect::test && expect != Expect::case_pattern && expect != Expect::case_in &&
      expect != Expect::for_in) {
    finish(region);
    next_pipeline(region);
  }
  if (here_documents_.size() > region.here_documents) {
    read_here_documents(region.here_documents);
  } else {
    line_end_inside();
  }
}

void ShellFollower::take_word(Region& region) {
  const std::size_t before = at_;
  ShellWord next = word();
  if (at_ == before) {
    lose_way();
    ++at_;
    return;
  }
  if (is_number(next) && (peek() == '<' || peek() == '>') && region.expect != Expect::test) return;
  const auto refuse = [&](const Refusal& why) {
    for (const std::size_t value : next.values) spots_[value].refuse(why);
  };
  switch (region.expect) {
    case Expect::command:
      return take_first_word(region, std::move(next));
    case Expect::arguments:
    case Expect::test:
      if (region.expect == Expect::test && next.is_plain("]]")) {
        finish(region);
        region.expect = Expect::after_compound;
      } else {
        region.words.push_back(std::move(next));
      }
      return;
    case Expect::after_compound:
      // `} done`, `fi fi`: reserved words may follow each other without a separator.
      if (!take_reserved(region, next)) {
        lose_way();
        refuse(code_input);
      }
      return;
    case Expect::for_name:
      refuse(variable_name);
      region.expect = Expect::for_in;
      return;
    case Expect::for_in:
      region.expect = next.is_plain("in") ? Expect::for_words : Expect::command;
      if (!next.is_plain("in") && !next.is_plain("do")) lose_way();
      return;
    case Expect::for_words:
      return;
    case Expect::case_word:
      region.expect = Expect::case_in;
      return;
    case Expect::case_in:
      if (!next.is_plain("in")) lose_way();
      region.frames.push_back(Frame::case_block);
      region.expect = Expect::case_pattern;
      return;
    case Expect::case_pattern:
      if (!next.is_plain("esac")) return;
      region.frames.pop_back();
      region.expect = Expect::after_compound;
      return;
    case Expect::function_name:
      refuse(function_name);
      region.function_named = true;
      region.expect = Expect::command;
      return;
  }
}

/// False when `word` is not a reserved word that may stand where a command begins.
bool ShellFollower::take_reserved(Region& region, const ShellWord& word) {
  // `time -p` and `/usr/bin/time -f` are commands with options that run another.
  const bool is_timed = word.is_plain("time") && looking_at(" -");
  if (is_one_of(openers, word) && !is_timed) {
    region.expect = Expect::command;
  } else if (is_one_of(closers, word)) {
    region.expect = Expect::after_compound;
  } else if (word.is_plain("esac") && !region.frames.empty() &&
             region.frames.back() == Frame::case_block) {
    region.frames.pop_back();
    region.expect = Expect::after_compound;
  } else if (word.is_plain("for") || word.is_plain("select")) {
    region.expect = Expect::for_name;
  } else if (word.is_plain("case")) {
    region.expect = Expect::case_word;
  } else if (word.is_plain("function")) {
    region.expect = Expect::function_name;
  } else if (word.is_plain("[[")) {
    region.expect = Expect::test;
  } else if (word.is_plain("coproc")) {
    lose_way();  // The next word is a name or a command.
  } else {
    return false;
  }
  return true;
}

void ShellFollower::take_first_word(Region& region, ShellWord word) {
  // After an assignment or a redirection no word is reserved; a value before them is data only.
  region.function_named = false;
  if (region.words.empty() && take_reserved(region, word)) return;
  if (assignment_length(word) == 0) region.expect = Expect::arguments;
  region.words.push_back(std::move(word));
}

void ShellFollower::take_operator(Region& region) {
  if (region.expect == Expect::test) return take_test_operator(region);
  switch (peek()) {
    case ';':
      return take_semicolon(region);
    case '|':
      return take_bar(region);
    case '(':
      return take_open(region);
    case ')':
      return take_close(region);
    case '&':
      if (peek(1) == '>') {
        ++at_;
        return redirection(region);
      }
      at_ += peek(1) == '&' ? 2 : 1;
      finish(region);
      return next_pipeline(region);
    default:
      if (peek(1) == '(') return take_word(region);
      return redirection(region);
  }
}

/// Inside `[[ … ]]` operators separate words and redirect nothing.
void ShellFollower::take_test_operator(Region& region) {
  ShellWord op;
  op.add(static_cast<char>(peek()));
  region.words.push_back(std::move(op));
  ++at_;
}

void ShellFollower::take_semicolon(Region& region) {
  const bool ends_case = peek(1) == ';' || peek(1) == '&';
  at_ += looking_at(";;&") ? 3 : ends_case ? 2 : 1;
  finish(region);
  next_pipeline(region);
  if (!ends_case) return;
  if (region.frames.empty() || region.frames.back() != Frame::case_block) return lose_way();
  region.expect = Expect::case_pattern;
}

void ShellFollower::take_bar(Region& region) {
  const bool is_or = peek(1) == '|';
  if (region.expect == Expect::case_pattern) {
    if (is_or) lose_way();
    ++at_;
    return;
  }
  at_ += is_or || peek(1) == '&' ? 2 : 1;
  finish(region);
  if (is_or) {
    next_pipeline(region);
  } else {
    ++pipelines_[region.pipeline].command;
  }
}

void ShellFollower::take_open(Region& region) {
  if (looking_at("((") && (region.expect == Expect::for_name ||
                           (region.expect == Expect::command && region.words.empty()))) {
    // bash: arithmetic; elsewhere two subshells.
    at_ += 2;
    arithmetic();
    lose_way();
    region.expect = Expect::after_compound;
    return;
  }
  ++at_;
  if (region.expect == Expect::case_pattern) return;
  const bool names_function =
      region.function_named || (region.expect == Expect::arguments && region.words.size() == 1);
  if (names_function) {
    while (peek() == ' ' || peek() == '\t') ++at_;
    if (peek() != ')') lose_way();
    ++at_;
    if (!region.words.empty())
      for (const std::size_t value : region.words[0].values) spots_[value].refuse(function_name);
    region.words.clear();
    region.function_named = false;
    region.expect = Expect::command;
    return;
  }
  if (region.expect != Expect::command || !region.words.empty()) return lose_way();
  region.frames.push_back(Frame::parenthesis);
}

void ShellFollower::take_close(Region& region) {
  ++at_;
  if (region.expect == Expect::case_pattern) {
    region.expect = Expect::command;
    return;
  }
  finish(region);
  if (region.frames.empty() || region.frames.back() != Frame::parenthesis) return lose_way();
  region.frames.pop_back();
  region.expect = Expect::after_compound;
}

/// Begins at `<` or `>`.
void ShellFollower::redirection(Region& region) {
  if (looking_at("<<<")) {
    at_ += 3;
    while (peek() == ' ' || peek() == '\t') ++at_;
    const ShellWord text = word();
    Pipeline& pipeline = pipelines_[region.pipeline];
    for (const std::size_t value : text.values)
      pipeline.carried.push_back({value, 2 * pipeline.command});
    return;
  }
  if (looking_at("<<")) {
    at_ += 2;
    return open_here_document(region);
  }
  ++at_;
  const bool duplicates = peek() == '&';
  if (duplicates || peek() == '>' || peek() == '|') ++at_;
  while (peek() == ' ' || peek() == '\t') ++at_;
  const std::size_t before = at_;
  const ShellWord target = word();
  if (at_ == before) return lose_way();
  if (!duplicates) return;
  for (const std::size_t value : target.values) spots_[value].refuse(descriptor);
}

}  // namespace pawl::dsl

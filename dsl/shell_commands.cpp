#include "dsl/shell_commands.hpp"

#include <algorithm>
#include <iterator>

namespace pawl::dsl {

namespace {

constexpr Refusal command_word = {
    "a value cannot be the name of a command",
    "write the command out, or choose between commands with `case` or `when:`"};
constexpr Refusal code_argument = {
    "this argument is run as code, and a value must not become code",
    "name the value in `env:` and read \"$NAME\" inside that code, or pass it behind the code"};
constexpr Refusal remote_code = {
    "ssh gives its arguments to a shell, and a value must not become code",
    "name the value in `env:` and send it: printf %s \"$NAME\" | ssh host 'cat > file'"};
constexpr Refusal found_command = {
    "find reads '{}' and ';' in these arguments, so the value could change",
    "name the value in `env:` and read it inside: -exec sh -c 'cmd \"$NAME\" \"$1\"' sh {} ';'"};
constexpr Refusal maybe_option = {"this value could be taken for an option that runs code",
                                  "write '--' before it, or name it in `env:` and read it inside"};
constexpr Refusal maybe_command = {"this value could become the name of a command",
                                   "write the words before it out, or in double quotes"};
constexpr Refusal variable_name = {
    "a value cannot be part of a variable's name here: bash would evaluate it",
    "write the variable's name out"};
constexpr Refusal number_context = {
    "this is evaluated as arithmetic, where a value can run commands",
    "compute it in Lua inside ${{ … }}, or compare with '[ … ]'"};
constexpr Refusal changed_bytes = {"awk reads escapes in this argument, so the value could change",
                                   "name it in `env:` and read ENVIRON[\"NAME\"]"};

std::string_view base_name(const ShellWord& word) {
  const std::string_view text = word.text;
  return text.substr(text.rfind('/') + 1);
}
bool has(std::string_view letters, char c) { return letters.find(c) != std::string_view::npos; }

template <std::size_t n>
bool is_one_of(const std::string_view (&names)[n], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}
std::string_view before(std::string_view text, char end) { return text.substr(0, text.find(end)); }

}  // namespace

bool CommandJudge::command(const std::vector<ShellWord>& words) {
  words_ = words;
  depth_ = 0;
  const std::size_t at = skip_assignments();
  return at < words_.size() && run(at);
}

std::size_t CommandJudge::skip_assignments() {
  std::size_t at = 0;
  for (; at < words_.size() && assignment_length(words_[at]) > 0; ++at) {
    if (words_[at].values.empty()) continue;
    const std::string_view name = before(before(before(words_[at].text, '='), '['), '+');
    assigned_.push_back({std::string(name), words_[at].values});
  }
  return at;
}

void CommandJudge::refuse(std::size_t word, const Refusal& why) {
  if (word >= words_.size()) return;
  for (const std::size_t value : words_[word].values) spots_[value].refuse(why);
}
void CommandJudge::refuse_from(std::size_t word, const Refusal& why) {
  for (; word < words_.size(); ++word) refuse(word, why);
}
bool CommandJudge::begins_option(std::size_t word) const {
  const ShellWord& w = words_[word];
  return w.known > 0 && w.text[0] == '-' && !w.is("-") && !w.is("--");
}

bool CommandJudge::run(std::size_t at) {
  constexpr int depth_max = 50;  // `sudo nice env …`: nobody nests more, but a file may try.
  if (++depth_ > depth_max) {
    refuse_from(at, maybe_command);
    return false;
  }
  const ShellWord& word = words_[at];
  if (!word.values.empty()) {
    refuse(at, command_word);
    return false;
  }
  if (!word.exact) {
    // `$EMPTY x` runs x; `$SHELL -c x` runs it too.
    if (word.text.empty() && !word.quoted) refuse(at + 1, maybe_command);
    for (std::size_t i = at + 1; i + 1 < words_.size(); ++i)
      if (words_[i].is("-c") || words_[i].is("-e")) refuse(i + 1, code_argument);
    return false;
  }
  const std::string_view name = base_name(word);
  if (!name.empty() && name[0] == '-') {
    refuse_from(at, code_argument);  // Options of something we have not recognised.
    return false;
  }
  if (name == "ssh") return remote(at);
  if (is_evaluating(name)) {
    refuse_from(at + 1, code_argument);
    return false;
  }
  if (is_naming(name)) refuse_from(at + 1, variable_name);
  if (is_declaring(name)) declaration(at);
  if (name == "find") find(at);
  if (name == "git") git(at);
  if (name == "printf" || name == "test" || name == "[")
    for (std::size_t i = at + 1; i + 1 < words_.size(); ++i)
      if (words_[i].is("-v")) refuse(i + 1, variable_name);
  if (const Interpreter* known = find_interpreter(name)) return interpreter(*known, at);
  if (const Prefix* known = find_prefix(name)) return prefix(*known, at);
  if (const OptionCommand* known = find_option_command(name)) options(*known, at);
  nested_code(at);
  return false;
}

/// Without a command, or with a shell as its command, `ssh` runs what it reads.
bool CommandJudge::remote(std::size_t at) {
  refuse_from(at + 1, remote_code);
  constexpr std::string_view letters_with_argument = "BbcDEeFIiJLlmOopQRSWw";
  std::size_t i = at + 1;
  while (i < words_.size() && begins_option(i))
    i += has(letters_with_argument, words_[i].text.back()) ? 2 : 1;
  const std::size_t command = i + 1;
  if (command >= words_.size()) return true;
  const Interpreter* runs = find_interpreter(base_name(words_[command]));
  return runs != nullptr && runs->reads_code && command + 1 == words_.size();
}

/// `docker exec box sh -c CODE`, `srun bash -lc CODE`: whatever runs the shell.
void CommandJudge::nested_code(std::size_t at) {
  static constexpr std::string_view runners[] = {"sh",  "bash", "dash",   "ash",     "zsh",
                                                 "ksh", "perl", "python", "python3", "node"};
  bool runner = false;
  for (std::size_t i = at + 1; i + 1 < words_.size(); ++i) {
    if (!words_[i].exact) continue;
    const std::string_view text = words_[i].text;
    if (is_one_of(runners, base_name(words_[i]))) runner = true;
    const bool code_follows = text.size() > 1 && text[0] == '-' && text[1] != '-' &&
                              (text.back() == 'c' || text.back() == 'e');
    if (runner && code_follows) refuse(i + 1, code_argument);
  }
}

bool CommandJudge::prefix(const Prefix& known, std::size_t at) {
  int operands = known.operands;
  bool uncertain = false;
  std::size_t i = at + 1;
  for (; i < words_.size(); ++i) {
    const ShellWord& word = words_[i];
    if (word.is("--")) continue;
    if (begins_option(i)) {
      const bool is_long = word.text.substr(0, 2) == "--";
      const bool has_argument = word.prefix().find('=') != std::string_view::npos;
      if (!is_long || !has_argument || known.name == "env") refuse(i, code_argument);
      if (is_long) {
        uncertain = uncertain || !has_argument;
      } else if (known.name == "env" && has(word.text, 'S')) {
        refuse_from(i, code_argument);
        return false;
      } else if (word.exact && has(known.letters_with_argument, word.text.back())) {
        ++i;
      }
      continue;
    }
    if (assignment_length(word) > 0 && (known.name == "env" || known.name == "sudo")) continue;
    if (operands == 0) break;
    --operands;
  }
  if (i >= words_.size()) return false;
  // A long option may have taken the word we hold for the command.
  if (uncertain) refuse(i + 1, maybe_command);
  if (words_[i].is("-c")) {
    refuse_from(i, code_argument);
    return false;
  }
  return run(i);
}

/// An option of an interpreter; returns the index of the last word it takes.
std::size_t CommandJudge::interpreter_option(const Interpreter& known, std::size_t at,
                                             bool& code_seen, bool& code_operand,
                                             bool& stdin_asked) {
  const ShellWord& word = words_[at];
  refuse(at, code_argument);
  if (word.text.substr(0, 2) == "--") {
    static constexpr std::string_view code_options[] = {"--eval",       "--print",   "--execute",
                                                        "--expression", "--command", "--source"};
    static constexpr std::string_view pairs[] = {"--arg", "--argjson", "--slurpfile", "--rawfile"};
    if (known.name == "jq" && is_one_of(pairs, word.text)) return at + 2;
    if (!is_one_of(code_options, before(word.text, '='))) return at;
    code_seen = true;
    if (word.text.find('=') != std::string::npos) return at;
    refuse(at + 1, code_argument);
    return at + 1;
  }
  const bool is_shell = known.name == "sh";
  if (is_shell && has(word.text, 's')) stdin_asked = true;
  const std::size_t code = word.text.find_first_of(known.code_letters, 1);
  const char last = word.text.back();
  if (is_shell && code != std::string::npos) {
    code_operand = true;  // Of `sh -c -e CODE` the code is the first operand.
    return has(known.letters_with_argument, last) ? at + 1 : at;
  }
  if (code != std::string::npos) {
    code_seen = true;
    if (code + 1 < word.text.size()) return at;
    refuse(at + 1, code_argument);
    return at + 1;
  }
  if (has(known.changed_letters, last)) {
    refuse(at + 1, changed_bytes);
    return at + 1;
  }
  if (known.code_operand && last == 'f') code_seen = true;  // The program is in a file.
  return has(known.letters_with_argument, last) ? at + 1 : at;
}

bool CommandJudge::interpreter(const Interpreter& known, std::size_t at) {
  bool code_seen = false, script_seen = false, stdin_asked = false, dashes = false;
  bool code_operand = known.code_operand;
  for (std::size_t i = at + 1; i < words_.size(); ++i) {
    if (words_[i].is("--")) {
      dashes = true;
      continue;
    }
    if (!dashes && begins_option(i)) {
      i = interpreter_option(known, i, code_seen, code_operand, stdin_asked);
      if (code_seen && known.ends_options && !known.code_operand) return false;
      continue;
    }
    if (code_operand && !code_seen) {
      refuse(i, code_argument);
      code_seen = true;
      if (known.ends_options) return false;
      continue;
    }
    if (words_[i].value_first && !dashes) refuse(i, maybe_option);
    script_seen = script_seen || !words_[i].is("-");
    if (known.ends_options) break;
  }
  return known.reads_code && (stdin_asked || !(code_seen || script_seen));
}

void CommandJudge::declaration(std::size_t at) {
  bool strict = false, number = false;
  for (std::size_t i = at + 1; i < words_.size(); ++i) {
    const ShellWord& word = words_[i];
    if (begins_option(i)) {
      refuse(i, variable_name);
      // Arrays, numbers and references evaluate what is assigned to them.
      strict = strict || word.text.find_first_of("aA", 1) != std::string::npos;
      number = number || word.text.find_first_of("in", 1) != std::string::npos;
      continue;
    }
    const std::string name(before(word.text, '='));
    if (number) number_names_.insert(name);
    if (word.values.empty()) continue;
    if (assignment_length(word) == 0 || name.find('[') != std::string::npos) {
      refuse(i, variable_name);
    } else if (number || (strict && !word.is_array)) {
      refuse(i, number_context);
    } else {
      assigned_.push_back({name, word.values});
    }
  }
}

/// A value before the tests of `find` could be one, and `--` would not help; a value among the
/// words of a command that it runs could end them.
void CommandJudge::find(std::size_t at) {
  static constexpr std::string_view actions[] = {"-exec", "-execdir", "-ok", "-okdir"};
  for (std::size_t i = at + 1; i < words_.size(); ++i) {
    if (words_[i].value_first && !begins_option(i - 1))
      spots_[words_[i].values.front()].dashes_for = "find";
    if (!words_[i].exact || !is_one_of(actions, words_[i].text)) continue;
    if (i + 1 < words_.size()) run(i + 1);
    refuse_from(i + 1, found_command);
    return;
  }
}

/// Only where `--` means the end of options: `git checkout -- x` means something else.
void CommandJudge::git(std::size_t at) {
  for (std::size_t i = at + 1; i < words_.size(); ++i) {
    if (words_[i].is("-C") || words_[i].is("-c")) {
      ++i;
    } else if (!begins_option(i)) {
      if (const OptionCommand* known = find_option_command("git " + words_[i].text))
        options(*known, i);
      return;
    }
  }
}

void CommandJudge::options(const OptionCommand& known, std::size_t at) {
  bool argument = false;
  for (std::size_t i = at + 1; i < words_.size(); ++i) {
    const ShellWord& word = words_[i];
    if (word.is("--") && !argument) return;
    if (word.value_first && !argument)
      spots_[word.values.front()].dashes_for = std::string(known.name);
    // What follows `-m` or `--message` may be its argument, where `--` would be wrong.
    argument =
        !argument && begins_option(i) && word.exact &&
        (word.text.substr(0, 2) == "--" ? word.text.find('=') == std::string::npos
                                        : has(known.letters_with_argument, word.text.back()));
  }
}

void CommandJudge::test(const std::vector<ShellWord>& words) {
  static constexpr std::string_view numeric[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
  words_ = words;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (!words_[i].exact || words_[i].quoted) continue;
    if (words_[i].is("-v") || words_[i].is("-R")) refuse(i + 1, variable_name);
    if (!is_one_of(numeric, words_[i].text)) continue;
    if (i > 0) refuse(i - 1, number_context);
    refuse(i + 1, number_context);
  }
}

void CommandJudge::finish() {
  for (const NamedValue& assignment : assigned_)
    if (number_names_.count(assignment.variable) > 0)
      for (const std::size_t value : assignment.values) spots_[value].refuse(number_context);
}

}  // namespace pawl::dsl

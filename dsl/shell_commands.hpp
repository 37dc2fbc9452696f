#pragma once

#include <set>
#include <string>
#include <vector>

#include "dsl/shell_tables.hpp"
#include "dsl/shell_word.hpp"

/// What commands do with their arguments: some run them as code, some take a value for an option,
/// some name a variable with it. Unknown commands only receive them.
namespace pawl::dsl {

/// Looks at the commands of one script in the order of the text.
class CommandJudge {
 public:
  explicit CommandJudge(std::vector<Spot>& spots) : spots_(spots) {}

  /// Refuses the values of a simple command that could become code, and notes those that could be
  /// taken for options. Returns whether the command runs what it reads on its standard input.
  bool command(const std::vector<ShellWord>& words);
  /// The words between `[[` and `]]`.
  void test(const std::vector<ShellWord>& words);
  /// After the last command: assignments to variables that were declared to be numbers.
  void finish();

 private:
  struct NamedValue {
    std::string variable;
    std::vector<std::size_t> values;
  };

  bool run(std::size_t at);
  std::size_t skip_assignments();
  bool prefix(const Prefix& known, std::size_t at);
  bool interpreter(const Interpreter& known, std::size_t at);
  std::size_t interpreter_option(const Interpreter& known, std::size_t at, bool& code_seen,
                                 bool& code_operand, bool& stdin_asked);
  void declaration(std::size_t at);
  bool remote(std::size_t at);
  void find(std::size_t at);
  void git(std::size_t at);
  void options(const OptionCommand& known, std::size_t at);
  void nested_code(std::size_t at);
  void refuse(std::size_t word, const Refusal& why);
  void refuse_from(std::size_t word, const Refusal& why);
  bool begins_option(std::size_t word) const;

  std::vector<Spot>& spots_;
  std::vector<ShellWord> words_;
  int depth_ = 0;  ///< Commands that run commands, in the one at hand.
  std::vector<NamedValue> assigned_;
  std::set<std::string> number_names_;
};

}  // namespace pawl::dsl

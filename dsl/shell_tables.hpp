#pragma once

#include <string_view>

/// What is known of single commands, as tables. An option table lists the letters of the options
/// that take an argument.
namespace pawl::dsl {

/// A command that runs another one, whose name follows its own options and operands.
struct Prefix {
  std::string_view name, letters_with_argument;
  int operands = 0;
};
/// A command that runs text from its command line, or from its standard input.
struct Interpreter {
  std::string_view name;
  std::string_view code_letters;           ///< Options whose argument is code.
  std::string_view letters_with_argument;  ///< Options whose argument is not.
  std::string_view changed_letters;        ///< Options that change the bytes of their argument.
  bool code_operand = false;               ///< Without such an option the first operand is code.
  bool ends_options = false;               ///< Nothing behind the code or script is an option.
  bool reads_code = false;                 ///< Without code or script it runs its standard input.
};
/// A command that takes options and knows `--` as their end.
struct OptionCommand {
  std::string_view name, letters_with_argument;
};

/// Null when the command is not known as such.
const Prefix* find_prefix(std::string_view name);
/// All shells come as "sh".
const Interpreter* find_interpreter(std::string_view name);
/// Of git, the commands are "git add" and the like.
const OptionCommand* find_option_command(std::string_view name);

/// Everything in its arguments may run, or is evaluated in ways that depend on the text.
bool is_evaluating(std::string_view name);
/// Its arguments name variables, and bash evaluates the index in `a[…]`.
bool is_naming(std::string_view name);
/// `export` and the like: arguments are assignments.
bool is_declaring(std::string_view name);

}  // namespace pawl::dsl

// Any script with values in it: a byte 1 stands for an interpolation, 2 for raw( … ). Properties:
// each value is refused, or stands in the result as a reference to its own variable and nothing
// else of the script has changed.
#include <cstdint>

#include "base/check.hpp"
#include "dsl/shell_quote.hpp"

using namespace pawl;
using namespace pawl::dsl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string script;
  for (const std::uint8_t* byte = bytes; byte != bytes + size; ++byte) {
    if (*byte == 1) {
      script += "${{ v }}";
    } else if (*byte == 2) {
      script += "${{ raw(v) }}";
    } else {
      script += static_cast<char>(*byte);
    }
  }
  const SplitText split = split_template(script);
  const ShellScript quoted = quote_script(split, Shell::sh);
  for (const auto* list : {&quoted.mistakes, &quoted.warnings})
    for (const TextMistake& mistake : *list)
      check(mistake.offset + mistake.length <= script.size(), "a mistake lies in the script");

  std::string result;
  for (const ShellPiece& piece : quoted.pieces) result += piece.text;
  std::size_t at = 0, value = 0;
  for (const TextPiece& piece : split.pieces) {
    if (!piece.is_code) {
      check(result.compare(at, piece.text.size(), piece.text) == 0, "the script is unchanged");
      at += piece.text.size();
      continue;
    }
    // The expression of raw( … ) stands in a piece of its own, any other became a reference.
    if (value < quoted.values.size() &&
        (piece.text == quoted.values[value].expression || quoted.values[value].as_file)) {
      const std::string& name = quoted.values[value++].variable;
      const std::string forms[] = {"'\"$" + name + "\"'", "\"$" + name + "\"", "${" + name + "}"};
      bool found = false;
      for (const std::string& form : forms)
        if (!found && result.compare(at, form.size(), form) == 0) {
          found = true;
          at += form.size();
        }
      check(found, "a value became a reference");
    } else {
      return 0;  // raw( … ) of anything: its text is the author's.
    }
  }
  check(at == result.size(), "nothing was added");
  return 0;
}

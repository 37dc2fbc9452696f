#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::error, "shell-context", "a value where a shell would run or change it",
     R"(A value in a script travels as data, in a variable of the environment, so
that no value can add a command. There are places where a shell, or a
program that it starts, reads text as code: the name of a command, 'eval',
'sh -c', 'ssh', arithmetic, backquotes. And places where it does not read a
variable at all: comments, <<'END', $'…'. There a value is refused. Where
shells disagree about the lines before, it is refused as well.)",
     R"(inputs:
  name: {type: string, default: report}
steps:
  build:
    run: |
      sh -c "make ${{ inputs.name }}"
)",
     R"(inputs:
  name: {type: string, default: report}
steps:
  build:
    run: |
      sh -c 'printf "%s\n" "$1"' sh ${{ inputs.name }}
)",
     R"(Pass the value behind the code, or name it in 'env:' and read "$NAME" in the
code. docs/language.md, 'Values in a shell script', has the way for each
place.)"},
    {PageKind::error, "shell-wrapper", "file( … ) or raw( … ) inside a larger expression",
     R"(Both say how a value reaches the script, so they are no functions of Lua:
they must be the whole expression and take one value.)",
     R"(inputs:
  rows: {type: list, default: []}
steps:
  load:
    run: ./load ${{ file(inputs.rows) .. ".json" }}
)",
     R"(inputs:
  rows: {type: list, default: []}
steps:
  load:
    run: ./load ${{ file(inputs.rows) }}
)",
     R"(Write ${{ file( … ) }} and put the rest outside of the braces.)"},
    {PageKind::warning, "raw-value", "raw( … ) splices text into the script",
     R"(The text becomes a part of the script and can run anything that the script
may: a file name with ';' in it is enough. That is right only for code that
you have written yourself.)",
     R"(inputs:
  flags: {type: string, default: -O2}
steps:
  build:
    run: cc ${{ raw(inputs.flags) }} -o app app.c
)",
     R"(inputs:
  flags: {type: list, default: [-O2, -g]}
steps:
  build:
    run: [cc, "${{ inputs.flags }}", -o, app, app.c]
)",
     R"(Use the list form: an item that is a list becomes several arguments. There
is no way to silence this warning but to leave raw( … ) out.)"},
    {PageKind::warning, "foreign-syntax", "words of another engine, which are plain text here",
     R"(A value is filled in with a dollar before the braces: ${{ inputs.day }}.
Without it the text stays as it is, because scripts hold templates of
other programs. Variables and commands by which a script tells another
engine something have no meaning here.)",
     R"(inputs: {day: {type: string, default: today}}
steps:
  load:
    run: |
      ./load {{ inputs.day }}
      echo "rows=3" >> "$GITHUB_OUTPUT"
)",
     R"(inputs: {day: {type: string, default: today}}
steps:
  load:
    run: |
      ./load ${{ inputs.day }}
      echo '{"output": {"rows": 3}}' >> "$PAWL_REPORT"
)",
     R"(Write ${{ … }} for a value. What a step gives is its output: what it
prints, with 'output: text' or 'output: json', or what it appends to the
file $PAWL_REPORT.)"},
    {PageKind::warning, "option-like", "a value that could be taken for an option",
     R"(The command takes a word that begins with '-' for an option: a folder that
is named '-rf', or an input that somebody chose so. Behind '--' it takes
every word for a name.)",
     R"(inputs:
  folder: {type: string, default: old}
steps:
  clean:
    run: rm -r ${{ inputs.folder }}
)",
     R"(inputs:
  folder: {type: string, default: old}
steps:
  clean:
    run: rm -r -- ${{ inputs.folder }}
)",
     R"(Write '--' before the first value; for 'find' write './' before it. Both
also silence the warning.)"},
};

}  // namespace

std::span<const Page> shell_pages() { return all; }

}  // namespace pawl::dsl

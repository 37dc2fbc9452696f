#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::error, "yaml-syntax", "this is not YAML",
     R"(The file cannot be read as YAML 1.2 at this place: a bracket or a quote
without its end, a tab in the indentation, a line that is neither 'key:
value' nor '- item', an escape that YAML does not know. What follows such a
place has no certain meaning, so reading stops there; further mistakes show
once it is mended.)",
     R"(steps:
  greet:
    run: [echo, hello
)",
     R"(steps:
  greet:
    run: [echo, hello]
)",
     R"(The caret stands where reading stopped; the cause is there or just above.
Indent with spaces, close what is open, and quote a text that begins with
one of [ ] { } > | * & ! % # ` @ or holds ': '.)"},
    {PageKind::error, "yaml-comment", "a '#' hides the rest of the code",
     R"(In an unquoted YAML value, a blank and '#' begin a comment. In code that is
rarely meant: the length operator of Lua and '#include' are cut off without
a word, and what is left may even be valid. So Pawl refuses a comment right
behind unquoted code.)",
     R"(inputs:
  files: {type: list, default: []}
steps:
  load:
    when: inputs.files and #inputs.files > 0
    run: ./load
)",
     R"(inputs:
  files: {type: list, default: []}
steps:
  load:
    when: inputs.files and len(inputs.files) > 0
    # A comment on a line of its own is no problem.
    run: ./load
)",
     R"(Write len(x) for #x, quote the whole value, or put the code below 'key: |'.
A real comment goes on a line of its own.)"},
    {PageKind::error, "yaml-folded", "YAML joins these lines of Lua into one",
     R"(A value that goes on in the next line without '|', or below '>', reaches Lua
as one line: a '--' comment then hides all that follows, and statements run
together.)",
     R"(steps:
  count:
    lua: local n = 1
      return n
)",
     R"(steps:
  count:
    lua: |
      local n = 1
      return n
)",
     R"(Write 'lua: |' and put the lines below it, indented.)"},
    {PageKind::error, "yaml-expression", "an unquoted '${{' inside '{…}' or '[…]'",
     R"(Inside the braces of a map or the brackets of a list on one line, YAML takes
the braces of '${{ … }}' for its own. The value would be cut in pieces.)",
     R"(inputs:
  who: {type: string, default: world}
steps:
  greet: {run: echo hello ${{ inputs.who }}}
)",
     R"(inputs:
  who: {type: string, default: world}
steps:
  greet: {run: "echo hello ${{ inputs.who }}"}
)",
     R"(Quote the value, or write the map or list over several lines.)"},
    {PageKind::error, "yaml-tag", "YAML takes a '!word' for a tag",
     R"(A value that begins with '!' is a tag of YAML, a type that Pawl does not
know. In conditions it is mostly the 'not' of another language.)",
     R"(inputs:
  dry: {type: boolean, default: false}
steps:
  publish:
    when: !inputs.dry
    run: ./publish
)",
     R"(inputs:
  dry: {type: boolean, default: false}
steps:
  publish:
    when: not inputs.dry
    run: ./publish
)",
     R"(In Lua write 'not x'. Quote a text that begins with '!'.)"},
    {PageKind::error, "yaml-anchor", "YAML takes a '&' for an anchor",
     R"(A value that begins with '&' names an anchor of YAML. A second '&' or a
blank behind it shows that it was meant as code.)",
     R"(steps:
  publish:
    when: && true
    run: ./publish
)",
     R"(steps:
  publish:
    when: true and true
    run: ./publish
)",
     R"(In Lua write 'and'. Quote a text that begins with '&'.)"},
    {PageKind::error, "yaml-key", "a key that is no text",
     R"(Keys name things: steps, inputs, settings. A list, a map or nothing at all
in the place of a key names nothing.)",
     R"(steps:
  ? [a, b]
  : {run: echo}
)",
     R"(steps:
  a: {run: echo}
  b: {run: echo}
)",
     R"(Write 'key: value'. Quote a key that begins with '{' or '['.)"},
    {PageKind::error, "yaml-documents", "a second document in the file",
     R"(A line '---' ends a YAML document and begins the next. A workflow file holds
one workflow; a second one would never run.)",
     R"(steps:
  a: {run: echo a}
---
steps:
  b: {run: echo b}
)",
     R"(steps:
  a: {run: echo a}
)",
     R"(Put each workflow into a file of its own, or remove the line '---'.)"},
    {PageKind::error, "duplicate-key", "a key that stands twice in a map",
     R"(YAML forbids it, and many readers silently keep the last: a step or a
setting would vanish from the workflow.)",
     R"(steps:
  build: {run: make}
  test: {run: make test}
  build: {run: make install}
)",
     R"(steps:
  build: {run: make}
  test: {run: make test}
  install: {run: make install}
)",
     R"(Rename or remove one of the two; the message names the line of the first.)"},
    {PageKind::error, "merge-key", "'<<' with something that is no map",
     R"(The key '<<' takes the keys of another map. What stands behind it has to be
an alias of a map, or a list of such aliases.)",
     R"(x-base: &base 10m
steps:
  a:
    <<: *base
    run: echo
)",
     R"(x-base: &base {timeout: 10m}
steps:
  a:
    <<: *base
    run: echo
)",
     R"(Put the anchor on a map: 'x-base: &base {timeout: 10m}'.)"},
    {PageKind::error, "cyclic-alias", "an alias of a value that it is a part of",
     R"(An alias stands for the whole value behind its anchor. Inside that value it
would contain itself without end.)",
     R"(steps: &all
  a: {steps: *all}
)",
     R"(x-inner: &inner
  b: {run: echo}
steps:
  a: {steps: *inner}
)",
     R"(Write the value out, or anchor a part that does not hold the alias.)"},
    {PageKind::error, "empty-file", "the file holds nothing but comments",
     R"(There is nothing to run. Often the wrong file was named, or it was not saved
yet.)",
     R"(# to be written
)",
     R"(name: hello
steps:
  greet: {run: echo hello}
)",
     R"(Begin with 'name:' and 'steps:', or let 'pawl new hello' write a first file.)"},
    {PageKind::error, "binary-file", "the file is no text",
     R"(It holds a NUL byte, which no YAML text does: it is an archive, a program,
or a text in UTF-16. (In the example ␀ stands for that byte.))",
     R"(name: a␀b
steps:
  a: {run: echo}
)",
     R"(name: ab
steps:
  a: {run: echo}
)",
     R"(Give a workflow file; save it as UTF-8: iconv -f UTF-16 -t UTF-8.)"},
    {PageKind::error, "invalid-utf8", "bytes that are not UTF-8",
     R"(Workflows are UTF-8 texts. Bytes of another encoding would reach commands
and logs as other characters than you see in your editor. (In the example ␟
stands for the byte 0xFF.))",
     R"(steps:
  greet: {run: "echo gr␟n"}
)",
     R"(steps:
  greet: {run: "echo grün"}
)",
     R"(Save the file as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8 old > new.)"},
    {PageKind::error, "control-character", "a control character in the file",
     R"(Characters such as BEL or ESC cannot be seen, and could make a terminal show
another workflow than the one that runs. YAML forbids them. (In the example
␇ stands for one.))",
     R"(steps:
  ring: {run: "printf '␇'"}
)",
     R"(steps:
  ring: {run: "printf '\\a'"}
)",
     R"(Remove it, or write it as an escape: "\x07" in YAML's double quotes.)"},
};

}  // namespace

std::span<const Page> yaml_pages() { return all; }

}  // namespace pawl::dsl

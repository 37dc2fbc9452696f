#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::error, "lua-syntax", "this is not Lua",
     R"(Expressions and 'lua' blocks are Lua 5.4. Lua's own parser has refused the
text; the message says what is missing, or what stands where it cannot. Code
under 'lua', 'when' and hooks is Lua already and has no '${{ … }}'.)",
     R"(steps:
  check:
    lua: |
      if 1 > 2 return nil end
      return 1
)",
     R"(steps:
  check:
    lua: |
      if 1 > 2 then return nil end
      return 1
)",
     R"(Mend the text at the caret: 'then' behind if, 'do' behind for and while,
'end' for each of them.)"},
    {PageKind::error, "lua-spelling", "the spelling of another language",
     R"(What is meant is clear, but Lua writes it in another way: ~= for !=, 'and'
for &&, 'or' for ||, 'not' for !, == to compare, true and nil, x = x + 1 for
+=, {…} for lists, key = value in tables, a and b or c for a ? b : c.)",
     R"(inputs:
  region: {type: string, default: eu}
steps:
  load:
    when: inputs.region != "us"
    run: ./load
)",
     R"(inputs:
  region: {type: string, default: eu}
steps:
  load:
    when: inputs.region ~= "us"
    run: ./load
)",
     R"(Write what the message offers.)"},
    {PageKind::error, "expression", "text beside the expression of a condition",
     R"('when' and 'retry.when' hold one expression that is true or false. Text
beside '${{ … }}' would make a text of it, which is neither.)",
     R"(inputs:
  dry: {type: boolean, default: false}
steps:
  publish:
    when: "not ${{ inputs.dry }}"
    run: ./publish
)",
     R"(inputs:
  dry: {type: boolean, default: false}
steps:
  publish:
    when: not inputs.dry
    run: ./publish
)",
     R"(Write the whole expression in Lua, without '${{' and '}}'.)"},
    {PageKind::error, "expression-end", "'${{' without its '}}'",
     R"(The end of an expression is found by reading it as Lua: an open quote, or
'--', which begins a comment, hides the '}}' that you see.)",
     R"(inputs:
  day: {type: string, default: today}
steps:
  load:
    run: ./load ${{ inputs.day -- the day }}
)",
     R"(inputs:
  day: {type: string, default: today}
steps:
  load:
    run: ./load ${{ inputs.day }}
)",
     R"(End it with '}}', close its quotes, leave comments out. '$${{' is the text
'${{'.)"},
    {PageKind::error, "expression-empty", "'${{ }}' without an expression",
     R"(There is nothing between the braces, so there is no value.)",
     R"(steps:
  load:
    run: ./load ${{ }}
)",
     R"(inputs:
  day: {type: string, default: today}
steps:
  load:
    run: ./load ${{ inputs.day }}
)",
     R"(Write a Lua expression, or remove the braces. '$${{' is the text '${{'.)"},
    {PageKind::error, "empty-code", "a key for code with none in it",
     R"(An empty 'run', 'lua', 'when' or hook does nothing. YAML gives an empty
value when the text below is not indented.)",
     R"(steps:
  greet:
    run:
)",
     R"(steps:
  greet:
    run: echo hello
)",
     R"(Write the code, indented below the key, or remove the key.)"},
    {PageKind::error, "unknown-input", "an input that is not declared",
     R"(Only declared inputs can be given to a run, so this one would never have a
value. The default of an input can read the inputs above it, not those
below.)",
     R"(inputs:
  region: {type: string, default: eu}
steps:
  load: {run: "./load ${{ inputs.regoin }}"}
)",
     R"(inputs:
  region: {type: string, default: eu}
steps:
  load: {run: "./load ${{ inputs.region }}"}
)",
     R"(Correct the name, or declare it under 'inputs:'.)"},
    {PageKind::error, "unknown-name", "a name that means nothing here",
     R"(In scope are inputs, env, run, workflow, steps and the library (json str
list time hash math regex semver len coalesce contains format). 'output'
exists in the hook 'after', 'error' in 'on_error', 'on_retry' and
'retry.when'. Lua would read any other name as nil, silently.)",
     R"(inputs:
  region: {type: string, default: eu}
steps:
  load: {run: "./load ${{ input.region }}"}
)",
     R"(inputs:
  region: {type: string, default: eu}
steps:
  load: {run: "./load ${{ inputs.region }}"}
)",
     R"(Correct the name; a variable of your own begins with 'local'.)"},
    {PageKind::error, "unknown-field", "a field that a step or the run does not have",
     R"(A step that has ended has three fields: output, state and error. What it
gave is in 'output', with the fields that its 'output_schema' names, if it
has one. 'run' has id, number, name, workflow, started_at and duration.)",
     R"(steps:
  count: {lua: "return {rows = 3}"}
  show: {run: "echo ${{ steps.count.rows }}"}
)",
     R"(steps:
  count: {lua: "return {rows = 3}"}
  show: {run: "echo ${{ steps.count.output.rows }}"}
)",
     R"(Write steps.NAME.output.FIELD.)"},
    {PageKind::error, "schema", "an 'output_schema' that cannot be used",
     R"(It is a JSON Schema of draft 2020-12 that stands in the file as a whole. A
word that is no keyword, or that Pawl does not know, is a mistake: otherwise
the schema would promise more than is checked.)",
     R"(steps:
  count:
    run: ./count
    output: json
    output_schema: {type: object, properties: {rows: {type: int}}}
)",
     R"(steps:
  count:
    run: ./count
    output: json
    output_schema: {type: object, properties: {rows: {type: integer}}}
)",
     R"(Write what the message says. The section 'The schema of an output' of the
language's page lists the keywords.)"},
    {PageKind::warning, "schema-note", "a word of a schema that checks nothing",
     R"(Some words of JSON Schema are notes for people ('format'), and some say
something only beside another one ('then' beside 'if'). The output is taken
whatever they say.)",
     R"(steps:
  day:
    run: date +%F
    output: text
    output_schema: {type: string, format: date}
)",
     R"(steps:
  day:
    run: date +%F
    output: text
    output_schema: {type: string, pattern: '^\d{4}-\d{2}-\d{2}$'}
)",
     R"(Say it in a word that is checked, or leave it out.)"},
    {PageKind::warning, "no-output", "the output of a step that keeps none",
     R"(A script gives the output that it reports. What it prints goes to its log;
as its output it is kept with 'output:' only. Without, the output is null.)",
     R"(steps:
  day: {run: date +%F}
  show: {run: "echo ${{ steps.day.output }}"}
)",
     R"(steps:
  day: {run: date +%F, output: text}
  show: {run: "echo ${{ steps.day.output }}"}
)",
     R"(Write 'output: text', 'json' or 'lines', or append '{"output": …}' to the
file $PAWL_REPORT. Of a script that starts a program that does so, say it
in a comment: '# it appends to $PAWL_REPORT'.)"},
    {PageKind::error, "unknown-variable", "a variable that 'env' does not declare",
     R"('env' holds what the file declares: under 'env:' of the workflow, of the
blocks around a step, and of the step. The environment of the worker is
not in it, so that a file reads the same wherever it runs.)",
     R"(env: {REGION: eu}
steps:
  load: {run: "./load ${{ env.REGON }}"}
)",
     R"(env: {REGION: eu}
steps:
  load: {run: "./load ${{ env.REGION }}"}
)",
     R"(Declare it. A script reads the worker's own variables as $NAME.)"},
    {PageKind::error, "unknown-state", "a state that no step is ever in",
     R"(The state of a step is one of a few words. Compared with any other, it is
different always, and nothing would say so.)",
     R"(steps:
  build: {run: "make", on_error: continue}
  report: {when: "steps.build.state == 'success'", run: "./report"}
)",
     R"(steps:
  build: {run: "make", on_error: continue}
  report: {when: "steps.build.state == 'succeeded'", run: "./report"}
)",
     R"(A step ends succeeded, failed, skipped, cancelled or not_run.)"},
};

}  // namespace

std::span<const Page> expression_pages() { return all; }

}  // namespace pawl::dsl

#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::error, "unknown-key", "a key that has no meaning here",
     R"(Pawl ignores no key. A 'tiemout' that nobody reads would be a step without a
timeout, and you would learn of it at night. Keys of other engines are
answered with ours.)",
     R"(steps:
  fetch: {run: ./fetch}
  build: {run: ./build, depends_on: fetch}
)",
     R"(steps:
  fetch: {run: ./fetch}
  build: {run: ./build, needs: fetch}
)",
     R"(Write the key that the message offers. docs/language.md lists all keys of a
place. Room for anchors is under root keys that begin with 'x-'.)"},
    {PageKind::error, "not-available", "a word of the language that this version lacks",
     R"(The word is reserved: a later version knows it. This one refuses it, because
a file that asks for something and does not get it would do another thing
than it says.)",
     R"(triggers:
  - {cron: "0 6 * * *"}
steps:
  report: {run: ./report}
)",
     R"(steps:
  report: {run: ./report}
)",
     R"(Remove it, or use a version that has it. 'pawl version' says which one you
have. A schedule can meanwhile be cron's: 0 6 * * * pawl run report.yaml
--detach.)"},
    {PageKind::error, "wrong-kind", "a key that belongs to another kind of step or input",
     R"(The key exists, but not for this: 'shell' and 'output' say how a process is
run and read, so they have no meaning beside 'lua'; 'minimum' has none for a
text.)",
     R"(steps:
  count:
    lua: return {rows = 3}
    output: json
)",
     R"(steps:
  count:
    lua: return {rows = 3}
)",
     R"(Remove the key, or move it to the step that it was meant for.)"},
    {PageKind::error, "wrong-type", "a value of another type than the key takes",
     R"(A list where a text is expected, a text where a map is expected, nothing at
all. The message says what the key takes.)",
     R"(steps:
  build: make all
)",
     R"(steps:
  build: {run: make all}
)",
     R"(Write what the message says the key takes. A value that looks like another
type can be quoted: "3" is a text.)"},
    {PageKind::error, "unknown-value", "a word that is none of the key's choices",
     R"(The key takes one of a few words, and this is none of them.)",
     R"(steps:
  notify: {run: ./notify, on_error: ignore}
)",
     R"(steps:
  notify: {run: ./notify, on_error: continue}
)",
     R"(Choose one of the words in the message.)"},
    {PageKind::error, "duration", "a time without a unit, or one that cannot be read",
     R"(A bare number could mean seconds, minutes or milliseconds; who is wrong
about it waits sixty times too long. So a duration has a unit.)",
     R"(steps:
  build: {run: make, timeout: 10}
)",
     R"(steps:
  build: {run: make, timeout: 10m}
)",
     R"(Write 500ms, 30s, 10m, 2h, 7d, 1h30m, or ISO 8601: PT1H30M.)"},
    {PageKind::error, "number", "a number that cannot be kept",
     R"(Integers have 64 bits and numbers are double precision. This one would be
changed without a word.)",
     R"(inputs:
  id: {type: number, default: 99999999999999999999999}
steps:
  show: {run: "echo ${{ inputs.id }}"}
)",
     R"(inputs:
  id: {type: string, default: "99999999999999999999999"}
steps:
  show: {run: "echo ${{ inputs.id }}"}
)",
     R"(Use a smaller number, or a text when it is a name rather than a quantity.)"},
    {PageKind::error, "id", "a name that expressions could not use",
     R"(Ids of steps, inputs, outputs and variables stand in Lua:
steps.build.output. So they are letters, digits and '_', no digit in front,
at most 63, and no reserved word of Lua ('end', 'for', 'repeat', …).
Variables that begin with PAWL_ are set by Pawl.)",
     R"(steps:
  build-image: {run: make image}
)",
     R"(steps:
  build_image: {run: make image}
)",
     R"(Write the id that the message offers. 'name:' of a step takes any text for
people.)"},
    {PageKind::error, "enum", "an input of the type 'enum' without choices",
     R"(An input of the type 'enum' is a text that is one of several, so the file
says which there are.)",
     R"(inputs:
  region: {type: enum}
steps:
  a: {run: "echo ${{ inputs.region }}"}
)",
     R"(inputs:
  region: {type: enum, enum: [eu, us], default: eu}
steps:
  a: {run: "echo ${{ inputs.region }}"}
)",
     R"(Write 'enum: [eu, us]' beside it.)"},
    {PageKind::error, "name", "a name of a workflow that commands could not use",
     R"(The name of a workflow stands in commands, addresses and lists: 1 to 63 of
a-z, 0-9 and '-', with no '-' in front.)",
     R"(name: Nightly Report
steps:
  report: {run: ./report}
)",
     R"(name: nightly-report
description: Nightly Report
steps:
  report: {run: ./report}
)",
     R"(Write the name that the message offers, and the long form under
'description:'.)"},
    {PageKind::error, "default", "a default that its own input would refuse",
     R"(A default has to fit what the input declares: its type, 'enum', 'minimum',
'maximum', 'pattern'. This one does not, so no run could start without
giving a value.)",
     R"(inputs:
  region: {type: string, enum: [eu, us], default: de}
steps:
  load: {run: "./load ${{ inputs.region }}"}
)",
     R"(inputs:
  region: {type: string, enum: [eu, us], default: eu}
steps:
  load: {run: "./load ${{ inputs.region }}"}
)",
     R"(Choose a default that fits, or widen what the input takes.)"},
    {PageKind::error, "required-default", "a required input with a default",
     R"(A required input must be given, so its default could never be used. One of
the two is not what you mean.)",
     R"(inputs:
  day: {type: string, required: true, default: today}
steps:
  load: {run: "./load ${{ inputs.day }}"}
)",
     R"(inputs:
  day: {type: string, default: today}
steps:
  load: {run: "./load ${{ inputs.day }}"}
)",
     R"(Remove 'required' if the default is good, the default if it is not.)"},
    {PageKind::error, "pattern", "a pattern that cannot be used",
     R"(A pattern is matched in time that is linear in the text, whatever it says;
so it knows literals, '.', classes, \d \w \s, groups, '|' and * + ? {m,n},
but no look-around and no back references.)",
     R"(inputs:
  id: {type: string, pattern: "[a-z"}
steps:
  load: {run: "./load ${{ inputs.id }}"}
)",
     R"(inputs:
  id: {type: string, pattern: "[a-z]+"}
steps:
  load: {run: "./load ${{ inputs.id }}"}
)",
     R"(Close what is open. The pattern matches the whole text, without '^' and '$'.)"},
};

}  // namespace

std::span<const Page> key_pages() { return all; }

}  // namespace pawl::dsl

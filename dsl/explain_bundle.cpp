#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

constexpr Page all[] = {
    {PageKind::error, "missing-file", "a file that is not in the workflow's folder",
     R"(What a workflow loads stands in its own folder: the module 'lib.clean' is
the file lib/clean.lua, the action 'fetch' is actions/fetch.lua. It is read
when the workflow is compiled, so that a run never finds it missing.)",
     R"(steps:
  clean: {lua: 'return require("lib.cleen")'}
)",
     R"(steps:
  clean: {lua: 'return require("lib.clean")'}
)",
     R"(Correct the name, or write the file.)"},
    {PageKind::error, "require", "a module that cannot be loaded so",
     R"(The name of a module is written as it is, in words joined by dots, in Lua of
a step or a hook: only so is it known before the run what belongs to it.
Modules that load each other in a circle would never be done loading.)",
     R"(inputs: {name: {type: string, default: lib.clean}}
steps:
  clean: {lua: return require(inputs.name)}
)",
     R"(steps:
  clean: {lua: 'return require("lib.clean")'}
)",
     R"(Write the name itself. What an expression needs of a module, a 'lua' step
computes.)"},
    {PageKind::error, "action", "an action that cannot be used",
     R"(The file actions/NAME.lua returns a table: 'run', the function that does the
work, and 'inputs', 'output_schema' and 'description', which are read before
the run. While it is loaded it can reach nothing outside.)",
     R"(steps:
  report: {uses: {with: {day: 2026-11-20}}}
)",
     R"(steps:
  report: {uses: {action: fetch, with: {day: 2026-11-20}}}
)",
     R"(Name the action; in its file, write return {run = function(with) … end}.)"},
    {PageKind::error, "with", "a value that an action does not take",
     R"(An action declares its inputs as a workflow does. What the file gives them as
a fixed value is checked before the run, what an expression gives when the
step runs.)",
     R"(steps:
  report: {uses: {action: fetch, with: {day: tomorrow}}}
)",
     R"(steps:
  report: {uses: {action: fetch, with: {day: 2026-11-20}}}
)",
     R"(Give each input that is required, a value of its type, and no other names.)"},
    {PageKind::error, "bundle", "a file that cannot go along",
     R"(The workflow and the files that it names are stored as one: at most 1,000
files beside the workflow, each of at most 4 MiB (a Lua file of 256 KiB), and
16 MiB together. They stand in the workflow's folder; links are followed
inside of it only.)",
     R"(files: [../shared/load.sh]
steps:
  load: {run: ./load.sh}
)",
     R"(files: [scripts/load.sh]
steps:
  load: {run: ./scripts/load.sh}
)",
     R"(Copy the file into the folder, and name it as seen from there. Large data
stays outside: a step reads it.)"},
};

}  // namespace

std::span<const Page> bundle_pages() { return all; }

}  // namespace pawl::dsl

#include "dsl/explain_chapters.hpp"

namespace pawl::dsl {
namespace {

// The examples are shown as if the limit were small; the test compiles them with such limits.
constexpr Page all[] = {
    {PageKind::error, "file-too-big", "the file is larger than 16 MiB",
     R"(Every file has limits, so that no file can bring down who reads it. A
workflow of more than 16 MiB mostly holds data. (The example is shown as if
the limit were 80 bytes.))",
     R"(steps:
  load:
    run: |
      cat > rows.csv <<'END'
      1,2,3
      4,5,6
      … and many lines more
      END
)",
     R"(steps:
  load:
    run: ./load rows.csv
)",
     R"(Keep data in files and read them in steps; split a workflow that is really
so big.)"},
    {PageKind::error, "value-too-big", "one text, comment or '{…}' of more than 4 MiB",
     R"(A single value of this size is data, not a workflow, and YAML has to be read
to its end before anything is known of it. (The example is shortened.))",
     R"(x-rows: [1, 2, 3, …]
steps:
  load: {run: ./load}
)",
     R"(steps:
  load: {run: ./load rows.json}
)",
     R"(Keep the data in a file beside the workflow. A long map or list on one line
may also be written over many lines.)"},
    {PageKind::error, "too-many-nodes", "more than 2,000,000 values",
     R"(Aliases count as what they stand for: a few lines of aliases of aliases can
stand for billions of values, and would fill the memory of whoever reads
them. (The example is shown as if the limit were 12.))",
     R"(x-a: &a [1, 2, 3]
x-b: &b [*a, *a, *a]
x-c: &c [*b, *b, *b]
steps:
  a: {run: echo}
)",
     R"(x-a: &a [1, 2, 3]
steps:
  a: {run: echo}
)",
     R"(Use fewer aliases of aliases, or split the workflow.)"},
    {PageKind::error, "too-many-aliases", "more than 1,000 aliases",
     R"(A file with so many aliases is made by a program, which can write the values
out. (The example is shown as if the limit were 2.))",
     R"(x-a: &a {timeout: 1m}
steps:
  a: {<<: *a, run: echo}
  b: {<<: *a, run: echo}
  c: {<<: *a, run: echo}
)",
     R"(defaults: {timeout: 1m}
steps:
  a: {run: echo}
  b: {run: echo}
  c: {run: echo}
)",
     R"(Write the values out, use 'defaults:', or split the file.)"},
    {PageKind::error, "too-deep", "values nested more than 64 levels deep",
     R"(Nobody reads 64 levels; files that have them are broken or hostile. (The
example is shown as if the limit were 6.))",
     R"(steps:
  a:
    steps:
      b:
        steps:
          c:
            steps:
              d: {run: echo}
)",
     R"(steps:
  a:
    steps:
      d: {run: echo}
)",
     R"(Put blocks side by side instead of into each other.)"},
    {PageKind::error, "too-many-steps", "more than 200,000 steps",
     R"(A run keeps the state of each of its steps in memory and in the database.
(The example is shown as if the limit were 2.))",
     R"(steps:
  a: {run: ./work a}
  b: {run: ./work b}
  c: {run: ./work c}
)",
     R"(steps:
  all: {run: ./work a b c}
)",
     R"(Let one step do more, or split the workflow.)"},
};

}  // namespace

std::span<const Page> limit_pages() { return all; }

}  // namespace pawl::dsl

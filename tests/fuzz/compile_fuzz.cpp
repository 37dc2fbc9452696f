// Any bytes as a workflow file. Properties: a plan or an error, never neither; every diagnostic has
// a place and can be shown; a plan survives its stored form.
#include <cstdint>

#include "base/check.hpp"
#include "dsl/compile.hpp"

using namespace pawl;
using namespace pawl::dsl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string source(bytes, bytes + size);
  const Compiled compiled = compile(source, "fuzz.yaml");
  check(compiled.plan.has_value() != has_errors(compiled.diagnostics), "a plan or an error");
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    check(diagnostic.at.line >= 1 && diagnostic.at.column >= 1, "a diagnostic has a place");
    check(!diagnostic.rule.empty() && !diagnostic.message.empty(), "a diagnostic says something");
    check(!render(diagnostic, "fuzz.yaml", source).empty(), "a diagnostic can be shown");
    check(!render_json(diagnostic, "fuzz.yaml").empty(), "a diagnostic is a record");
  }
  if (compiled.plan) {
    const std::string stored = encode_plan(*compiled.plan);
    check(encode_plan(decode_plan(stored)) == stored, "a plan survives its stored form");
  }
  return 0;
}

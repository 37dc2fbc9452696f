#include "scripting/script.hpp"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "scripting/syntax.hpp"

/// Microseconds per script, each with an interpreter of its own: state, compile, run, JSON, close.
/// CPU time of the thread, so that a busy machine does not count; the median of 15 rounds.
namespace {

using pawl::JsonText;
using namespace pawl::scripting;

double cpu_micros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <class Body>
void measure(const char* name, const Body& body) {
  constexpr int rounds = 15, repeats = 500;
  std::vector<double> micros;
  for (int round = 0; round < rounds; ++round) {
    const double start = cpu_micros();
    for (int i = 0; i < repeats; ++i) body();
    micros.push_back((cpu_micros() - start) / repeats);
  }
  std::sort(micros.begin(), micros.end());
  std::printf("%-44s %8.2f us\n", name, micros[rounds / 2]);
}

Scope a_scope() {
  Scope scope;
  scope.values["inputs"] = JsonText{R"({"day":"2026-11-21","region":"eu","rows":1000})"};
  scope.values["env"] = JsonText{R"({"REGION":"eu"})"};
  std::string files = "[";
  for (int i = 0; i < 400; ++i) {
    files += (i == 0 ? "\"" : ",\"") + ("part-" + std::to_string(i)) + ".parquet\"";
  }
  scope.steps["extract"] =
      JsonText{R"({"state":"succeeded","output":{"files":)" + files + R"(]},"error":null})"};
  return scope;
}

}  // namespace

int main() {
  const Scope scope = a_scope();
  const auto expression = [&](const char* text) {
    return [&scope, text] {
      if (!evaluate({text, "bench.yaml", 1, true}, scope).has_value()) std::abort();
    };
  };
  const auto block = [&](const char* text) {
    return [&scope, text] {
      Script script({}, scope, {{"shell", "sleep"}, {}, {"fail"}}, nullptr);
      if (!script.start({text, "bench.yaml", 1, false}).value) std::abort();
    };
  };
  measure("check_expression", [] {
    if (check_expression("inputs.region == 'eu'")) std::abort();
  });
  measure("expression: 1 + 2", expression("1 + 2"));
  measure("expression: inputs.region == \"eu\"", expression("inputs.region == \"eu\""));
  measure("expression: str.upper(inputs.region)", expression("str.upper(inputs.region)"));
  measure("expression: a list of 400 texts, its length",
          expression("len(steps.extract.output.files)"));
  measure("expression: a list of 400 texts", expression("steps.extract.output.files"));
  measure("block: return {rows = inputs.rows}", block("return {rows = inputs.rows}"));
  measure("block of 10 lines", block("local total = 0\n"
                                     "local names = {}\n"
                                     "for i, file in ipairs(steps.extract.output.files) do\n"
                                     "  if i > 10 then break end\n"
                                     "  total = total + i\n"
                                     "  names[#names + 1] = file:gsub('%.parquet$', '')\n"
                                     "end\n"
                                     "local ok, why = pcall(function() error('x') end)\n"
                                     "if total == 0 then fail('none') end\n"
                                     "return {total = total, names = names, ok = ok}\n"));
  measure("block with 2 awaits", [&] {
    Script script({}, {}, {{"shell", "sleep"}, {}, {}}, nullptr);
    Step step = script.start({"return shell('a') + shell('b')", "bench.yaml", 1, false});
    while (step.await) step = script.resume(JsonText{"1"});
    if (!step.value) std::abort();
  });
  measure("block: a loop of 100,000", block("for i = 1, 100000 do end return 1"));
  return 0;
}

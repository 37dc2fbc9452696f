#include "dsl/compile.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// `bench_compile [N…]`: compiles workflows of N steps (10,000 and 100,000), as a list and as a
/// map, each in a process of its own, and prints the time, the bytes per step that the plan keeps,
/// the size of its stored form, and the peak of memory. Bars: linear time, 1 KB a step.
namespace {

std::string a_file(int steps, bool as_list) {
  std::string yaml = "name: bench\ninputs: {day: {type: string}}\nsteps:\n";
  for (int i = 0; i < steps; ++i) {
    const std::string id = "step_" + std::to_string(i);
    const std::string before = "step_" + std::to_string(i > 0 ? i - 1 : 0);
    if (as_list) {
      yaml += "  - id: " + id + "\n    run: [program, --day, \"${{ inputs.day }}\"]\n";
    } else {
      yaml += "  " + id + ":\n    run: ./program --day ${{ inputs.day }} --part " +
              std::to_string(i) + "\n";
      if (i > 0) yaml += "    when: steps." + before + ".output.ok\n";
    }
    yaml += "    timeout: 10m\n";
  }
  return yaml;
}

std::size_t heap_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void measure(int steps, bool as_list) {
  const std::string yaml = a_file(steps, as_list);
  const std::size_t before = heap_in_use();
  const auto start = std::chrono::steady_clock::now();
  pawl::dsl::Compiled compiled = pawl::dsl::compile(yaml, "bench.yaml");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!compiled.plan) {
    std::fputs(pawl::dsl::render(compiled.diagnostics.front(), "bench.yaml", yaml).c_str(), stderr);
    std::exit(1);
  }
  const std::size_t kept = heap_in_use() - before;
  const std::size_t stored = pawl::dsl::encode_plan(*compiled.plan).size();
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  const auto count = static_cast<std::size_t>(steps);
  std::printf(
      "%-4s %7d steps  %6.2f MB  %6.3f s  %5.2f us/step  kept %4zu B/step  "
      "stored %4zu B/step  peak %4ld MB\n",
      as_list ? "list" : "map", steps, static_cast<double>(yaml.size()) / 1e6, took.count(),
      took.count() * 1e6 / steps, kept / count, stored / count, usage.ru_maxrss / 1024);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoi(argv[i]));
  if (sizes.empty()) sizes = {10'000, 100'000};
  for (const int steps : sizes) {
    for (const bool as_list : {true, false}) {
      const pid_t child = fork();
      if (child == 0) {
        measure(steps, as_list);
        std::exit(0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      if (status != 0) return 1;
    }
  }
  return 0;
}

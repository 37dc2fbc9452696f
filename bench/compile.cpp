#include "dsl/compile.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// `bench_compile [N…]`: compiles workflows of N steps (10,000 and 100,000), as a list and as a
/// map, each in a process of its own, and prints the time, the bytes per step that the plan keeps,
/// the size of its stored form, and the peak of memory. Bars: linear time, 1 KB a step.
/// `bench_compile --parser`: a workflow of 10 MB, compiled and read by yaml-cpp's event parser
/// alone in turns; prints the medians and the quartiles of their ratios. Bars: 5 MB/s, 2 × the
/// parser.
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

/// Takes the events and does nothing.
class Listener : public YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { ++events_; }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { ++events_; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    ++events_;
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  long events_ = 0;
};

template <class Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double at_share(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

void compare_with_parser(bool as_list) {
  constexpr int pairs = 7;
  int steps = 1000;
  const auto bytes_of_one = a_file(steps, as_list).size() / static_cast<std::size_t>(steps);
  steps = static_cast<int>(10'000'000 / bytes_of_one);
  const std::string yaml = a_file(steps, as_list);
  std::vector<double> ours, parser, ratios;
  for (int i = 0; i < pairs; ++i) {
    parser.push_back(seconds_of([&] {
      std::istringstream text(yaml);
      YAML::Parser reader(text);
      Listener listener;
      while (reader.HandleNextDocument(listener)) {
      }
    }));
    ours.push_back(seconds_of([&] { pawl::dsl::compile(yaml, "bench.yaml"); }));
    ratios.push_back(ours.back() / parser.back());
  }
  const double size = static_cast<double>(yaml.size()) / 1e6;
  std::printf(
      "%-4s %7d steps  %6.2f MB  compile %5.2f MB/s  parser alone %5.2f MB/s  ratio %.2f "
      "[%.2f, %.2f]\n",
      as_list ? "list" : "map", steps, size, size / at_share(ours, 0.5),
      size / at_share(parser, 0.5), at_share(ratios, 0.5), at_share(ratios, 0.25),
      at_share(ratios, 0.75));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--parser") {
    compare_with_parser(true);
    compare_with_parser(false);
    return 0;
  }
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

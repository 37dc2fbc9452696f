#include "cli/draw/samples.hpp"

namespace pawl::cli::draw {
namespace {

/// Layers of steps that each need two of the layer before.
std::string wide(int layers, int width) {
  std::string yaml = "name: wide\nsteps:\n";
  for (int layer = 0; layer < layers; ++layer) {
    for (int i = 0; i < width; ++i) {
      const std::string here = std::to_string(layer) + "_" + std::to_string(i);
      yaml += "  part_" + here + ":\n    run: \"true\"\n";
      if (layer == 0) continue;
      const std::string before = "part_" + std::to_string(layer - 1) + "_";
      yaml += "    needs: [" + before + std::to_string(i) + ", " + before +
              std::to_string((i + 1) % width) + "]\n";
    }
  }
  return yaml;
}

std::string deep(int steps) {
  std::string yaml = "name: deep\nsteps:\n";
  for (int i = 0; i < steps; ++i) {
    yaml += "  step_" + std::to_string(i) + ":\n    run: \"true\"\n";
    if (i > 0) yaml += "    needs: step_" + std::to_string(i - 1) + "\n";
    if (i > 4 && i % 5 == 0) yaml += "    retry: {max_attempts: 3}\n";
  }
  return yaml;
}

}  // namespace

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"chain", R"(name: chain
steps:
  - {id: fetch, run: "true"}
  - {id: unpack, run: "true"}
  - {id: install, run: "true"}
)"},
      {"diamond", R"(name: diamond
steps:
  extract: {run: "true"}
  load_eu: {needs: extract, run: "true", when: 'inputs.region == "eu"'}
  load_us: {needs: extract, run: "true"}
  report: {needs: [load_eu, load_us], lua: return 1}
inputs:
  region: {type: string, default: eu}
)"},
      {"fan", R"(name: fan
steps:
  list: {run: "true"}
  a: {needs: list, run: "true"}
  b: {needs: list, run: "true"}
  c: {needs: list, run: "true"}
  d: {needs: list, run: "true"}
  e: {needs: list, run: "true"}
  join_them: {needs: [a, b, c, d, e], run: "true"}
)"},
      {"blocks", R"(name: blocks
hooks:
  on_failure: log("it failed")
  finally: log("it ended")
steps:
  fetch: {run: "true"}
  build:
    needs: fetch
    steps:
      configure: {run: "true"}
      compile:
        needs: configure
        steps:
          - {id: debug, run: "true"}
          - {id: release, run: "true"}
      docs: {needs: configure, run: "true"}
      package: {needs: [compile, docs], run: "true"}
  audit: {needs: fetch, run: "true", retry: {max_attempts: 4}, on_error: continue}
  publish: {needs: [build, audit], run: "true"}
)"},
      {"long_lines", R"(name: long-lines
steps:
  config: {run: "true"}
  fetch: {needs: config, run: "true"}
  parse: {needs: fetch, run: "true"}
  check: {needs: [parse, config], run: "true"}
  store: {needs: [check, config], run: "true"}
  notify: {needs: [fetch, parse, store], run: "true", join: always}
)"},
      {"crossing", R"(name: crossing
steps:
  a: {run: "true"}
  b: {run: "true"}
  c: {run: "true"}
  x: {needs: [a, b], run: "true"}
  y: {needs: [b, c], run: "true"}
  z: {needs: [a, c], run: "true"}
)"},
      {"separate", R"(name: separate
steps:
  one: {run: "true"}
  two: {run: "true"}
  three: {run: "true"}
)"},
      {"wide", wide(3, 8)},
      {"lanes", wide(4, 10)},
      {"deep", deep(33)},
  };
  return all;
}

}  // namespace pawl::cli::draw

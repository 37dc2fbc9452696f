#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.hpp"
#include "dsl/compile.hpp"
#include "dsl/keys.hpp"
#include "dsl/plan.hpp"
#include "dsl/yaml_tree.hpp"
#include "dsl/yaml_values.hpp"
#include "sample_folder.hpp"

/// The compiler for tests in other languages. `dsl_probe` reads lines, each a JSON string with the
/// text of a workflow file, and answers each with a line: the file's values as JSON, the plan, the
/// mistakes. `dsl_probe --keys` prints the tables of keys instead.
namespace pawl::dsl {
namespace {

using nlohmann::json;

/// Without `default`, so that the compiler asks for a word for each new place.
std::string name_of(KeyPlace place) {
  switch (place) {
    case KeyPlace::root:
      return "root";
    case KeyPlace::step:
      return "step";
    case KeyPlace::block:
      return "block";
    case KeyPlace::waiting:
      return "waiting";
    case KeyPlace::wait:
      return "wait";
    case KeyPlace::approval:
      return "approval";
    case KeyPlace::cancel_when:
      return "cancel_when";
    case KeyPlace::verify:
      return "verify";
    case KeyPlace::undo:
      return "undo";
    case KeyPlace::uses:
      return "uses";
    case KeyPlace::input:
      return "input";
    case KeyPlace::retry:
      return "retry";
    case KeyPlace::join:
      return "join";
    case KeyPlace::foreach:
      return "foreach";
    case KeyPlace::choice:
      return "switch";
    case KeyPlace::loop:
      return "loop";
    case KeyPlace::defaults:
      return "defaults";
    case KeyPlace::step_hooks:
      return "step_hooks";
    case KeyPlace::run_hooks:
      return "run_hooks";
  }
  return "";
}

json words_of(const KeyTable& table) {
  return {{"known", json(std::vector<std::string>(table.known.begin(), table.known.end()))},
          {"later", json(std::vector<std::string>(table.later.begin(), table.later.end()))}};
}

void print_keys() {
  json tables = {{"kinds", words_of(kinds())}};
  for (int number = 0;; ++number) {
    const auto place = static_cast<KeyPlace>(number);
    if (name_of(place).empty()) break;
    tables[name_of(place)] = words_of(keys_at(place));
  }
  std::cout << tables.dump() << '\n';
}

/// null where YAML or JSON cannot hold it.
json values_of(const std::string& text) {
  const ParsedYaml parsed = parse_yaml(text, Limits{});
  JsonText values;
  if (!parsed.tree || to_json(*parsed.tree, Tree::root(), values)) return nullptr;
  return json::parse(values.text);
}

json answer_to(const std::string& text) {
  const Compiled compiled = compile_sample(text, "probe.yaml");
  json answer = {{"values", values_of(text)}, {"plan", nullptr}, {"mistakes", json::array()}};
  if (compiled.plan) answer["plan"] = pawl::to_hex(encode_plan(*compiled.plan));
  for (const Diagnostic& one : compiled.diagnostics) {
    answer["mistakes"].push_back({{"rule", one.rule},
                                  {"message", one.message},
                                  {"is_error", one.severity == Severity::error}});
  }
  return answer;
}

}  // namespace
}  // namespace pawl::dsl

int main(int argc, char** argv) try {
  if (argc > 1 && std::string_view(argv[1]) == "--keys") {
    pawl::dsl::print_keys();
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = nlohmann::json::parse(line).get<std::string>();
    std::cout << pawl::dsl::answer_to(text).dump(-1, ' ', false,
                                                 nlohmann::json::error_handler_t::replace)
              << '\n';
  }
  return 0;
} catch (const std::exception& wrong) {
  std::cerr << "dsl_probe: " << wrong.what() << '\n';
  return 1;
}

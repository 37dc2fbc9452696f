// Any bytes as a workflow file to format. Properties: a text, or mistakes, or a problem; the text
// means the same as the file; formatting it again changes nothing.
#include <cstdint>
#include <string>
#include <variant>

#include "base/check.hpp"
#include "dsl/format.hpp"
#include "dsl/yaml_tree.hpp"

using namespace pawl;
using namespace pawl::dsl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string source(bytes, bytes + size);
  const Formatted result = format(source);
  const ParsedYaml before = parse_yaml(source, {});
  check(before.tree.has_value() != std::holds_alternative<Diagnostics>(result),
        "a text or a problem of what is YAML, mistakes of what is none");
  const auto* text = std::get_if<std::string>(&result);
  if (text == nullptr) return 0;
  const ParsedYaml after = parse_yaml(*text, {});
  check(after.tree && same_but_for_places(*before.tree, *after.tree), "the same meaning");
  const Formatted again = format(*text);
  check(std::holds_alternative<std::string>(again) && std::get<std::string>(again) == *text,
        "twice is once");
  return 0;
}

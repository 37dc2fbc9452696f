// A schema, a line end, a value. Properties: a schema is usable or has a mistake that says
// something; a usable one answers for every value; what cannot be there is among the fields that
// were asked.
#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "json_schema/schema.hpp"

using namespace pawl;
using namespace pawl::json_schema;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(bytes, bytes + size);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string value = line < input.size() ? input.substr(line + 1) : "null";
  const Schema schema(JsonText{input.substr(0, line)});
  for (const Mistake& mistake : schema.mistakes()) {
    check(!mistake.problem.message.empty(), "a mistake says something");
  }
  if (!schema.is_usable() || !nlohmann::json::accept(value)) return 0;
  if (const auto violation = schema.violation_in(JsonText{value})) {
    check(!violation->found.empty() && !violation->wanted.empty(), "a violation says something");
  }
  const std::vector<Field> fields = {{"a"}, {"1", true}, {"b"}};
  const auto lack = schema.lack_in(fields);
  check(!lack || lack->at < fields.size(), "what lacks was asked for");
  return 0;
}

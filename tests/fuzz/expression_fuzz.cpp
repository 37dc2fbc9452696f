// Any text, evaluated as an expression over some values. Properties: it ends within its caps, with
// a value that is JSON or with a message that begins with its place; the same text gives the same
// again. What the checker refuses never gets here, and must do no harm all the same.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "scripting/script.hpp"
#include "scripting/syntax.hpp"

using namespace pawl;
using namespace pawl::scripting;

namespace {

Scope some_scope() {
  Scope scope;
  scope.values["inputs"] = JsonText{R"({"day":"2026-11-21","rows":3,"tags":["a",null],"x":{}})"};
  scope.values["env"] = JsonText{R"({"REGION":"eu"})"};
  scope.values["item"] = JsonText{R"({"n":-1.5e300,"s":"ä\u0000\\"})"};
  scope.steps["fetch"] = JsonText{R"({"state":"succeeded","output":[1,2.5],"error":null})"};
  scope.steps["later"] = JsonText{"null"};
  scope.now = TimePoint{Micros{1'795'226'226'123'000}};
  return scope;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  const Scope scope = some_scope();
  const Caps caps{std::size_t{8} << 20, Micros{std::chrono::milliseconds{50}}, nullptr};
  const Chunk chunk{text, "f.yaml", 3, true, false};
  const Result<JsonText> value = evaluate(chunk, scope, caps);
  if (value) {
    check(nlohmann::json::accept(value.value().text), "a value is JSON");
    template_text(value.value());
  } else {
    check(value.error().message.rfind("f.yaml:", 0) == 0, "a message begins with its place");
  }
  if (check_expression(text)) return 0;
  const Result<JsonText> again = evaluate(chunk, scope, caps);
  // How far a runaway script comes within its time differs; what it is told does not.
  check(value.has_value() == again.has_value(), "the same text ends in the same way");
  check(!value || value.value() == again.value(), "the same text gives the same value");
  return 0;
}

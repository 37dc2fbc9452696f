#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scripting/script.hpp"

/// Worlds of a line for the tests of scripts; what a script gave is shown as one text.
namespace pawl::scripting {

inline std::string show(const Step& step) {
  if (step.value) return step.value->text;
  if (step.error) {
    const char* kinds[] = {"", "memory: ", "cpu: "};
    return kinds[static_cast<int>(step.error->kind)] + step.error->message;
  }
  if (step.decision) return step.decision->what + " " + step.decision->argument.text;
  if (step.await) return "await " + step.await->what + step.await->argument.text;
  return "nothing";
}

/// Remembers what was called; refuses "refused".
class RecordingHost : public Host {
 public:
  Result<JsonText> call(std::string_view what, const JsonText& argument) override {
    calls.push_back(std::string(what) + argument.text);
    if (argument.text == "[\"refused\"]") return Problem{"not possible", "try another word"};
    return JsonText{"{\"due\":true}"};
  }
  std::vector<std::string> calls;
};

inline const Script::Functions& all_functions() {
  static const Script::Functions functions{{"shell", "sleep", "memo"},
                                           {"progress", "checkpoint", "log", "step.remaining"},
                                           {"fail", "skip", "retry", "ignore", "pause"}};
  return functions;
}

/// A block in "f.yaml" from line 10 on.
inline Chunk a_block(std::string_view text) { return {text, "f.yaml", 10, false}; }

inline std::string run(std::string_view text, const Scope& scope = {}, const Caps& caps = {}) {
  RecordingHost host;
  Script script(caps, scope, all_functions(), &host);
  return show(script.start(a_block(text)));
}

/// An expression in "f.yaml" on line 3: its value as JSON, or "error: …".
inline std::string eval(std::string_view text, const Scope& scope = {}) {
  const auto value = evaluate({text, "f.yaml", 3, true}, scope);
  return value.has_value() ? value.value().text : "error: " + value.error().message;
}

}  // namespace pawl::scripting

#include "dsl/shell_filled.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/handle.hpp"
#include "dsl/compile.hpp"

namespace pawl::dsl {
namespace {

using Values = std::map<std::string, std::string>;

/// The script of the one step of a workflow with the inputs a, b and c.
RunSpec spec_of(const std::string& script) {
  std::string yaml = "inputs: {a: {}, b: {}, c: {}}\nsteps:\n  x:\n    run: |\n";
  std::string line;
  for (const char c : script + "\n") {
    line += c;
    if (c != '\n') continue;
    yaml += "      " + line;
    line.clear();
  }
  const Compiled compiled = compile(yaml, "x.yaml");
  INFO(yaml << render_all(compiled.diagnostics, "x.yaml", yaml));
  REQUIRE(compiled.plan);
  return std::get<RunSpec>(compiled.plan->step(StepId{1}).spec);
}

std::string filled(const RunSpec& spec, const Values& values) {
  return filled_script(spec, [&](const Code& code) -> std::optional<std::string> {
    const auto found = values.find(code.text);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string filled(const std::string& script, const Values& values) {
  std::string text = filled(spec_of(script), values);
  REQUIRE(text.ends_with('\n'));
  text.pop_back();
  return text;
}

TEST_CASE("a value stands in the script in the quotes of its place", "[dsl][shell]") {
  const Values values{{"inputs.a", "it's $5 \"off\""}};
  CHECK(filled("echo ${{ inputs.a }}", values) == R"(echo 'it'\''s $5 "off"')");
  CHECK(filled("echo --x=${{ inputs.a }}", values) == R"(echo --x='it'\''s $5 "off"')");
  CHECK(filled("echo \"at ${{ inputs.a }}\"", values) == R"(echo "at it's \$5 \"off\"")");
  CHECK(filled("echo 'at ${{ inputs.a }}!'", values) == R"(echo 'at it'\''s $5 "off"!')");
  CHECK(filled("cat <<END\n${{ inputs.a }}\nEND", values) == "cat <<END\nit's \\$5 \"off\"\nEND");
}

TEST_CASE("what is not known yet stays as it was written", "[dsl][shell]") {
  CHECK(filled("echo ${{ inputs.a }} \"${{ inputs.b }}\" '${{ inputs.c }}'",
               {{"inputs.b", "two"}}) == "echo ${{ inputs.a }} \"two\" '${{ inputs.c }}'");
  CHECK(filled("cat ${{ file(inputs.a) }}", {{"inputs.a", "x"}}) == "cat ${{ file(inputs.a) }}");
}

TEST_CASE("raw text is shown spliced, as it will be", "[dsl][shell]") {
  CHECK(filled("echo ${{ raw(inputs.a) }} ${{ inputs.b }}",
               {{"inputs.a", "-n 'one'"}, {"inputs.b", "two"}}) == "echo -n 'one' 'two'");
  CHECK(filled("echo ${{ raw(inputs.a) }}", {}) == "echo ${{ raw(inputs.a) }}");
}

/// What `script` prints under `shell`.
std::string output_of(const std::string& shell, const std::string& script) {
  REQUIRE(::setenv("FILLED_SCRIPT", script.c_str(), 1) == 0);
  const Handle<std::FILE, ::pclose> pipe(
      ::popen((shell + " -euc \"$FILLED_SCRIPT\"").c_str(), "r"));
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> part;
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe.get())) {
    output.append(part.data(), got);
  }
  return output;
}

TEST_CASE("a shell reads the filled script as it reads the variables", "[dsl][shell]") {
  const RunSpec spec = spec_of(
      "printf '%s|' ${{ inputs.a }} --x=${{ inputs.b }} \"<${{ inputs.a }}>\" '<${{ inputs.b }}>'\n"
      "cat <<END\n"
      "${{ inputs.a }} and ${{ inputs.c }}\n"
      "END\n"
      "for i in 1 ${{ inputs.c }}; do printf '%s ' \"$i\" 'a'${{ inputs.a }}'b'; done");
  const std::array<std::string, 6> texts = {
      "plain",         "it's", R"(a "b" $HOME `id` \ \\ \n)", "$(echo no) ${X} 'q' \"",
      "two\nlines\n!", ""};
  for (const std::string& a : texts) {
    for (const std::string& b : texts) {
      const Values values{{"inputs.a", a}, {"inputs.b", b}, {"inputs.c", a + b}};
      std::string as_run;
      for (const Template::Piece& piece : spec.script.pieces) as_run += piece.text;
      for (const ShellValue& value : spec.values) {
        ::setenv(value.variable.c_str(), values.at(value.code.text).c_str(), 1);
      }
      const std::string as_shown = filled(spec, values);
      for (const char* shell : {"sh", "bash"}) {
        INFO(as_shown);
        CHECK(output_of(shell, as_shown) == output_of(shell, as_run));
      }
    }
  }
}

}  // namespace
}  // namespace pawl::dsl

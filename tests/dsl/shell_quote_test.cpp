#include "dsl/shell_quote.hpp"

#include <catch2/catch.hpp>

namespace pawl::dsl {
namespace {

ShellScript quote(std::string_view script) {
  return quote_script(split_template(script), Shell::sh);
}

/// The script with its references; `raw(e)` as <e>.
std::string text_of(const ShellScript& script) {
  std::string text;
  for (const ShellPiece& piece : script.pieces)
    text += piece.is_raw ? "<" + piece.text + ">" : piece.text;
  return text;
}
std::string quoted_text(std::string_view script) {
  const ShellScript result = quote(script);
  return result.mistakes.empty() ? text_of(result) : "refused: " + result.mistakes[0].message;
}

/// The expressions of the values that are refused: "x y".
std::string refused(std::string_view script) {
  std::string names;
  for (const TextMistake& m : quote(script).mistakes) {
    if (!names.empty()) names += ' ';
    names += script.substr(m.offset, m.length);
  }
  return names;
}
std::string warned(std::string_view script) {
  std::string rules;
  for (const TextMistake& m : quote(script).warnings)
    rules +=
        (rules.empty() ? "" : " ") + m.rule + ":" + std::string(script.substr(m.offset, m.length));
  return rules;
}

TEST_CASE("a value becomes one quoted word, whatever quotes stand around it", "[dsl][shell]") {
  CHECK(quoted_text("echo ${{ x }}") == "echo \"$PAWL_V1\"");
  CHECK(quoted_text("echo \"a ${{ x }} b\"") == "echo \"a ${PAWL_V1} b\"");
  CHECK(quoted_text("echo 'a ${{ x }} b'") == "echo 'a '\"$PAWL_V1\"' b'");
  CHECK(quoted_text("echo --day=${{ x }}/${{ y }}") == "echo --day=\"$PAWL_V1\"/\"$PAWL_V2\"");
  CHECK(quoted_text("cat <<END\na ${{ x }}\nEND\n") == "cat <<END\na ${PAWL_V1}\nEND\n");
}

TEST_CASE("each value has a variable of its own and keeps its expression", "[dsl][shell]") {
  const ShellScript script = quote("echo ${{ inputs.a }} $${{ no }} ${{ file(steps.b.output) }}");
  REQUIRE(script.values.size() == 2);
  CHECK(script.values[0].variable == "PAWL_V1");
  CHECK(script.values[0].expression == "inputs.a");
  CHECK_FALSE(script.values[0].as_file);
  CHECK(script.values[1].expression == "steps.b.output");
  CHECK(script.values[1].as_file);
  CHECK(script.values[1].offset == 41);
  CHECK(text_of(script) == "echo \"$PAWL_V1\" ${{ no }} \"$PAWL_V2\"");
}

TEST_CASE("values stand wherever the shell takes data", "[dsl][shell]") {
  for (const char* script : {"x=${{ v }}",
                             "x=${{ v }} cmd",
                             "a[1]=${{ v }}",
                             "cmd > ${{ v }} 2>> \"${{ v }}\"",
                             "cmd <<< ${{ v }}",
                             "for f in ${{ v }} b; do echo $f; done",
                             "for f; do echo ${{ v }}; done",
                             "case ${{ v }} in ${{ v }}|b) echo ${{ v }};; *) ;; esac",
                             "[ ${{ v }} = b ]",
                             "[[ $x == ${{ v }} && -n ${{ v }} ]]",
                             "a=(${{ v }} 'b')",
                             "declare -a a=(${{ v }})",
                             "f() { echo ${{ v }}; }",
                             "function f { echo ${{ v }}; }",
                             "function f() { echo ${{ v }}; }",
                             "(echo ${{ v }})",
                             "{ echo ${{ v }}; } > out",
                             "echo \"$(cat ${{ v }} | wc -l)\"",
                             "cat <(echo ${{ v }})",
                             "if ! grep -q -- ${{ v }} f; then echo ${{ v }}; fi",
                             "while read -r l; do echo ${{ v }}; done < ${{ v }}",
                             "export A=${{ v }}",
                             "env A=${{ v }} cmd ${{ v }}",
                             "sudo -u bob cmd ${{ v }}",
                             "timeout 5 cmd ${{ v }}",
                             "xargs -n 1 cmd ${{ v }}",
                             "nice -n ${{ v }} cmd",
                             "sh -c 'echo \"$1\"' sh ${{ v }}",
                             "bash -eu -o pipefail script.sh ${{ v }}",
                             "python3 -c 'import sys' ${{ v }}",
                             "python3 tool.py ${{ v }}",
                             "awk '{print}' ${{ v }}",
                             "awk -f prog -- ${{ v }}",
                             "jq --arg d ${{ v }} '.[$d]' file",
                             "psql -d ${{ v }} -f x.sql",
                             "perl -e 'print @ARGV' -- ${{ v }}",
                             "sed -e p -- ${{ v }}",
                             "find . -name ${{ v }}",
                             "find . -name ${{ v }} -exec echo {} +",
                             "echo a \\\n  ${{ v }}",
                             "echo $((1 + 2)) ${{ v }}",
                             "echo ${x:-'y'} ${{ v }}",
                             "echo `date` ${{ v }}",
                             "cat <<-'A' <<B\n\tx\n\tA\n${{ v }}\nB\n",
                             "echo a#${{ v }}",
                             "echo \\\\${{ v }}",
                             "echo '\\'${{ v }}",
                             "x=$(f \"${{ v }}\")",
                             "cat <<A\n$(echo ${{ v }}) \"${{ v }}\"\nA\n",
                             "case x in (a) echo ${{ v }};; esac",
                             "echo x | while read -r y; do echo ${{ v }}; done",
                             "time -p cmd ${{ v }}",
                             "\"$TOOL\" ${{ v }}",
                             "$TOOL --flag ${{ v }}",
                             "git commit -m ${{ v }}",
                             "ssh host 'cat > f' <<A\n${{ v }}\nA\n"})
    CHECK(std::string(script) + " refuses: " + refused(script) ==
          std::string(script) + " refuses: ");
}

TEST_CASE("a value is refused where it would become code or be lost", "[dsl][shell]") {
  for (const char* script : {"${{ v }}",
                             "./${{ v }}.sh",
                             "a; ${{ v }}",
                             "a | ${{ v }}",
                             "a && ${{ v }}",
                             "a || ${{ v }}",
                             "a & ${{ v }}",
                             "if ${{ v }}; then :; fi",
                             "if a; then ${{ v }}; fi",
                             "while :; do ${{ v }}; done",
                             "! ${{ v }}",
                             "{ ${{ v }}; }",
                             "(${{ v }})",
                             "X=1 ${{ v }}",
                             ">out ${{ v }}",
                             "case a in a) ${{ v }};; esac",
                             "x=$(${{ v }})",
                             "\"${{ v }}\" a",
                             "eval ${{ v }}",
                             "eval \"echo ${{ v }}\"",
                             "sh -c ${{ v }}",
                             "bash -ec \"echo '${{ v }}'\"",
                             "bash -o pipefail -c ${{ v }}",
                             "/bin/sh -c ${{ v }}",
                             "bash -c -e ${{ v }}",
                             "ssh host ${{ v }}",
                             "ssh -p 22 host <<A\n${{ v }}\nA\n",
                             "ssh host bash <<A\n${{ v }}\nA\n",
                             "su -c ${{ v }} bob",
                             "xargs sh -c ${{ v }}",
                             "env sh -c ${{ v }}",
                             "sudo ${{ v }}",
                             "sudo -u bob ${{ v }}",
                             "sudo bash -c ${{ v }}",
                             "python3 -c ${{ v }}",
                             "perl -ne ${{ v }}",
                             "perl -e 'print' ${{ v }}",
                             "awk ${{ v }} f",
                             "awk -v a=${{ v }} 'p'",
                             "awk -v ${{ v }} p",
                             "sed s/a/${{ v }}/ f",
                             "sed -i -e ${{ v }} f",
                             "find . -exec ${{ v }} ';'",
                             "find . -exec cmd ${{ v }} ';'",
                             "find . -exec sh -c ${{ v }} ';'",
                             "docker exec box sh -c ${{ v }}",
                             "exec ${{ v }}",
                             "command ${{ v }}",
                             "timeout 5 ${{ v }}",
                             "nice -n 5 ${{ v }}",
                             "xargs -I{} ${{ v }}",
                             "trap ${{ v }} EXIT",
                             "sh ${{ v }}",
                             ". ${{ v }}",
                             "$CMD ${{ v }}",
                             "$SHELL -c ${{ v }}",
                             "echo `echo ${{ v }}`",
                             "echo $((${{ v }} + 1))",
                             "((x = ${{ v }}))",
                             "let x=${{ v }}",
                             "[[ 1 -eq ${{ v }} ]]",
                             "[[ ${{ v }} -lt 2 ]]",
                             "[[ -v ${{ v }} ]]",
                             "[ -v ${{ v }} ]",
                             "echo ${x:-${{ v }}}",
                             "echo \"${x#${{ v }}}\"",
                             "echo $'${{ v }}'",
                             "echo $\"${{ v }}\"",
                             "echo a # ${{ v }}",
                             "cat <<'A'\n${{ v }}\nA\n",
                             "cat <<\\A\n${{ v }}\nA\n",
                             "cat <<${{ v }}\nA\n",
                             "sh <<A\necho ${{ v }}\nA\n",
                             "cat <<A | sh\n${{ v }}\nA\n",
                             "echo ${{ v }} | sh",
                             "bash -s <<< ${{ v }}",
                             "psql <<A\nselect '${{ v }}';\nA\n",
                             "read ${{ v }}",
                             "unset ${{ v }}",
                             "export ${{ v }}",
                             "declare -i n=${{ v }}",
                             "declare -i n\nn=${{ v }}",
                             "declare a[${{ v }}]=1",
                             "a[${{ v }}]=1",
                             "a=([${{ v }}]=1)",
                             "printf -v ${{ v }} x",
                             "for ${{ v }} in a; do :; done",
                             "${{ v }}() { :; }",
                             "echo >&${{ v }}",
                             "echo \\${{ v }}",
                             "echo \"\\${{ v }}\"",
                             "cat <<A\n\\${{ v }}\nA\n",
                             "make X=${{ v }}",
                             "sqlite3 db ${{ v }}",
                             "function ${{ v }} { :; }",
                             "echo $[${{ v }}]",
                             "cat <<A $(\necho ${{ v }})\nA\n",
                             "coproc ${{ v }}",
                             "busybox sh -c ${{ v }}",
                             "flock /l -c ${{ v }}",
                             "psql -c ${{ v }}",
                             "jq ${{ v }} f",
                             "local -n r=${{ v }}"})
    CHECK(std::string(script) + " refuses: " + refused(script) ==
          std::string(script) + " refuses: v");
}

TEST_CASE("behind text that shells read differently every value is refused", "[dsl][shell]") {
  CHECK(refused("echo ${{ a }} $'it\\'s'; echo ${{ b }}") == "b");
  CHECK(refused("echo \"${x#'}'}\" ${{ b }}") == "b");
  CHECK(refused("((a) | b); echo ${{ b }}") == "b");
  CHECK(refused("echo ${{ a }} ) ${{ b }}") == "b");
}

TEST_CASE("a refusal names the cause and the way to write it", "[dsl][shell]") {
  const ShellScript script = quote("run ${{ a }}\nsh -c \"echo ${{ inputs.x }}\"");
  REQUIRE(script.mistakes.size() == 1);
  const TextMistake& mistake = script.mistakes[0];
  CHECK(mistake.rule == "shell-context");
  CHECK(mistake.message == "this argument is run as code, and a value must not become code");
  CHECK(mistake.fix ==
        "name the value in `env:` and read \"$NAME\" inside that code, or pass it behind the code");
  CHECK(mistake.offset == 29);
  CHECK(mistake.length == 8);
  CHECK(quoted_text("${{ x }} a") == "refused: a value cannot be the name of a command");
  CHECK(quoted_text("a # ${{ x }}") == "refused: a value in a comment would have no effect");
}

TEST_CASE("raw() splices its text anywhere and is warned of", "[dsl][shell]") {
  const ShellScript script = quote("${{ raw(inputs.code) }} a ${{ x }}");
  CHECK(script.mistakes.empty());
  CHECK(text_of(script) == "<inputs.code> a \"$PAWL_V1\"");
  CHECK(script.pieces[0].offset == 8);
  CHECK(warned("${{ raw(inputs.code) }} a") == "raw-value:raw(inputs.code)");
}

TEST_CASE("raw() and file() are whole expressions of one value", "[dsl][shell]") {
  CHECK(quote("cat ${{ file(a) .. 'x' }}").mistakes.at(0).rule == "shell-wrapper");
  CHECK(quote("cat ${{ f(file(a)) }}").mistakes.at(0).rule == "shell-wrapper");
  CHECK(quote("cat ${{ file(a, b) }}").mistakes.at(0).rule == "shell-wrapper");
  CHECK(quote("cat ${{ file() }}").mistakes.at(0).rule == "shell-wrapper");
  CHECK(quote("cat ${{ file(f(a, {1, 2})) }}").mistakes.empty());
  CHECK(quote("cat ${{ t.file }}").mistakes.empty());
}

TEST_CASE("a value that could be taken for an option asks for --", "[dsl][shell]") {
  CHECK(warned("rm -rf ${{ x }}") == "option-like:x");
  CHECK(warned("rm -rf \"${{ x }}\" '${{ y }}'") == "option-like:x option-like:y");
  CHECK(warned("rm -rf -- ${{ x }}") == "");
  CHECK(warned("rm -rf ./${{ x }}") == "");
  CHECK(warned("cp -t ${{ dir }} -- a") == "");
  CHECK(warned("grep -e ${{ x }} -r .") == "");
  CHECK(warned("grep -r ${{ x }} .") == "option-like:x");
  CHECK(warned("tar -xf ${{ x }}") == "");
  CHECK(warned("find ${{ x }} -name ${{ y }}") == "option-like:x");
  CHECK(warned("git add ${{ x }}") == "option-like:x");
  CHECK(warned("git checkout ${{ x }}") == "");
  CHECK(warned("sudo rm ${{ x }}") == "option-like:x");
  CHECK(warned("echo ${{ x }}; my-tool ${{ x }} --day=${{ x }}") == "");
  CHECK(warned("cat ${{ file(x) }}") == "");
}

TEST_CASE("scripts without end are followed without harm", "[dsl][shell]") {
  for (const char* script : {"echo \"${{ v }}", "echo '${{ v }}", "echo $(echo ${{ v }}",
                             "cat <<A\n${{ v }}", "case a in b) echo ${{ v }}", "${{ raw(a) }}'"})
    CHECK_NOTHROW(quote(script));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "$(";
  CHECK(refused(deep + "echo ${{ v }}") == "v");
  std::string prefixes;
  for (int i = 0; i < 100'000; ++i) prefixes += "sudo ";
  CHECK(refused(prefixes + "echo ${{ v }}") == "v");
}

}  // namespace
}  // namespace pawl::dsl

// The proof of shell_quote: scripts with values in them, run by real shells.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <random>

#include "base/handle.hpp"
#include "dsl/shell_quote.hpp"

namespace pawl::dsl {
namespace {

using Values = std::vector<std::string>;

/// A folder for the files that scripts make; any `canary` in it was made by a value.
class Folder {
 public:
  Folder() {
    std::string name = "/tmp/pawl-shell-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    const std::string command = "rm -rf -- " + path_;
    if (std::system(command.c_str()) != 0) WARN("cannot remove " << path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  bool has_canary() const { return ::access((path_ + "/canary").c_str(), F_OK) == 0; }

 private:
  std::string path_;
};

[[noreturn]] void become_shell(const char* shell, const std::string& script,
                               std::vector<std::string> environment, const std::string& folder) {
  const rlimit cpu{2, 2}, file{1 << 20, 1 << 20};
  ::setrlimit(RLIMIT_CPU, &cpu);
  ::setrlimit(RLIMIT_FSIZE, &file);
  std::vector<char*> env;
  env.reserve(environment.size() + 1);
  for (std::string& entry : environment) env.push_back(entry.data());
  env.push_back(nullptr);
  std::string program = shell, flags = "-euc", text = script;
  char* const arguments[] = {program.data(), flags.data(), text.data(), nullptr};
  if (::chdir(folder.c_str()) == 0) ::execve(shell, arguments, env.data());
  ::_exit(127);
}

/// What `script` writes to its standard output, its values being `values`: the expression `vN` is
/// the N-th.
std::string run_script(const char* shell, const ShellScript& script, const Values& values,
                       const std::string& prelude, const std::string& folder) {
  std::string text = prelude;
  for (const ShellPiece& piece : script.pieces) text += piece.text;
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  for (const ShellBinding& binding : script.values)
    environment.push_back(binding.variable + "=" +
                          values.at(std::stoul(binding.expression.substr(1))));
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Fd reader(ends[0]), writer(ends[1]);
  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(nothing.get(), 0);
    ::dup2(writer.get(), 1);
    ::dup2(nothing.get(), 2);
    become_shell(shell, text, environment, folder);
  }
  writer.reset();
  std::string output;
  char buffer[4096];
  for (ssize_t n; (n = ::read(reader.get(), buffer, sizeof buffer)) > 0;)
    output.append(buffer, static_cast<std::size_t>(n));
  ::waitpid(child, nullptr, 0);
  return output;
}

const Values nasty = {
    "",
    "plain",
    "two words",
    " blanks around ",
    "it's",
    "a \"quoted\" text",
    "line 1\nline 2",
    "\n\nends with lines\n\n",
    "$(touch canary)",
    "`touch canary`",
    "; touch canary",
    "& touch canary &",
    "| touch canary",
    "' ; touch canary ; '",
    "\" ; touch canary ; \"",
    "\ntouch canary\n",
    "END\ntouch canary\n",
    "${HOME} $PATH $PAWL_V1 \\$x",
    "*",
    "[a-z]* ?",
    "~ ~root {a,b}",
    "-n",
    "--help",
    "-e touch",
    "back\\slash\\",
    "\\",
    "\\n\\0\\c",
    "%s %d %n",
    "grüße 日本語 \xF0\x9F\x90\xBE",
    "\t\ttabs\t",
    "a[$(touch canary)]",
    "#no comment",
    "!history !!",
    "=cmd",
    "\x01\x7f\x1b[31m",
};

/// Builds a script and, beside it, the output that it must have.
class Generator {
 public:
  Generator(std::uint32_t seed, bool bash) : random_(seed), bash_(bash) {}

  void statement(int depth) {
    if (depth < 3 && pick(3) == 0) return wrapped(depth);
    const std::string v = next();
    const std::string& value = values_.back();
    switch (pick(bash_ ? 22 : 17)) {
      case 0:
        return add("printf '%s\\0' " + v, value + '\0');
      case 1:
        return add("printf '%s\\0' \"pre \\\" \\$ " + v + " post\"",
                   "pre \" $ " + value + " post" + '\0');
      case 2:
        return add("printf '%s\\0' 'it\" $x \\" + v + " `'", "it\" $x \\" + value + " `" + '\0');
      case 3:
        return add("printf '%s\\0' a-" + v + "\"b" + v + "\"'" + v + "'",
                   "a-" + value + "b" + value + value + '\0');
      case 4:
        return add("x=" + v + " y='" + v + "'\nprintf '%s\\0' \"$x$y\"", value + value + '\0');
      case 5:
        return add("x=\"$(printf '%s.' " + v + ")\"; printf '%s\\0' \"$x\"", value + "." + '\0');
      case 6:
        return add("cat <<END\n" + v + "|\"" + v + "\" '" + v + "' \\$x\\\\\nEND\nprintf '\\0'",
                   value + "|\"" + value + "\" '" + value + "' $x\\\n" + '\0');
      case 7:
        return add("cat <<-'A' <<-B; printf '\\0'\n\tno $x\n\tA\n\t\t" + v + "\n\tB",
                   value + "\n" + '\0');
      case 8:
        return add("for i in " + v + " b \"" + v + "\"; do printf '%s\\0' \"$i\"; done",
                   value + '\0' + "b" + '\0' + value + '\0');
      case 9:
        return add("case " + v + " in (a) ;; " + v + "|x) printf '%s\\0' same;; *) echo no;; esac",
                   std::string("same") + '\0');
      case 10:
        return add("if [ x" + v + " = 'x" + v + "' ]; then printf '%s\\0' " + v + "; fi",
                   value + '\0');
      case 11:
        return add("f() { printf '%s\\0' \"$1\" " + v + "; }; f " + v, value + '\0' + value + '\0');
      case 12:
        return add("printf '%s' " + v + " | { cat; printf '\\0'; }", value + '\0');
      case 13:
        return add("printf '%s' " + v + " >out 2>\"err\"; cat <out; printf '\\0'", value + '\0');
      case 14:
        return add("sh -c 'printf \"%s\\0\" \"$1\"' sh " + v, value + '\0');
      case 15:
        return add("env X=" + v + " sh -c 'printf \"%s\\0\" \"$X\"'", value + '\0');
      case 16:
        return add("cat <<END\n$(printf '%s.' \"" + v + "\" | cat)\nEND\nprintf '\\0'",
                   value + ".\n" + '\0');
      case 17:
        return add("a=(" + v + " '" + v + "' \"" + v + "\")\nprintf '%s\\0' \"${a[@]}\"",
                   value + '\0' + value + '\0' + value + '\0');
      case 18:
        return add("cat <<< " + v + "; printf '\\0'", value + "\n" + '\0');
      case 19:
        return add("[[ " + v + " == \"" + v + "\" && ! " + v + " != " + v + " ]] && printf 'y\\0'",
                   std::string("y") + '\0');
      case 20:
        return add("cat <(printf '%s' " + v + "); printf '\\0'", value + '\0');
      default:
        return add("declare -A m=([k]=" + v + "); printf '%s\\0' \"${m[k]}\"", value + '\0');
    }
  }

  std::string script;
  std::string expected;
  const Values& values() const { return values_; }

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }
  std::string next() {
    values_.push_back(nasty[pick(nasty.size())]);
    return "${{ v" + std::to_string(values_.size() - 1) + " }}";
  }
  void add(const std::string& text, const std::string& output) {
    static const char* const between[] = {"\n", "\n\n", "\n# it's \"a comment $(\n", "\n:;\n"};
    script += text + between[pick(4)];
    expected += output;
  }
  void wrapped(int depth) {
    static const char* const pairs[][2] = {
        {"{\n", "}\n"},
        {"(\n", ")\n"},
        {"if true; then\n", "fi\n"},
        {"if ! true; then :; else\n", "fi\n"},
        {"for _ in 1; do\n", "done\n"},
        {"case x in y) ;; x)\n", ";; esac\n"},
        {"g() {\n", "}; g\n"},
        {"while :; do\n", "break; done\n"},
    };
    const std::size_t kind = pick(8);
    script += pairs[kind][0];
    statement(depth + 1);
    statement(depth + 1);
    script += pairs[kind][1];
  }

  std::mt19937 random_;
  bool bash_;
  Values values_;
};

void prove_exact(const char* shell, bool bash) {
  const Folder folder;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    Generator generator(seed, bash);
    for (int i = 0; i < 8; ++i) generator.statement(0);
    INFO("seed " << seed << "\n" << generator.script);
    const ShellScript script =
        quote_script(split_template(generator.script), bash ? Shell::bash : Shell::sh);
    for (const TextMistake& m : script.mistakes)
      FAIL_CHECK(generator.script.substr(m.offset, 20) << ": " << m.message);
    const std::string output = run_script(shell, script, generator.values(), "", folder.path());
    REQUIRE(output == generator.expected);
    REQUIRE_FALSE(folder.has_canary());
  }
}

TEST_CASE("sh receives every value byte for byte", "[dsl][shell]") {
  prove_exact("/bin/sh", false);
}
TEST_CASE("bash receives every value byte for byte", "[dsl][shell]") {
  prove_exact("/bin/bash", true);
}

TEST_CASE("values behind the code of an interpreter are only its arguments", "[dsl][shell]") {
  const Folder folder;
  for (const char* command :
       {"sh -c 'printf %s \"$1\"' sh ${{ v0 }}", "bash -c 'printf %s \"$1\"' sh ${{ v0 }}",
        "bash -euo pipefail -c 'printf %s \"$1\"' sh ${{ v0 }}",
        "awk 'BEGIN { printf \"%s\", ARGV[1] }' ${{ v0 }}", "perl -e 'print $ARGV[0]' -- ${{ v0 }}",
        "env X=${{ v0 }} sh -c 'printf %s \"$X\"'", "nice -n 1 env printf %s ${{ v0 }}",
        "timeout 9 printf %s ${{ v0 }}"}) {
    INFO(command);
    const ShellScript script = quote_script(split_template(command), Shell::sh);
    REQUIRE(script.mistakes.empty());
    for (const std::string& value : nasty) {
      INFO(value);
      REQUIRE(run_script("/bin/sh", script, {value}, "", folder.path()) == value);
      REQUIRE_FALSE(folder.has_canary());
    }
  }
}

/// Text without sense from which the follower accepts what it can.
std::string soup(std::mt19937& random, bool bash) {
  static const char* const fragments[] = {
      "@", "@", "@", "@", "@", " ", " ", "\n", ";", "show ", "show ", "show ", "\"", "\"", "'", "'",
      "a", "\\", "|", "&&", "$(show ", "$(", ")", ")", "{ ", "; }", "<<E\n", "\nE\n", "<<'E'\n",
      "`", "`", "#", "${x:-", "${x#", "}", "if :; then ", "; fi", "case a in ", "a) ", ";; ",
      "esac", "x=", "$((", "))", "eval ", "sh -c ", " -c ", "test ", "exec ", "for i in ", "; do ",
      "; done", "<", ">", "\t", "!", "$'", "(", "<<-E\n", "\\\n", "\"$(show ", ")\"", "show \"",
      "\" ", "show '", "' ", "\nshow ", "; show ", "\n\tE\n",
      // For bash only.
      "[[ ", " ]]", "a=(", "a[", "]=", "<<<", "declare ", "-i ", "let ", "<(", "((", "$[", "]",
      "-eq ", "read ", "&>", "$\"", "function "};
  const std::size_t count = bash ? std::size(fragments) : std::size(fragments) - 18;
  std::string text = "show ";
  int values = 0;
  for (std::size_t i = 0, n = 3 + random() % 14; i < n; ++i) {
    const std::string fragment = fragments[random() % count];
    text += fragment == "@" ? "${{ v" + std::to_string(values++ % 4) + " }}" : fragment;
  }
  return text;
}

std::string replaced(const std::string& text, const Values& from, const Values& to) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t i = 0;
    while (i < from.size() && text.compare(at, from[i].size(), from[i]) != 0) ++i;
    out += i < from.size() ? to[i] : text.substr(at, 1);
    at += i < from.size() ? from[i].size() : 1;
  }
  return out;
}

/// A script that is accepted treats its values as opaque: with other values it does the same and
/// writes them in the same places.
void prove_opaque(const char* shell, bool bash) {
  const Folder folder;
  const std::string prelude = "show() { for i; do printf '<%s>' \"$i\"; done; }\n";
  const Values tokens = {"Zq0Z", "Zq1Z", "Zq2Z", "Zq3Z"};
  const Values codes[] = {
      {"$(touch canary)", "a\"; touch canary; \"", "'\ntouch canary\n'", "x[$(touch canary)]"},
      {"`touch canary`)", "E\ntouch canary\n", "| touch canary &", "\\"}};
  std::mt19937 random(bash ? 7 : 11);
  int accepted = 0;
  for (int round = 0; round < 20'000 && accepted < 120; ++round) {
    const std::string text = soup(random, bash);
    const SplitText split = split_template(text);
    if (!split.mistakes.empty()) continue;
    const ShellScript script = quote_script(split, bash ? Shell::bash : Shell::sh);
    if (!script.mistakes.empty() || script.values.empty()) continue;
    ++accepted;
    INFO("round " << round << "\n" << text);
    const Values& code = codes[random() % 2];
    const std::string plain = run_script(shell, script, tokens, prelude, folder.path());
    const std::string output = run_script(shell, script, code, prelude, folder.path());
    REQUIRE_FALSE(folder.has_canary());
    REQUIRE(output == replaced(plain, tokens, code));
  }
  CHECK(accepted == 120);
}

TEST_CASE("whatever script is accepted, sh takes its values as data", "[dsl][shell]") {
  prove_opaque("/bin/sh", false);
}
TEST_CASE("whatever script is accepted, bash takes its values as data", "[dsl][shell]") {
  prove_opaque("/bin/bash", true);
}

}  // namespace
}  // namespace pawl::dsl

#include "dsl/explain.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "dsl/compile.hpp"
#include "sample_folder.hpp"

namespace pawl::dsl {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<const Page*> all_pages() {
  std::vector<const Page*> all;
  for (const Chapter& chapter : chapters()) {
    for (const Page& page : chapter.pages) all.push_back(&page);
  }
  return all;
}

std::set<std::string> codes_with_pages() {
  std::set<std::string> codes;
  for (const Page* page : all_pages()) {
    if (page->kind != PageKind::failure) codes.emplace(page->code);
  }
  return codes;
}

/// The first four arguments of the call or the braces that open before `at`, without blanks.
std::vector<std::string> arguments_at(std::string_view text, std::size_t at) {
  std::vector<std::string> found(1);
  int depth = 0;
  bool in_text = false;
  for (; at < text.size() && found.size() <= 4; ++at) {
    const char c = text[at];
    if (in_text || c == '"') {
      found.back() += c;
      if (c == '"') in_text = !in_text;
      if (c == '\\' && in_text) found.back() += text[++at];
      continue;
    }
    if (c == '(' || c == '{' || c == '[') ++depth;
    if ((c == ')' || c == '}' || c == ']') && --depth < 0) break;
    if (c == ',' && depth == 0) {
      found.emplace_back();
    } else if (c != ' ' && c != '\n') {
      found.back() += c;
    }
  }
  return found;
}

/// What stands in the quotes of `argument`: one literal, or the two of `x ? "a" : "b"`. Nothing
/// when it is another expression, or no word of a rule.
std::vector<std::string> words_of(std::string argument) {
  std::vector<std::string> words;
  if (const std::size_t mark = argument.find("?\""); mark != argument.npos) {
    const std::size_t colon = argument.find("\":\"", mark);
    if (colon == argument.npos) return {};
    words = {argument.substr(mark + 1, colon - mark), argument.substr(colon + 2)};
  } else {
    words = {argument};
  }
  for (std::string& word : words) {
    if (word.size() < 3 || word.front() != '"' || word.back() != '"') return {};
    word = word.substr(1, word.size() - 2);
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != word.npos) return {};
  }
  return words;
}

/// The rules that a source of dsl/ can emit: what makes a diagnostic has the place first (so there
/// is no text in it), the rule as second or third argument, and the message behind it.
void add_rules(const std::string& source, std::set<std::string>& rules) {
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] != '(' && source[at] != '{') continue;
    const std::vector<std::string> given = arguments_at(source, at + 1);
    if (given.front().find('"') != std::string::npos) continue;
    for (std::size_t i = 1; i < 3 && i + 1 < given.size(); ++i) {
      const std::vector<std::string> words = words_of(given[i]);
      rules.insert(words.begin(), words.end());
    }
  }
}

std::set<std::string> rules_of_the_sources() {
  std::set<std::string> rules;
  for (const auto& entry : fs::directory_iterator(fs::path(PAWL_SOURCE_DIR) / "dsl")) {
    const bool is_page = entry.path().filename().string().starts_with("explain");
    if (entry.path().extension() == ".cpp" && !is_page) add_rules(contents(entry.path()), rules);
  }
  return rules;
}

/// Limits under which the shortened examples of the chapter "Limits" are what they say.
Limits limits_for(const Page& page) {
  Limits limits;
  if (page.code == "file-too-big") limits.file_bytes = 80;
  if (page.code == "too-many-nodes") limits.nodes = 12;
  if (page.code == "too-many-aliases") limits.aliases = 2;
  if (page.code == "too-deep") limits.depth = 6;
  if (page.code == "too-many-steps") limits.steps = 2;
  return limits;
}

/// The bytes that an example stands for.
std::string source_of(const Page& page, std::string_view example) {
  std::string source = example_bytes(example);
  if (page.code != "value-too-big") return source;
  constexpr std::string_view rest = "…";
  const std::size_t at = source.find(rest);
  if (at != source.npos) source.replace(at, rest.size(), std::string(5 << 20, '4'));
  return source;
}

std::string messages(const Diagnostics& diagnostics, const std::string& source) {
  return render_all(diagnostics, "example.yaml", source.substr(0, 10'000));
}

TEST_CASE("every rule of the sources has a page, and every page a rule", "[dsl][explain]") {
  const std::set<std::string> emitted = rules_of_the_sources();
  CHECK(emitted.size() > 50);
  CHECK(emitted == codes_with_pages());
}

TEST_CASE("every rule that the golden files show has a page", "[dsl][explain]") {
  const std::set<std::string> known = codes_with_pages();
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(PAWL_SOURCE_DIR) / "tests/dsl/errors")) {
    if (entry.path().extension() != ".out") continue;
    const std::string text = contents(entry.path());
    for (const std::string_view mark : {"  error[", "  warning["}) {
      for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
        at += mark.size();
        INFO(entry.path().filename());
        CHECK(known.count(text.substr(at, text.find(']', at) - at)) == 1);
        ++count;
      }
    }
  }
  CHECK(count > 100);
}

TEST_CASE("the wrong example of a page gives its diagnostic and no other", "[dsl][explain]") {
  for (const Page* page : all_pages()) {
    if (page->kind == PageKind::failure) continue;
    const std::string source = source_of(*page, page->wrong);
    const Compiled compiled = compile_sample(source, "example.yaml", limits_for(*page));
    INFO(page->code << "\n" << page->wrong << messages(compiled.diagnostics, source));
    CHECK(!compiled.diagnostics.empty());
    for (const Diagnostic& one : compiled.diagnostics) {
      CHECK(one.rule == page->code);
      CHECK((one.severity == Severity::error) == (page->kind == PageKind::error));
    }
  }
}

TEST_CASE("the right example of a page has no mistake", "[dsl][explain]") {
  for (const Page* page : all_pages()) {
    if (page->kind != PageKind::failure) CHECK(!page->right.empty());
    if (page->right.empty()) continue;
    const std::string source = source_of(*page, page->right);
    const Compiled compiled = compile_sample(source, "example.yaml", limits_for(*page));
    INFO(page->code << "\n" << page->right);
    CHECK(messages(compiled.diagnostics, source) == "");
  }
}

TEST_CASE("the examples of a failure compile: it shows in a run only", "[dsl][explain]") {
  for (const Page* page : all_pages()) {
    if (page->kind != PageKind::failure || page->wrong.empty()) continue;
    const std::string source(page->wrong);
    INFO(page->code << "\n" << source);
    CHECK(messages(compile_sample(source, "example.yaml").diagnostics, source) == "");
  }
}

TEST_CASE("a page says all that it has to, and fits a terminal of 80 columns", "[dsl][explain]") {
  for (const Page* page : all_pages()) {
    INFO(page->code);
    CHECK(!page->summary.empty());
    CHECK(!page->summary.ends_with('.'));
    CHECK(!page->meaning.empty());
    CHECK(!page->remedy.empty());
    const std::string all = std::string(page->meaning) + "\n" + std::string(page->remedy) + "\n" +
                            std::string(page->wrong) + std::string(page->right);
    std::size_t from = 0;
    for (std::size_t end = all.find('\n'); end != all.npos; end = all.find('\n', from)) {
      CHECK(count_code_points(all.substr(from, end - from)) <= 77);
      from = end + 1;
    }
  }
}

}  // namespace
}  // namespace pawl::dsl

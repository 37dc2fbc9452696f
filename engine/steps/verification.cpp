#include <algorithm>

#include "base/text.hpp"
#include "core/run_state.hpp"
#include "steps/body.hpp"
#include "steps/json_values.hpp"

/// What `verify` answers. A Lua block returns "done" and the output, "not_done", or nothing; a
/// command prints the same words, and the output as JSON behind the first.
namespace pawl::steps {
namespace {

using What = core::Verified::What;

core::Verified open_because(std::string why) { return {What::open, {}, std::move(why)}; }

core::Verified verified_by_word(const std::string& word, JsonText output) {
  if (word == "done") return {What::done, std::move(output), ""};
  if (word == "not_done") return {What::not_done, {}, ""};
  if (word.empty()) return open_because("verify could not tell");
  return open_because("verify answered " + pawl::quoted(word.substr(0, 60)) +
                      ", which is neither 'done' nor 'not_done'");
}

core::Verified verified_by_text(const std::string& text) {
  constexpr const char* blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return verified_by_word("", {});
  const std::size_t end = std::min(text.find_first_of(blanks, first), text.size());
  const std::size_t rest = text.find_first_not_of(blanks, end);
  const std::string word = text.substr(first, end - first);
  if (rest == std::string::npos) return verified_by_word(word, {});
  auto output = compact_json(text.substr(rest));
  if (!output) return open_because("verify printed an output that is no JSON");
  return verified_by_word(word, std::move(output).value());
}

}  // namespace

core::Verified verified_by(dsl::Kind kind, const JsonText& answer) {
  core::Verified verified;
  if (kind == dsl::Kind::run) {
    verified = verified_by_text(string_of(answer).value_or(""));
  } else {
    const auto values = items_of(answer).value_or(std::vector<JsonText>(2));
    const bool is_word = values[0].is_null() || string_of(values[0]);
    verified = is_word ? verified_by_word(text_of(values[0]), values[1])
                       : verified_by_word(values[0].text, {});
  }
  if (verified.output.text.size() <= core::output_bytes_max) return verified;
  return open_because("the output that verify gave is larger than an output may be");
}

}  // namespace pawl::steps

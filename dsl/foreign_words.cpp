#include "dsl/foreign_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/text.hpp"

namespace pawl::dsl {
namespace {

using namespace std::string_view_literals;

/// A file or a command by which a script tells its engine something.
struct Channel {
  std::string_view word, instead;
};
constexpr std::string_view give_output =
    "print it and write 'output: text' or 'output: json', or append "
    "'{\"output\": …}' to \"$PAWL_REPORT\"";
constexpr std::array channels = {
    Channel{"GITHUB_OUTPUT", give_output},
    Channel{"GITHUB_ENV", "give it as output, and read it under 'env:' of the step that needs it"},
    Channel{"GITHUB_PATH", "write PATH under 'env:'"},
    Channel{"GITHUB_STEP_SUMMARY", "append '{\"comment\": …}' to \"$PAWL_REPORT\""},
    Channel{"GITHUB_WORKSPACE", "a step runs in the folder of the file; 'workdir:' names another"},
};
constexpr std::string_view set_output = "::set-output";

// What stands first between braces, of Pawl and of others. `docker ps --format '{{.Names}}'` and
// the templates of Go and Jinja that a script writes begin otherwise.
constexpr std::array roots = {"inputs"sv,  "steps"sv,  "env"sv,   "run"sv,    "workflow"sv,
                              "outputs"sv, "params"sv, "tasks"sv, "secrets"sv};

bool is_name_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The name that `text` begins with.
std::string_view name_at(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_name_byte);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

void find_braces(std::string_view text, std::vector<TextMistake>& found) {
  for (std::size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2)) {
    if (at > 0 && (text[at - 1] == '$' || text[at - 1] == '{')) continue;
    const std::size_t inside = text.find_first_not_of(" \t", at + 2);
    const std::size_t end = text.find("}}", at);
    if (inside == text.npos || end == text.npos) return;
    const std::string_view root = name_at(text.substr(inside));
    const bool has_field = text.substr(inside + root.size(), 1) == ".";
    if (!has_field || std::ranges::find(roots, root) == roots.end()) continue;
    const std::string whole(text.substr(at, end + 2 - at));
    found.push_back({at, whole.size(), "foreign-syntax", quoted(whole) + " is plain text here",
                     "write $" + whole + " for a value"});
  }
}

/// `$NAME` and `${NAME`, unless the script sets it itself.
void find_channels(std::string_view text, std::vector<TextMistake>& found) {
  for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
    const std::size_t begin = at + 1 + (text.substr(at + 1, 1) == "{" ? 1 : 0);
    const std::string_view name = name_at(text.substr(std::min(begin, text.size())));
    const auto channel = std::ranges::find(channels, name, &Channel::word);
    if (channel == channels.end()) continue;
    if (text.find(std::string(name) + "=") != text.npos) continue;
    found.push_back({begin, name.size(), "foreign-syntax",
                     std::string(name) + " belongs to GitHub Actions; nothing sets it here",
                     std::string(channel->instead)});
  }
  if (const std::size_t at = text.find(set_output); at != text.npos) {
    found.push_back({at, set_output.size(), "foreign-syntax",
                     std::string(set_output) + " belongs to GitHub Actions; here it is printed",
                     std::string(give_output)});
  }
}

}  // namespace

std::vector<TextMistake> foreign_words(std::string_view text) {
  std::vector<TextMistake> found;
  find_braces(text, found);
  find_channels(text, found);
  return found;
}

}  // namespace pawl::dsl

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
constexpr std::string_view start_gives = "make it an input, which the start of a run gives";
constexpr std::array channels = {
    Channel{"GITHUB_OUTPUT", give_output},
    Channel{"GITHUB_ENV", "give it as output, and read it under 'env:' of the step that needs it"},
    Channel{"GITHUB_PATH", "write PATH under 'env:'"},
    Channel{"GITHUB_STEP_SUMMARY", "append '{\"comment\": …}' to \"$PAWL_REPORT\""},
    Channel{"GITHUB_RUN_ID", "write ${{ run.id }}, or read $PAWL_RUN"},
    Channel{"GITHUB_RUN_NUMBER", "write ${{ run.number }}, or read $PAWL_RUN"},
    Channel{"GITHUB_SHA", start_gives},
    Channel{"GITHUB_REF", start_gives},
    Channel{"GITHUB_REF_NAME", start_gives},
    Channel{"GITHUB_WORKSPACE", "a step runs in the folder of the file; 'workdir:' names another"},
};
constexpr std::string_view set_output = "::set-output";

// What stands first between braces, of Pawl and of others. `docker ps --format '{{.Names}}'` and
// the templates of Go and Jinja that a script writes begin otherwise.
constexpr std::array roots = {"inputs"sv,  "steps"sv,  "env"sv,   "run"sv,    "workflow"sv,
                              "outputs"sv, "params"sv, "tasks"sv, "secrets"sv};

/// What is longer is no value that somebody meant to fill in; it keeps the search linear.
constexpr std::size_t braces_bytes_max = 200;

bool is_name_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The name that `text` begins with.
std::string_view name_at(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_name_byte);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

void find_braces(std::string_view text, std::vector<TextMistake>& found) {
  for (std::size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2)) {
    if (at > 0 && (text[at - 1] == '$' || text[at - 1] == '{')) continue;
    const std::string_view near = text.substr(at, braces_bytes_max);
    const std::size_t inside = near.find_first_not_of(" \t", 2), end = near.find("}}");
    if (inside == near.npos || end == near.npos) continue;
    const std::string_view root = name_at(near.substr(inside));
    const bool has_field = near.substr(inside + root.size(), 1) == ".";
    if (!has_field || std::ranges::find(roots, root) == roots.end()) continue;
    const std::string whole(near.substr(0, end + 2));
    found.push_back({at, whole.size(), "foreign-syntax", quoted(whole) + " is plain text here",
                     "write $" + whole + " for a value"});
  }
}

/// The first `$NAME` or `${NAME` of each channel, unless the script sets it itself.
void find_channels(std::string_view text, std::vector<TextMistake>& found) {
  for (const Channel& channel : channels) {
    const std::string name(channel.word);
    if (text.find(name + "=") != text.npos) continue;
    std::size_t at = text.find("$" + name), sign = 1;
    if (const std::size_t braced = text.find("${" + name); braced < at) at = braced, sign = 2;
    if (at == text.npos || name_at(text.substr(at + sign)) != name) continue;
    found.push_back({at + sign, name.size(), "foreign-syntax",
                     name + " belongs to GitHub Actions; nothing sets it here",
                     std::string(channel.instead)});
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

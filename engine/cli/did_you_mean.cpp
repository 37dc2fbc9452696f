#include "cli/did_you_mean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace pawl::cli {
namespace {

/// Words that people bring from other tools.
constexpr std::pair<std::string_view, std::string_view> synonyms[] = {
    {"start", "run"},     {"submit", "run"},     {"exec", "run"},     {"status", "show"},
    {"describe", "show"}, {"get", "show"},       {"ls", "runs"},      {"list", "runs"},
    {"ps", "runs"},       {"stop", "cancel"},    {"kill", "cancel"},  {"abort", "cancel"},
    {"rerun", "retry"},   {"repair", "retry"},   {"lint", "check"},   {"validate", "check"},
    {"format", "fmt"},    {"watch", "attach"},   {"tail", "logs -f"}, {"follow", "attach"},
    {"create", "new"},    {"history", "events"}, {"init", "new"},     {"plan", "preview"},
    {"draw", "graph"},    {"worker", "serve"},   {"server", "serve"}, {"unpause", "resume"},
};

struct FlagWord {
  std::string_view command, flag, instead;
};
constexpr std::string_view same_inputs =
    "a run keeps its inputs; with others it is a new one: pawl run FILE -i K=V";
constexpr FlagWord flag_words[] = {
    {"retry", "-i", same_inputs},
    {"retry", "--input", same_inputs},
    {"retry", "--inputs", same_inputs},
    {"retry", "--step", "name the steps behind the run: pawl retry RUN STEP"},
    {"resume", "-i", same_inputs},
    {"resume", "--input", same_inputs},
    {"run", "-p", "an input is given with -i K=V"},
    {"run", "-e", "an input is given with -i K=V"},
    {"run", "-f", "the file stands alone: pawl run FILE; an input is given with -i K=V"},
    {"run", "--param", "an input is given with -i K=V"},
    {"run", "--parameter", "an input is given with -i K=V"},
    {"run", "--var", "an input is given with -i K=V"},
    {"run", "-d", "--detach starts it and leaves"},
    {"run", "--watch", "it follows the run anyway; --detach does not"},
    {"run", "--follow", "it follows the run anyway; --detach does not"},
    {"run", "--wait", "it follows the run anyway; --detach does not"},
    {"run", "--dry-run", "pawl preview FILE shows what would run"},
    {"logs", "--tail", "-n N shows the last N lines"},
    {"runs", "-n", "--limit N lists at most N"},
    {"runs", "-a", "it lists the runs of all states; --limit N lists more of them"},
    {"runs", "--all", "it lists the runs of all states; --limit N lists more of them"},
    {"runs", "--failed", "states are a filter: pawl runs state=failed"},
    {"runs", "--state", "states are a filter: pawl runs state=failed"},
    {"runs", "--status", "states are a filter: pawl runs state=failed"},
    {"runs", "--workflow", "workflows are a filter: pawl runs workflow=NAME"},
    {"show", "-o", "--json prints JSON; --output the output of a step"},
    {"runs", "-o", "--json prints JSON"},
};

/// A word that can be typed by mistake, and what is typed instead.
using Known = std::pair<std::string_view, std::string_view>;

/// Below it, too many words begin alike.
constexpr std::size_t front_bytes_min = 3;

std::vector<std::string_view> meant(std::span<const Known> known, std::string_view word) {
  std::vector<std::string_view> words, found;
  const auto suggest = [&](std::string_view typed) {
    if (found.size() < suggestions_max && std::ranges::find(found, typed) == found.end()) {
      found.push_back(typed);
    }
  };
  for (const auto& [name, typed] : known) {
    if (name == word) suggest(typed);
    words.push_back(name);
  }
  if (!found.empty()) return found;
  for (const std::string_view near : nearest(word, words, words.size())) {
    suggest(std::ranges::find(known, near, &Known::first)->second);
  }
  for (const auto& [name, typed] : known) {
    if (word.size() >= front_bytes_min && name.substr(0, word.size()) == word) suggest(typed);
  }
  return found;
}

}  // namespace

std::string alternatives(const std::vector<std::string>& words) {
  if (words.size() < 2) return fmt::format("{}", fmt::join(words, ""));
  const std::vector<std::string> front(words.begin(), words.end() - 1);
  return fmt::format("{} or {}", fmt::join(front, ", "), words.back());
}

Error unknown_command(std::span<const Command> commands, std::string_view word) {
  const auto command_of = [&](std::string_view typed) {
    return std::ranges::find(commands, typed.substr(0, typed.find(' ')), &Command::name);
  };
  std::vector<Known> known;
  for (const Command& command : commands) known.emplace_back(command.name, command.name);
  for (const Known& synonym : synonyms) {
    const bool is_taken = command_of(synonym.first) != commands.end();
    if (!is_taken && command_of(synonym.second) != commands.end()) known.push_back(synonym);
  }
  std::string hint;
  for (const std::string_view typed : meant(known, word)) {
    hint += fmt::format("{}{} ({})", hint.empty() ? "did you mean: " : ", ", typed,
                        command_of(typed)->summary);
  }
  return {ErrorKind::usage, fmt::format("pawl has no command {}", pawl::quoted(word)),
          std::move(hint), "pawl help"};
}

std::string_view instead_of_flag(std::string_view command, std::string_view flag) {
  for (const FlagWord& word : flag_words) {
    if (word.command == command && word.flag == flag) return word.instead;
  }
  return {};
}

const Command& named_command(std::span<const Command> commands, std::string_view word) {
  const auto found = std::ranges::find(commands, word, &Command::name);
  if (found == commands.end()) throw unknown_command(commands, word);
  return *found;
}

}  // namespace pawl::cli

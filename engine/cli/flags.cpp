#include "cli/flags.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/description.hpp"
#include "cli/did_you_mean.hpp"
#include "cli/help_page.hpp"
#include "cli/settings_for.hpp"
#include "cli/style_for.hpp"

namespace pawl::cli {
namespace {

Error usage_error(const Command& command, const std::string& what, std::string why = "") {
  return {ErrorKind::usage, what, std::move(why), fmt::format("pawl help {}", command.name)};
}

int whole_number(const Command& command, const std::string& name, const std::string& text,
                 int least) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stop != end || value < least) {
    throw usage_error(command, fmt::format("{}: {} is not a whole number from {} on", name,
                                           pawl::quoted(text), least));
  }
  return value;
}

/// Quoted.
std::vector<std::string> near_words(std::string_view word,
                                    const std::vector<std::string_view>& known) {
  std::vector<std::string> near;
  for (const std::string_view each : nearest(word, known, suggestions_max)) {
    near.push_back(pawl::quoted(each));
  }
  return near;
}

Error unknown_flag(const Command& command, const Description& description,
                   const std::string& name) {
  const std::string what = fmt::format("pawl {} has no flag {}", command.name, pawl::quoted(name));
  if (const std::string_view instead = instead_of_flag(command.name, name); !instead.empty()) {
    return usage_error(command, what, std::string(instead));
  }
  // Letters are too short to tell which one was meant.
  std::vector<std::string_view> known;
  for (const FlagDescription& flag : description.flags) {
    for (const std::string& each : flag.names) {
      if (each.size() > 2) known.push_back(each);
    }
  }
  const std::vector<std::string> near = near_words(name, known);
  return usage_error(command, what,
                     near.empty() ? "" : fmt::format("did you mean {}?", alternatives(near)));
}

/// `flag` is empty for a positional.
void check_choice(const Command& command, const std::string& flag, const std::string& word,
                  const std::vector<std::string>& words) {
  if (std::ranges::find(words, word) != words.end()) return;
  const std::vector<std::string_view> known(words.begin(), words.end());
  const std::vector<std::string> near = near_words(word, known);
  throw usage_error(command,
                    flag.empty()
                        ? fmt::format("pawl {} has no {}", command.name, pawl::quoted(word))
                        : fmt::format("{}: there is no {}", flag, pawl::quoted(word)),
                    near.empty() ? fmt::format("it is {}", alternatives(words))
                                 : fmt::format("did you mean {}?", alternatives(near)));
}

/// CLI11 refuses these, too, but in words of its own.
void check_values(const Command& command, const Description& description,
                  const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::size_t sign = arguments[i].find('=');
    const FlagDescription* flag = description.flag(arguments[i].substr(0, sign));
    if (flag == nullptr) continue;
    if (flag->placeholder.empty() && sign != std::string::npos) {
      throw usage_error(command, fmt::format("{} takes no value", flag->name()),
                        fmt::format("given: {}", pawl::quoted(arguments[i])));
    }
    if (flag->placeholder.empty() || flag->value_is_free || sign != std::string::npos) continue;
    ++i;
    if (i < arguments.size() && description.flag(arguments[i]) == nullptr) continue;
    throw usage_error(command, fmt::format("{} has no value", flag->name()),
                      fmt::format("it is written: {}", flag->text()));
  }
}

/// `--sort -took` as `--sort=-took`: CLI11 would take the value for a flag.
Arguments joined_values(const Description& description, const Arguments& arguments) {
  Arguments words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") {
      words.insert(words.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i),
                   arguments.end());
      break;
    }
    const FlagDescription* flag = description.flag(word);
    const bool takes_next = flag != nullptr && !flag->placeholder.empty() && !flag->value_is_free &&
                            word.starts_with("--") && i + 1 < arguments.size() &&
                            arguments[i + 1].starts_with('-') && arguments[i + 1].size() > 1;
    words.push_back(takes_next ? word + "=" + arguments[++i] : word);
  }
  return words;
}

/// How things look is no reason to stop: mistakes in the settings are told by the commands that act
/// by them.
void apply_settings(CommonFlags& common) {
  if (const settings::Settings& set = settings_found(common); set.faults().empty()) {
    common.plain = common.plain || set.boolean("ui.plain");
    common.ascii = common.ascii || set.boolean("ui.ascii");
    if (const std::string color = set.text("ui.color"); color != "auto") common.ui_color = color;
  }
  const auto is_set = [](const char* name) { return !environment(name).empty(); };
  common.plain = common.plain || is_set("PAWL_PLAIN") || is_set("ACCESSIBLE");
}

}  // namespace

struct FlagParser::State {
  struct Positional {
    std::string name;
    std::function<bool()> missing;
  };
  struct Choice {
    std::string name;
    const std::string* value;
    std::vector<std::string> words;
  };
  struct Number {
    std::string name;
    std::string text;
    int* into;
    int least;
  };

  State(const Command& c, CommonFlags& flags) : command(c), common(flags) {}

  FlagDescription& note(const std::string& names, const std::string& placeholder,
                        std::string help) {
    FlagDescription& flag = description.flags.emplace_back();
    for (std::size_t from = 0; from < names.size();) {
      const std::size_t comma = std::min(names.find(',', from), names.size());
      flag.names.push_back(names.substr(from, comma - from));
      from = comma + 1;
    }
    flag.placeholder = placeholder;
    flag.help = std::move(help);
    return flag;
  }
  void note_positional(const std::string& name, bool is_required, bool repeats) {
    description.positionals.push_back({name, is_required, repeats});
  }

  const Command& command;
  CommonFlags& common;
  CLI::App app;
  Description description;
  bool wants_help = false;
  std::vector<Positional> required;
  std::vector<Choice> choices;
  std::vector<std::unique_ptr<Number>> numbers;
};

FlagParser::FlagParser(const Command& command, CommonFlags& common)
    : state_(std::make_unique<State>(command, common)) {
  state_->app.set_help_flag();
  state_->app.allow_extras();
  flag("-h,--help", state_->wants_help, "Show this page");
  flag("-q,--quiet", common.quiet, "Identifiers and errors only");
  flag("-v,--verbose", common.verbose, "Also ids, workers, blocks, full times");
  flag("--debug", common.debug, "Also what is internal");
  flag("--json", common.json, "One JSON record a line");
  flag("--plain", common.plain, "Lines only: nothing is drawn twice, no colour");
  flag("--ascii", common.ascii, "No characters of ours outside ASCII");
  option("--color", common.color, "always|never", "Instead of looking at the terminal");
  number("--width", common.width, 20, "Columns of a row");
  option("--config", common.config, "FILE", "Settings, instead of every pawl.yaml");
  option("--database", common.database, "URL", "Instead of PAWL_DATABASE_URL");
  for (FlagDescription& each : state_->description.flags) each.is_common = true;
}

FlagParser::~FlagParser() = default;

FlagParser& FlagParser::flag(const std::string& names, bool& into, std::string help) {
  state_->app.add_flag(names, into);
  state_->note(names, "", std::move(help));
  return *this;
}

FlagParser& FlagParser::option(const std::string& names, std::string& into,
                               const std::string& placeholder, std::string help) {
  state_->app.add_option(names, into)->take_last();
  const FlagDescription& flag = state_->note(names, placeholder, std::move(help));
  std::vector<std::string> choices = choices_of(placeholder);
  if (!choices.empty()) state_->choices.push_back({flag.name(), &into, std::move(choices)});
  return *this;
}

FlagParser& FlagParser::optional(const std::string& name, std::string& into,
                                 const std::string& placeholder, std::string help) {
  state_->app.add_option(name, into)->take_last();
  state_->note(name, placeholder, std::move(help)).value_is_free = true;
  return *this;
}

FlagParser& FlagParser::options(const std::string& names, std::vector<std::string>& into,
                                const std::string& placeholder, std::string help) {
  state_->app.add_option(names, into)->allow_extra_args(false);
  state_->note(names, placeholder, std::move(help)).repeats = true;
  return *this;
}

FlagParser& FlagParser::number(const std::string& names, int& into, int least, std::string help) {
  const std::string name = names.substr(names.rfind(',') + 1);
  state_->numbers.push_back(std::make_unique<State::Number>(State::Number{name, "", &into, least}));
  return option(names, state_->numbers.back()->text, "N", std::move(help));
}

FlagParser& FlagParser::positional(const std::string& name, std::string& into, bool required) {
  state_->app.add_option(name, into);
  state_->note_positional(name, required, false);
  std::vector<std::string> choices = choices_of(name);
  if (!choices.empty()) state_->choices.push_back({"", &into, std::move(choices)});
  if (required) state_->required.push_back({name, [&into] { return into.empty(); }});
  return *this;
}

FlagParser& FlagParser::positionals(const std::string& name, std::vector<std::string>& into,
                                    bool required) {
  state_->app.add_option(name, into);
  state_->note_positional(name, required, true);
  if (required) state_->required.push_back({name, [&into] { return into.empty(); }});
  return *this;
}

void FlagParser::read(const Arguments& arguments) {
  const Command& command = state_->command;
  check_values(command, state_->description, arguments);
  const auto has_free_value = [&](const std::string& word) {
    const FlagDescription* flag = state_->description.flag(word);
    return flag != nullptr && flag->value_is_free;
  };
  try {
    Arguments words = joined_values(state_->description, arguments);
    Arguments reversed(words.rbegin(), words.rend());  // as CLI11 wants it
    for (std::string& word : reversed) {
      if (has_free_value(word)) word += "=*";
    }
    state_->app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    throw usage_error(command, error.what());
  }
}

void FlagParser::check() const {
  const Command& command = state_->command;
  for (const std::string& word : state_->app.remaining()) {
    const bool is_pair = word.find('=') != std::string::npos;
    const bool takes_inputs = state_->description.flag("--input") != nullptr;
    throw word.size() < 2 || word[0] != '-'
        ? usage_error(
              command,
              fmt::format("pawl {} takes no further argument {}", command.name, pawl::quoted(word)),
              is_pair && takes_inputs ? "an input is given with -i: -i " + word : "")
        : unknown_flag(command, state_->description, word.substr(0, word.find('=')));
  }
  for (const State::Positional& positional : state_->required) {
    if (positional.missing()) {
      throw usage_error(
          command, fmt::format("pawl {} needs {}", command.name, positional.name),
          fmt::format("usage: pawl {} {}{}", command.name, command.usage,
                      positional.name == "RUN"
                          ? "\nthe newest: pawl " + std::string(command.name) + " last"
                          : ""));
    }
  }
  for (const State::Choice& choice : state_->choices) {
    if (!choice.value->empty()) check_choice(command, choice.name, *choice.value, choice.words);
  }
}

bool FlagParser::parse(const Arguments& arguments) {
  const Command& command = state_->command;
  if (command.described != nullptr) {
    *command.described = state_->description;
    return false;
  }
  read(arguments);
  apply_settings(state_->common);
  if (state_->wants_help) {
    write_out(command_page(command, state_->description), style_for(state_->common, STDOUT_FILENO));
    return false;
  }
  check();
  if (state_->common.quiet && state_->common.verbose) {
    throw usage_error(command, "-q and -v contradict each other", "write one of them");
  }
  for (const auto& number : state_->numbers) {
    if (number->text.empty()) continue;
    *number->into = whole_number(command, number->name, number->text, number->least);
  }
  return true;
}

}  // namespace pawl::cli

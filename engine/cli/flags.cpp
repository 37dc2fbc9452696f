#include "cli/flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/settings_for.hpp"

namespace pawl::cli {
namespace {

struct HelpLine {
  std::string left, right;
};

std::string page_of(const Command& command, const std::vector<HelpLine>& lines) {
  std::string page = fmt::format("{}\n\n{}.\nusage: pawl {} {}\n", command.example, command.summary,
                                 command.name, command.usage);
  std::size_t width = 0;
  for (const HelpLine& line : lines) width = std::max(width, line.left.size());
  for (const HelpLine& line : lines)
    page += fmt::format("  {:<{}}  {}\n", line.left, width, line.right);
  return page;
}

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

}  // namespace

struct FlagParser::State {
  struct Positional {
    std::string name;
    std::function<bool()> missing;
  };
  struct Number {
    std::string name;
    std::string text;
    int* into;
    int least;
  };

  State(const Command& c, CommonFlags& flags) : command(c), common(flags) {}

  void note(const std::string& names, const std::string& placeholder, std::string help) {
    std::string left = names;
    if (const std::size_t comma = left.find(','); comma != std::string::npos) {
      left.insert(comma + 1, " ");
    } else if (left.rfind("--", 0) == 0) {
      left.insert(0, "    ");
    }
    if (!placeholder.empty()) left += " " + placeholder;
    lines.push_back({std::move(left), std::move(help)});
    for (std::size_t from = 0; from < names.size();) {
      const std::size_t comma = std::min(names.find(',', from), names.size());
      known.push_back(names.substr(from, comma - from));
      from = comma + 1;
    }
  }

  const Command& command;
  CommonFlags& common;
  CLI::App app;
  bool wants_help = false;
  std::vector<HelpLine> lines;
  std::vector<std::string> known;
  std::vector<std::string> optional;
  std::vector<Positional> required;
  std::vector<std::unique_ptr<Number>> numbers;
};

FlagParser::FlagParser(const Command& command, CommonFlags& common)
    : state_(std::make_unique<State>(command, common)) {
  state_->app.set_help_flag();
  state_->app.allow_extras();
  flag("-h,--help", state_->wants_help, "Show this page");
  flag("-q,--quiet", common.quiet, "Identifiers and errors only");
  flag("-v,--verbose", common.verbose, "Also ids, workers, hooks and full times");
  flag("--json", common.json, "One JSON record a line");
  option("--config", common.config, "FILE", "Settings, instead of every pawl.yaml");
  option("--database", common.database, "URL", "Instead of PAWL_DATABASE_URL");
  option("--color", common.color, "WHEN", "always or never");
  flag("--plain", common.plain, "Lines only: nothing is drawn twice, no colour");
  flag("--ascii", common.ascii, "No characters of ours outside ASCII");
  number("--width", common.width, 20, "Columns of a row");
  flag("--debug", common.debug, "Tell which database is used");
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
  state_->note(names, placeholder, std::move(help));
  return *this;
}

FlagParser& FlagParser::optional(const std::string& name, std::string& into,
                                 const std::string& placeholder, std::string help) {
  state_->app.add_option(name, into)->take_last();
  state_->optional.push_back(name);
  state_->note(name, "", std::move(help));
  state_->lines.back().left += "[=" + placeholder + "]";
  return *this;
}

FlagParser& FlagParser::options(const std::string& names, std::vector<std::string>& into,
                                const std::string& placeholder, std::string help) {
  state_->app.add_option(names, into)->allow_extra_args(false);
  state_->note(names, placeholder, std::move(help));
  return *this;
}

FlagParser& FlagParser::number(const std::string& names, int& into, int least, std::string help) {
  const std::string name = names.substr(names.rfind(',') + 1);
  state_->numbers.push_back(std::make_unique<State::Number>(State::Number{name, "", &into, least}));
  return option(names, state_->numbers.back()->text, "N", std::move(help));
}

FlagParser& FlagParser::positional(const std::string& name, std::string& into, bool required) {
  state_->app.add_option(name, into);
  if (required) state_->required.push_back({name, [&into] { return into.empty(); }});
  return *this;
}

FlagParser& FlagParser::positionals(const std::string& name, std::vector<std::string>& into,
                                    bool required) {
  state_->app.add_option(name, into);
  if (required) state_->required.push_back({name, [&into] { return into.empty(); }});
  return *this;
}

bool FlagParser::parse(const Arguments& arguments) {
  const Command& command = state_->command;
  try {
    Arguments reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants it
    for (std::string& word : reversed) {
      if (std::ranges::find(state_->optional, word) != state_->optional.end()) word += "=*";
    }
    state_->app.parse(reversed);
  } catch (const CLI::ArgumentMismatch&) {
    // Only a flag at the end, or before another one, can lack its value.
    throw usage_error(command,
                      fmt::format("a flag of pawl {} has no value, or one too many", command.name),
                      "given: pawl " + std::string(command.name) + " " +
                          fmt::format("{}", fmt::join(arguments, " ")));
  } catch (const CLI::ParseError& error) {
    throw usage_error(command, error.what());
  }
  if (state_->wants_help) {
    std::cout << page_of(command, state_->lines);
    return false;
  }
  for (const std::string& word : state_->app.remaining()) {
    if (word.size() < 2 || word[0] != '-') {
      throw usage_error(command, fmt::format("pawl {} takes no further argument {}", command.name,
                                             pawl::quoted(word)));
    }
    const std::string name = word.substr(0, word.find('='));
    const std::vector<std::string_view> known(state_->known.begin(), state_->known.end());
    const std::string_view near = closest(name, known);
    throw usage_error(command,
                      fmt::format("pawl {} has no flag {}", command.name, pawl::quoted(name)),
                      near.empty() ? "" : fmt::format("did you mean {}?", pawl::quoted(near)));
  }
  for (const State::Positional& positional : state_->required) {
    if (positional.missing()) {
      throw usage_error(command, fmt::format("pawl {} needs {}", command.name, positional.name),
                        fmt::format("usage: pawl {} {}", command.name, command.usage));
    }
  }
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  CommonFlags& common = state_->common;
  // Mistakes in the settings are told by commands that act by them; looks are no reason to stop.
  if (const settings::Settings& set = settings_found(common); set.faults().empty()) {
    common.plain = common.plain || set.boolean("ui.plain");
    common.ascii = common.ascii || set.boolean("ui.ascii");
    if (const std::string color = set.text("ui.color"); color != "auto") common.ui_color = color;
  }
  common.plain = common.plain || is_set("PAWL_PLAIN") || is_set("ACCESSIBLE");
  for (const auto& number : state_->numbers) {
    if (number->text.empty()) continue;
    *number->into = whole_number(command, number->name, number->text, number->least);
  }
  return true;
}

}  // namespace pawl::cli

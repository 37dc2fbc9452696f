#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

/// The flags of one command: parsed by CLI11, told in our words. Only the parser of the command
/// that runs is built; building all of them would cost more than most commands take.
namespace pawl::cli {

/// Flags of every command.
struct CommonFlags {
  bool quiet = false;    ///< Identifiers and errors only.
  bool verbose = false;  ///< Ids, workers, hooks, full times.
  bool json = false;     ///< One record a line.
  bool debug = false;
  bool plain =
      false;  ///< No redraw, no colour, no glyphs that stand alone: for screen readers, too.
  bool ascii = false;
  int width = 0;         ///< Cells of a row; 0: as wide as the terminal.
  std::string config;    ///< The file of settings; empty: those that are found.
  std::string database;  ///< Empty: see database.hpp.
  std::string color;     ///< "", "always", "never"
  std::string ui_color;  ///< The same of the settings: weaker than NO_COLOR and its like.
};

/// Targets must outlive `parse`. Names are as in a shell: "-i,--input".
class FlagParser {
 public:
  FlagParser(const Command& command, CommonFlags& common);
  ~FlagParser();

  FlagParser& flag(const std::string& names, bool& into, std::string help);
  /// `placeholder` names the value in the help, and its kind: see FlagDescription.
  FlagParser& option(const std::string& names, std::string& into, const std::string& placeholder,
                     std::string help);
  /// A flag that may have a value, after `=` only: `--result`, `--result=NAME`. "*" without one.
  FlagParser& optional(const std::string& name, std::string& into, const std::string& placeholder,
                       std::string help);
  /// May be given several times.
  FlagParser& options(const std::string& names, std::vector<std::string>& into,
                      const std::string& placeholder, std::string help);
  /// A whole number from `least` on.
  FlagParser& number(const std::string& names, int& into, int least, std::string help);
  FlagParser& positional(const std::string& name, std::string& into, bool required = true);
  FlagParser& positionals(const std::string& name, std::vector<std::string>& into, bool required);

  /// False when the command is done: help was asked for and is printed, or `describe` wants to know
  /// what there is to parse. Throws Error (usage). To be called before anything else happens.
  bool parse(const Arguments& arguments);

 private:
  void read(const Arguments& arguments);
  /// What was read makes sense: nothing is unknown, nothing that is needed is missing.
  void check() const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pawl::cli

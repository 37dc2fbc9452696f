#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

/// What a command takes, told by its own parser without running it. Help, man pages, completion
/// and docs/commands.md are made from it, so none of them can differ from what is parsed.
namespace pawl::cli {

/// A placeholder names what a value is: capital letters a kind (FILE, RUN, STEP, FILTER, K=V, N, D
/// for a duration), small ones joined by `|` the values themselves (out|err).
struct FlagDescription {
  std::vector<std::string> names;  ///< "-i", "--input"
  std::string placeholder;         ///< Empty: it takes no value.
  std::string help;
  bool is_common = false;      ///< Of every command.
  bool repeats = false;        ///< May be given several times.
  bool value_is_free = false;  ///< Has a value only when that stands behind `=`.

  /// "--input"
  const std::string& name() const { return names.back(); }
  /// "-i, --input K=V", "--result[=NAME]"
  std::string text() const;
};

struct PositionalDescription {
  std::string placeholder;
  bool required = true;
  bool repeats = false;
};

struct Description {
  std::vector<FlagDescription> flags;
  std::vector<PositionalDescription> positionals;

  /// nullptr when there is none of this name.
  const FlagDescription* flag(std::string_view name) const;
};

Description describe(const Command& command);

/// The values that a placeholder of small letters lists; none for one that names a kind.
std::vector<std::string> choices_of(std::string_view placeholder);

}  // namespace pawl::cli

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "dsl/diagnostic.hpp"
#include "settings/keys.hpp"

/// What people have set for all commands, and where: `pawl.yaml` and the environment.
///
/// The first that says something wins, key by key: a flag (known to the command only), PAWL_*,
/// pawl.yaml of this folder, of its parents, of the user, of the machine, the default. `--config`
/// puts one file in the place of all these files.
namespace pawl::settings {

enum class Source : std::uint8_t { environment, file, standard };

/// One place that says something about a key.
struct Said {
  std::string value;  ///< Normalized.
  Source source = Source::standard;
  std::string place;  ///< "PAWL_WORKER_SLOTS", "/etc/pawl/pawl.yaml:12"; empty for the default.
};

/// Why the settings cannot be used: a mistake in a file, or in a variable.
struct Fault {
  std::string place;           ///< The file or the variable.
  dsl::Diagnostic diagnostic;  ///< Its span is meaningless for a variable.
  std::string source;          ///< The file's text; empty for a variable.

  /// As people read it.
  std::string text() const;
};

/// Where to look.
struct Where {
  std::string file;       ///< `--config`: then it is the only file, and must be there.
  std::string folder;     ///< The first that may hold a pawl.yaml; absolute.
  std::string user;       ///< $XDG_CONFIG_HOME/pawl or ~/.config/pawl; empty: none.
  std::string machine;    ///< "/etc/pawl"; empty: none.
  std::uint32_t uid = 0;  ///< Whose files are trusted, besides root's.
  std::function<std::string(const char*)> variable;  ///< Empty when not set.
  std::vector<std::string> variables{};              ///< Names of all that are set.
};

/// As this process stands: its folder, its user, its environment.
Where where_we_are(std::string file);

class Settings {
 public:
  /// Never throws for what users wrote: see `faults`.
  static Settings load(const Where& where);

  /// In the order in which they were found. Who uses the settings refuses to go on with any.
  const std::vector<Fault>& faults() const { return faults_; }
  /// Files that were read, the strongest first.
  const std::vector<std::string>& files() const { return files_; }

  /// What each place says about the key, the strongest first; never empty: the default is last.
  std::vector<Said> said(const Key& key) const;
  /// The value in force; empty when nothing is set and the default is not a value.
  std::string text(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::optional<int> whole(std::string_view name) const;
  std::optional<Millis> duration(std::string_view name) const;
  std::vector<std::string> names(std::string_view name) const;
  /// The strongest place; empty for a default.
  std::string place(std::string_view name) const;

 private:
  struct Entry {
    std::string_view key;
    Said said;
  };
  std::vector<Entry> entries_;  ///< The strongest first.
  std::vector<Fault> faults_;
  std::vector<std::string> files_;
  friend class Loader;
};

}  // namespace pawl::settings

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "dsl/limits.hpp"
#include "dsl/yaml_tree.hpp"
#include "dsl/yaml_values.hpp"
#include "settings/settings.hpp"

/// Finds the files of settings and reads them, and the environment.
namespace pawl::settings {
namespace {

constexpr const char* file_name = "pawl.yaml";
constexpr std::size_t file_bytes_max = std::size_t{1} << 20;

bool exists(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0;
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

/// pawl.yaml of `folder` and of the folders around it, the innermost first.
std::vector<std::string> files_above(const std::string& folder) {
  std::vector<std::string> files;
  for (std::filesystem::path at = folder; !at.empty(); at = at.parent_path()) {
    std::string path = joined(at.string(), file_name);
    if (exists(path)) files.push_back(std::move(path));
    if (at == at.root_path()) break;
  }
  return files;
}

/// "PAWL_WORKER_": what a variable of the section begins with.
std::string prefix_of(std::string_view section) {
  std::string prefix = "PAWL_";
  for (const char c : section) prefix += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return prefix + "_";
}

std::string_view section_of(std::string_view name) { return name.substr(0, name.find('.')); }

bool is_section(std::string_view name) {
  return std::ranges::any_of(
      keys(), [&](const Key& key) { return !key.only_variable && section_of(key.name) == name; });
}

}  // namespace

class Loader {
 public:
  explicit Loader(const Where& where) : where_(where) {}

  Settings load() && {
    read_environment();
    if (!where_.file.empty()) {
      read_file(where_.file);
      return std::move(settings_);
    }
    for (const std::string& path : files_above(where_.folder)) {
      if (is_trusted(path)) read_file(path);
    }
    for (const std::string& folder : {where_.user, where_.machine}) {
      if (folder.empty()) continue;
      if (const std::string path = joined(folder, file_name); exists(path)) read_file(path);
    }
    return std::move(settings_);
  }

 private:
  struct File {
    const std::string& path;
    const std::string& source;
    const dsl::Tree& tree;
  };

  void fault(const std::string& place, const std::string& source, dsl::Diagnostic diagnostic) {
    settings_.faults_.push_back({place, std::move(diagnostic), source});
  }
  void fault(const File& file, dsl::NodeId at, std::string rule, std::string message,
             std::string fix) {
    fault(file.path, file.source,
          {file.tree.span(at), std::move(rule), std::move(message), std::move(fix)});
  }

  void read_environment() {
    for (const Key& key : keys()) {
      const std::string name(key.variable);
      const std::string text = where_.variable(name.c_str());
      if (text.empty()) continue;
      const Result<std::string> value = normalized(key, text);
      if (value) {
        settings_.entries_.push_back({key.name, {value.value(), Source::environment, name}});
      } else {
        fault(name, "", {{}, "setting-value", value.error().message, value.error().fix});
      }
    }
    for (const std::string& name : where_.variables) look_at_variable(name);
  }

  /// A variable of one of our sections that is no setting was meant to be one.
  void look_at_variable(const std::string& name) {
    const bool is_known =
        std::ranges::any_of(keys(), [&](const Key& key) { return key.variable == name; });
    if (is_known) return;
    std::vector<std::string_view> variables;
    bool is_ours = false;
    for (const Key& key : keys()) {
      variables.push_back(key.variable);
      is_ours = is_ours || name.starts_with(prefix_of(section_of(key.name)));
    }
    if (!is_ours) return;
    const std::string_view near = closest(name, variables);
    fault(name, "",
          {{},
           "setting-unknown",
           "no setting has this variable",
           near.empty() ? "pawl config" : "did you mean " + std::string(near) + "?"});
  }

  /// Whoever can write into a folder above ours could send us to a database of theirs.
  bool is_trusted(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return false;
    if (facts.st_uid == where_.uid || facts.st_uid == 0) return true;
    const passwd* owner = ::getpwuid(facts.st_uid);
    const std::string name = owner != nullptr ? owner->pw_name : std::to_string(facts.st_uid);
    fault(path, "",
          {{},
           "setting-owner",
           "the file belongs to " + name + ", so it is not read",
           "if you trust it: --config " + shell_quoted(path)});
    return false;
  }

  void read_file(const std::string& path) {
    if (!read_.insert(path).second) return;  // a home folder may be above the project
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) {
      return fault(path, "", {{}, "setting-file", "this is a folder", "name a file"});
    }
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
      return fault(path, "",
                   {{},
                    "setting-file",
                    std::string("cannot be read: ") + std::strerror(errno),
                    "mend its rights, or name another with --config"});
    }
    std::string source(file_bytes_max + 1, '\0');
    stream.read(source.data(), static_cast<std::streamsize>(source.size()));
    source.resize(static_cast<std::size_t>(stream.gcount()));
    if (source.size() > file_bytes_max) {
      return fault(path, "",
                   {{}, "setting-file", "it is larger than 1 MiB", "is it the right one?"});
    }
    settings_.files_.push_back(path);
    const dsl::ParsedYaml parsed = dsl::parse_yaml(source, {});
    for (const dsl::Diagnostic& one : parsed.diagnostics) {
      // A file of comments says nothing, and that is no mistake here.
      const bool is_empty = one.rule == "empty-file";
      if (one.severity == dsl::Severity::error && !is_empty) fault(path, source, one);
    }
    if (parsed.tree) read_tree({path, source, *parsed.tree});
  }

  void read_tree(const File& file) {
    const dsl::NodeId root = dsl::Tree::root();
    if (file.tree.kind(root) == dsl::NodeKind::null) return;
    if (file.tree.kind(root) != dsl::NodeKind::map) {
      return fault(file, root, "setting-value", "settings are a map of sections",
                   "write 'worker: {slots: 8}'");
    }
    for (const dsl::Entry& entry : file.tree.entries(root)) read_section(file, entry);
  }

  void read_section(const File& file, const dsl::Entry& entry) {
    const std::string name(file.tree.text(entry.key));
    if (is_for_later(name)) return not_yet(file, entry.key, name);
    if (const Key* key = find_key(name); key != nullptr && key->only_variable) {
      return fault(file, entry.key, "setting-value",
                   pawl::quoted(name) + " cannot be set in a file",
                   "set the variable " + std::string(key->variable));
    }
    if (!is_section(name)) return unknown(file, entry.key, name);
    const dsl::NodeKind kind = file.tree.kind(entry.value);
    if (kind == dsl::NodeKind::null) return;
    if (kind != dsl::NodeKind::map) {
      return fault(file, entry.value, "setting-value",
                   pawl::quoted(name) + " is a section of settings",
                   "write a map, as in 'worker: {slots: 8}'");
    }
    for (const dsl::Entry& one : file.tree.entries(entry.value)) read_key(file, name, one);
  }

  void read_key(const File& file, const std::string& section, const dsl::Entry& entry) {
    const std::string name = section + "." + std::string(file.tree.text(entry.key));
    if (is_for_later(name)) return not_yet(file, entry.key, name);
    const Key* key = find_key(name);
    if (key == nullptr) return unknown(file, entry.key, name);
    if (file.tree.kind(entry.value) == dsl::NodeKind::null) return;  // as if it were not there
    const std::optional<std::string> text = text_of(file, *key, entry.value);
    if (!text) {
      return fault(
          file, entry.value, "setting-value",
          pawl::quoted(name) + " is " + std::string(name_of(type_of(file.tree, entry.value))),
          key->type == Type::names ? "write a list of names" : "write one value");
    }
    const Result<std::string> value = normalized(*key, *text);
    if (!value) {
      return fault(file, entry.value, "setting-value",
                   pawl::quoted(name) + ": " + value.error().message, value.error().fix);
    }
    const std::string place = file.path + ":" + std::to_string(file.tree.span(entry.value).line);
    settings_.entries_.push_back({key->name, {value.value(), Source::file, place}});
  }

  /// Nothing for a container where a value is wanted.
  static std::optional<std::string> text_of(const File& file, const Key& key, dsl::NodeId node) {
    const dsl::NodeKind kind = file.tree.kind(node);
    if (kind == dsl::NodeKind::scalar) return std::string(file.tree.text(node));
    if (kind != dsl::NodeKind::list || key.type != Type::names) return std::nullopt;
    std::string list;
    for (const dsl::NodeId item : file.tree.items(node)) {
      if (file.tree.kind(item) != dsl::NodeKind::scalar) return std::nullopt;
      list += (list.empty() ? "" : ",") + std::string(file.tree.text(item));
    }
    return list;
  }

  void not_yet(const File& file, dsl::NodeId at, const std::string& name) {
    fault(file, at, "setting-unavailable", pawl::quoted(name) + " is not available in this version",
          "remove it");
  }

  void unknown(const File& file, dsl::NodeId at, const std::string& name) {
    const std::string_view near = nearest(name);
    fault(file, at, "setting-unknown", "there is no setting " + pawl::quoted(name),
          near.empty() ? "pawl config lists them" : "did you mean " + pawl::quoted(near) + "?");
  }

  const Where& where_;
  Settings settings_;
  std::set<std::string> read_;
};

Settings Settings::load(const Where& where) { return Loader(where).load(); }

Where where_we_are(std::string file) {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  Where where;
  where.file = std::move(file);
  std::error_code failed;
  where.folder = std::filesystem::current_path(failed).string();
  if (failed) where.folder = "/";
  // The XDG specification: a relative path is to be ignored.
  if (const std::string config = variable("XDG_CONFIG_HOME"); config.starts_with('/')) {
    where.user = config + "/pawl";
  } else if (const std::string home = variable("HOME"); home.starts_with('/')) {
    where.user = home + "/.config/pawl";
  }
  where.machine = "/etc/pawl";
  where.uid = ::geteuid();
  where.variable = variable;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (text.starts_with("PAWL_")) where.variables.emplace_back(text.substr(0, text.find('=')));
  }
  return where;
}

}  // namespace pawl::settings

#include "cli/checked_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.hpp"
#include "cli/bundle_folder.hpp"
#include "cli/workflow_file.hpp"
#include "dsl/compile.hpp"
#include "dsl/yaml_tree.hpp"

namespace pawl::cli {
namespace {

namespace fs = std::filesystem;

/// "./a//b.yaml" → "a/b.yaml": the same file has one name, however it was found.
std::string tidy_path(const fs::path& path) { return path.lexically_normal().string(); }

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.size() > 1 && name.front() == '.' && name != "..";
}

bool is_yaml(const fs::path& path) {
  return !is_hidden(path) && (path.extension() == ".yaml" || path.extension() == ".yml");
}

/// `path` stands in `folder`, at any depth, with no hidden folder between.
bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path below = folder == "." ? path : path.lexically_relative(folder);
  if (below.empty() || below.is_absolute() || *below.begin() == "..") return false;
  return std::none_of(below.begin(), below.end(), is_hidden);
}

CheckedFile check(const std::string& path, std::variant<std::string, Error> loaded) {
  CheckedFile file;
  if (auto* error = std::get_if<Error>(&loaded)) {
    file.unreadable = std::move(*error);
    return file;
  }
  file.source = std::get<std::string>(std::move(loaded));
  dsl::Compiled compiled = compile_workflow(file.source, path);
  file.diagnostics = std::move(compiled.diagnostics);
  for (const dsl::BundleFile& other : compiled.files) {
    file.others.insert(tidy_path(fs::path(path).parent_path() / other.path));
  }
  return file;
}

bool is_gone(const std::string& path) {
  std::error_code ignored;
  return !fs::exists(path, ignored);
}

}  // namespace

bool is_workflow(const std::string& source) {
  const dsl::ParsedYaml parsed = dsl::parse_yaml(source, {});
  if (parsed.tree) {
    const dsl::Tree& tree = *parsed.tree;
    return tree.kind(dsl::Tree::root()) == dsl::NodeKind::map &&
           tree.find(dsl::Tree::root(), "steps").has_value();
  }
  // Too broken for a tree: a line that begins with the key says what it was meant to be.
  for (std::size_t line = 0; line != source.npos;) {
    if (source.compare(line, 6, "steps:") == 0) return true;
    line = source.find('\n', line);
    if (line != source.npos) ++line;
  }
  return false;
}

CheckedFiles::CheckedFiles(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      const fs::path normal = fs::path(path).lexically_normal();
      folders_.push_back((normal.has_filename() ? normal : normal.parent_path()).string());
    } else {
      named_.insert(tidy_path(path));
    }
  }
  if (paths.empty()) folders_.emplace_back(".");
}

void CheckedFiles::read_folder(const std::string& folder,
                               const std::function<void(const std::string&)>& on_folder) {
  on_folder(folder);
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    const Error cannot(ErrorKind::usage,
                       fmt::format("cannot read the folder {}", pawl::quoted(folder)),
                       error.message(), "name a folder or a file that you can read");
    files_[folder].unreadable = cannot;
    return;
  }
  for (const fs::directory_iterator end; entries != end; entries.increment(error)) {
    const fs::path& path = entries->path();
    std::error_code ignored;
    const bool is_folder = entries->symlink_status(ignored).type() == fs::file_type::directory;
    if (is_folder && !is_hidden(path)) read_folder(tidy_path(path), on_folder);
    if (!is_folder && is_yaml(path)) read_again(tidy_path(path));
    if (error) return;
  }
}

void CheckedFiles::read_all(const std::function<void(const std::string&)>& on_folder) {
  files_.clear();
  skipped_.clear();
  for (const std::string& path : named_) {
    const fs::path parent = fs::path(path).parent_path();
    on_folder(parent.empty() ? "." : parent.string());
    read_again(path);
  }
  for (const std::string& folder : folders_) read_folder(folder, on_folder);
  for (const auto& [path, file] : files_) {
    for (const std::string& other : file.others) {
      const fs::path parent = fs::path(other).parent_path();
      on_folder(parent.empty() ? "." : parent.string());
    }
  }
}

bool CheckedFiles::is_asked_for(const std::string& path) const {
  if (named_.contains(path)) return true;
  return is_yaml(path) && std::ranges::any_of(folders_, [&](const std::string& folder) {
           return is_inside(path, folder);
         });
}

/// The workflows that load the file `path`, or miss one that it may be, are checked again.
bool CheckedFiles::check_users_of(const std::string& path) {
  bool is_new = false;
  for (auto& [workflow, file] : files_) {
    const bool misses_one = std::ranges::any_of(
        file.diagnostics, [](const auto& one) { return one.rule == "missing-file"; });
    if (file.unreadable || (!misses_one && !file.others.contains(tidy_path(path)))) continue;
    CheckedFile again = check(workflow, file.source);
    is_new = is_new || dsl::render_all(again.diagnostics, workflow, file.source) !=
                           dsl::render_all(file.diagnostics, workflow, file.source);
    file = std::move(again);
  }
  return is_new;
}

bool CheckedFiles::read_again(const std::string& path) {
  if (!is_asked_for(path)) return check_users_of(path);
  const auto known = files_.find(path);
  const bool is_named = named_.contains(path);
  if (!is_named && is_gone(path)) return skipped_.erase(path) + files_.erase(path) > 0;

  std::variant<std::string, Error> loaded = load_workflow(path);
  const auto* source = std::get_if<std::string>(&loaded);
  const bool was_same = known != files_.end() && source != nullptr && !known->second.unreadable &&
                        known->second.source == *source;
  if (was_same) return false;
  if (!is_named && source != nullptr && !is_workflow(*source)) {
    return files_.erase(path) + (skipped_.insert(path).second ? 1U : 0U) > 0;
  }
  skipped_.erase(path);
  files_.insert_or_assign(path, check(path, std::move(loaded)));
  return true;
}

std::string CheckedFiles::subject() const {
  std::string all;
  for (const std::string& path : named_) all += (all.empty() ? "" : ", ") + path;
  for (const std::string& folder : folders_) all += (all.empty() ? "" : ", ") + folder;
  return all;
}

}  // namespace pawl::cli

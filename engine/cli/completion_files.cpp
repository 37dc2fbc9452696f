#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "cli/completion.hpp"
#include "cli/style_for.hpp"

namespace pawl::cli {
namespace {

bool is_workflow(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml");
}

/// The folder to look into, for "~/flows/ni": "/home/ana/flows".
std::filesystem::path folder_of_word(const std::string& front) {
  if (front.empty()) return ".";
  if (front.starts_with("~/")) return environment("HOME") + front.substr(1);
  return front;
}

}  // namespace

std::vector<Candidate> file_candidates(const std::string& word, bool only_workflows) {
  const std::size_t slash = word.rfind('/');
  const std::string front = slash == std::string::npos ? "" : word.substr(0, slash + 1);
  const std::string begin = word.substr(front.size());
  std::vector<Candidate> files, folders;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder_of_word(front), failed), end;
       !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    // Hidden ones only for who begins to type one.
    if (!name.starts_with(begin) || (begin.empty() && name[0] == '.')) continue;
    std::error_code unknown;
    if (at->is_directory(unknown)) {
      folders.push_back({front + name + "/", "", true});
    } else {
      files.push_back({front + name, "", false});
    }
  }
  const auto has_workflow = [](const Candidate& file) { return is_workflow(file.value); };
  if (only_workflows && std::ranges::any_of(files, has_workflow)) {
    std::erase_if(files, [&](const Candidate& file) { return !has_workflow(file); });
  }
  std::ranges::sort(files, {}, &Candidate::value);
  std::ranges::sort(folders, {}, &Candidate::value);
  files.insert(files.end(), folders.begin(), folders.end());
  if (files.size() > candidates_max) files.resize(candidates_max);
  return files;
}

}  // namespace pawl::cli

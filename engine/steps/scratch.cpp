#include "steps/scratch.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "base/handle.hpp"

namespace pawl::steps {
namespace {

constexpr std::size_t empty_max = 64;

void close_folder(DIR* folder) noexcept { ::closedir(folder); }

bool is_empty(const std::string& path) {
  const Handle<DIR, close_folder> folder(::opendir(path.c_str()));
  if (!folder) return false;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  return true;
}

}  // namespace

ScratchFolders::~ScratchFolders() {
  for (const std::string& path : empty_) ::rmdir(path.c_str());
}

std::optional<Problem> ScratchFolders::make(const std::string& path) {
  while (!empty_.empty()) {
    const std::string known = std::move(empty_.back());
    empty_.pop_back();
    if (::rename(known.c_str(), path.c_str()) == 0) return std::nullopt;
    ::rmdir(known.c_str());
  }
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return std::nullopt;
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return std::nullopt;
  return Problem{"cannot make the scratch folder " + path + ": " + error.message(),
                 "free some space in the worker's data folder"};
}

void ScratchFolders::remove(const std::string& path) {
  if (empty_.size() < empty_max && is_empty(path)) return empty_.push_back(path);
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace pawl::steps

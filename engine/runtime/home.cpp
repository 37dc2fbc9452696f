#include "runtime/home.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace pawl::runtime {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string user_folder() {
  std::string home = variable("HOME");
  if (!home.empty()) return home;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_dir : "/";
}

}  // namespace

std::string home_folder() {
  if (const std::string home = variable("PAWL_HOME"); !home.empty()) {
    std::string path = std::filesystem::absolute(home).lexically_normal();
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }
  if (::geteuid() == 0) return "/var/lib/pawl";
  const std::string data = variable("XDG_DATA_HOME");
  // The XDG specification: a relative path is to be ignored.
  if (!data.empty() && data.front() == '/') return data + "/pawl";
  return user_folder() + "/.local/share/pawl";
}

}  // namespace pawl::runtime

#include "steps/lua_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/handle.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

Problem refused(const std::string& path, const std::string& why) { return {path + ": " + why, ""}; }

std::string too_large() {
  return "larger than " + format_size(static_cast<std::int64_t>(lua_file_bytes_max));
}

Result<JsonText> read_text(const std::string& path) {
  // Without waiting: a fifo would hold the thread.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return refused(path, std::strerror(errno));
  struct stat about {};
  ::fstat(file.get(), &about);
  if (!S_ISREG(about.st_mode)) return refused(path, "not a regular file");
  std::string text;
  for (;;) {
    char slice[std::size_t{64} << 10];
    const ssize_t got = ::read(file.get(), slice, sizeof slice);
    if (got < 0) return refused(path, std::strerror(errno));
    if (got == 0) break;
    text.append(slice, static_cast<std::size_t>(got));
    if (text.size() > lua_file_bytes_max) return refused(path, too_large());
  }
  if (const std::size_t bad = find_invalid_utf8(text); bad != std::string::npos) {
    return refused(path, "not UTF-8 text (byte " + std::to_string(bad) + ")");
  }
  return JsonText{json_quoted(text)};
}

Result<JsonText> write_text(const std::string& path, int how, std::string_view text) {
  if (text.size() > lua_file_bytes_max) return refused(path, too_large());
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | how, 0666));
  if (!file) return refused(path, std::strerror(errno));
  while (!text.empty()) {
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    if (put < 0) return refused(path, std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return JsonText{};
}

Result<JsonText> list_names(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (auto it = std::filesystem::directory_iterator(path, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return refused(path, error.message());
  std::sort(names.begin(), names.end());
  std::string list = "[";
  for (const std::string& name : names) list += (list.size() > 1 ? "," : "") + json_quoted(name);
  return JsonText{list + "]"};
}

}  // namespace

Result<JsonText> call_files(std::string_view function, const JsonText& arguments,
                            const std::string& workdir) {
  const auto items = items_of(arguments).value_or(std::vector<JsonText>{});
  const auto name = items.empty() ? std::nullopt : string_of(items[0]);
  if (!name || name->empty() || name->find('\0') != std::string::npos) {
    return Problem{"it needs a path", ""};
  }
  const std::string path = (std::filesystem::path(workdir) / *name).string();
  if (function == "fs.read") return read_text(path);
  if (function == "fs.list") return list_names(path);
  if (function == "fs.write" || function == "fs.append") {
    const auto text = items.size() < 2 ? std::nullopt : string_of(items[1]);
    if (!text) return Problem{"it needs a path and a text", ""};
    return write_text(path, function == "fs.write" ? O_TRUNC : O_APPEND, *text);
  }
  std::error_code error;
  if (function == "fs.exists") {
    return JsonText{std::filesystem::exists(path, error) ? "true" : "false"};
  }
  if (function == "fs.remove") {
    const bool was_there = std::filesystem::remove(path, error);
    if (error) return refused(path, error.message());
    return JsonText{was_there ? "true" : "false"};
  }
  std::filesystem::create_directories(path, error);
  if (error) return refused(path, error.message());
  return JsonText{};
}

}  // namespace pawl::steps

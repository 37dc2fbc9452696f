#include "steps/environment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/text.hpp"
#include "base/units.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

constexpr const char* passed_on[] = {"PATH", "HOME", "LANG", "TZ"};
constexpr const char* path_default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace

std::string report_path(const Job& job) { return job.scratch + "/.pawl-report"; }
std::string checkpoint_path(const Job& job) { return job.scratch + "/.pawl-checkpoint"; }
std::string checkpoint_due_path(const Job& job) { return job.scratch + "/.pawl-checkpoint-due"; }
std::string marker_of(const Job& job) { return "PAWL_TMP=" + job.scratch; }

std::optional<Problem> check_passable(const std::string& name, const std::string& value) {
  if (value.find('\0') != std::string::npos) {
    return Problem{name + " has a NUL byte, which no argument or variable can hold",
                   "pass it as ${{ file(…) }}"};
  }
  if (value.size() > shell_value_max) {
    return Problem{name + " has " + format_size(static_cast<std::int64_t>(value.size())) +
                       "; at most " + format_size(static_cast<std::int64_t>(shell_value_max)) +
                       " can be passed this way",
                   "pass it as ${{ file(…) }}, which gives the path of a file with the value"};
  }
  return std::nullopt;
}

Result<std::vector<std::string>> environment_of(const Job& job, const JsonText& declared) {
  const auto members =
      members_of(declared).value_or(std::vector<std::pair<std::string, JsonText>>{});
  std::vector<std::string> environment;
  environment.reserve(members.size() + 16);
  for (const char* name : passed_on) {
    bool is_declared = false;
    for (const auto& member : members) is_declared = is_declared || member.first == name;
    if (is_declared) continue;
    const char* value = std::getenv(name);
    if (value == nullptr && name == passed_on[0]) value = path_default;
    if (value != nullptr) environment.push_back(std::string(name) + "=" + value);
  }
  for (const auto& [name, value] : members) {
    if (name.empty() || name.find_first_of(std::string("=\0", 2)) != std::string::npos) {
      return Problem{"env: " + pawl::quoted(name) + " cannot be the name of a variable", ""};
    }
    std::string text = text_of(value);
    if (auto problem = check_passable("env." + name, text)) return *std::move(problem);
    environment.push_back(name + "=" + text);
  }
  const auto add = [&](const char* name, const std::string& value) {
    environment.push_back(std::string(name) + "=" + value);
  };
  add("PAWL_RUN", std::to_string(job.run.value));
  add("PAWL_STEP", job.path);
  add("PAWL_ATTEMPT", std::to_string(job.attempt));
  if (!job.item_key.is_null()) add("PAWL_ITEM", text_of(job.item_key));
  add("PAWL_IDEMPOTENCY_KEY", job.idempotency_key);
  add("PAWL_REPORT", report_path(job));
  add("PAWL_CHECKPOINT", checkpoint_path(job));
  add("PAWL_CHECKPOINT_DUE", checkpoint_due_path(job));
  environment.push_back(marker_of(job));
  return environment;
}

std::string workdir_of(const Job& job, const std::string& workdir) {
  if (workdir.empty()) return job.folder;
  return (std::filesystem::path(job.folder) / workdir).string();
}

std::optional<Problem> write_file(const std::string& path, std::string_view text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  bool good = static_cast<bool>(file);
  while (good && !text.empty()) {
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    good = put > 0;
    if (good) text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (good) return std::nullopt;
  return Problem{"cannot write " + path + ": " + std::strerror(errno),
                 "free some space in the worker's data folder"};
}

std::optional<Problem> make_scratch(AttemptContext& context) {
  const Job& job = context.job;
  if (context.has_scratch) return std::nullopt;
  if (auto problem = context.services().scratch.make(job.scratch)) return problem;
  context.has_scratch = true;
  if (job.checkpoint.is_null()) return std::nullopt;
  return write_file(checkpoint_path(job), job.checkpoint.text);
}

void remove_scratch(AttemptContext& context) {
  if (!context.has_scratch) return;
  context.has_scratch = false;
  context.services().scratch.remove(context.job.scratch);
}

}  // namespace pawl::steps

#include "cli/workflow_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/bundle_folder.hpp"
#include "cli/errors.hpp"

namespace pawl::cli {
namespace {

Error cannot_read(const std::string& path, std::string why, std::string fix = "") {
  return {ErrorKind::usage, fmt::format("cannot read the workflow {}", pawl::quoted(path)),
          std::move(why), std::move(fix)};
}

/// "last", "4711": what other commands take as RUN.
bool is_like_a_run(const std::string& path) {
  return path == "last" ||
         (!path.empty() && path.find_first_not_of("0123456789") == std::string::npos);
}

std::variant<Fd, Error> open_workflow(const std::string& path) {
  // O_NONBLOCK: opening a pipe nobody writes to must not hang before we can say that it is one.
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    const int why = errno;
    std::string fix;
    if (why == ENOENT) fix = "name a workflow file, or write one: pawl new hello";
    if (why == ENOENT && is_like_a_run(path)) {
      fix = "this takes a workflow file; a run is shown by pawl show " + path;
    }
    return cannot_read(path, std::strerror(why), std::move(fix));
  }
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return cannot_read(path, std::strerror(errno));
  if (!S_ISREG(found.st_mode)) {
    return cannot_read(path, "it is not a regular file",
                       "name a workflow file; pawl check reads folders");
  }
  const auto bytes_max = static_cast<std::int64_t>(dsl::Limits{}.file_bytes);
  if (found.st_size > bytes_max) {
    return cannot_read(path,
                       fmt::format("it has {}; a workflow has at most {}",
                                   format_size(found.st_size), format_size(bytes_max)),
                       "keep data in files of its own and read them in a step");
  }
  return file;
}

}  // namespace

std::variant<std::string, Error> load_workflow(const std::string& path) {
  const std::variant<Fd, Error> opened = open_workflow(path);
  if (const auto* error = std::get_if<Error>(&opened)) return *error;
  std::string bytes;
  std::string part(std::size_t{64} << 10, '\0');
  while (true) {
    const ssize_t got = ::read(std::get<Fd>(opened).get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, std::strerror(errno));
    if (got == 0) return bytes;
    bytes.append(part, 0, static_cast<std::size_t>(got));
  }
}

std::string read_workflow(const std::string& path) {
  std::variant<std::string, Error> loaded = load_workflow(path);
  if (const auto* error = std::get_if<Error>(&loaded)) throw *error;
  return std::get<std::string>(std::move(loaded));
}

std::string diagnostics_text(const dsl::Diagnostics& diagnostics, const std::string& path,
                             const std::string& source, bool json) {
  std::string out;
  for (const dsl::Diagnostic& diagnostic : diagnostics) {
    out += json ? dsl::render_json(diagnostic, path) : dsl::render(diagnostic, path, source);
    if (out.back() != '\n') out += '\n';
  }
  const auto errors =
      std::ranges::count(diagnostics, dsl::Severity::error, &dsl::Diagnostic::severity);
  if (!json && errors > 0) {
    out += fmt::format("{}: {} error{}\n", path, errors, errors == 1 ? "" : "s");
  }
  return out;
}

store::Definition definition_of(const std::string& path, const std::string& source,
                                dsl::Compiled compiled) {
  store::Definition definition;
  dsl::Plan plan = *std::move(compiled.plan);
  definition.name = plan.name;
  definition.file = std::filesystem::path(path).filename().string();
  definition.bundle = dsl::encode_bundle(source, compiled.files);
  definition.plan_version = dsl::plan_version;
  definition.sem = dsl::language_sem;
  plan.file = definition.file;
  definition.plan = dsl::encode_plan(plan);

  // The lengths keep the name apart from the bytes; the plan's version makes a new compiler a new
  // definition.
  const std::string identity = fmt::format("{} {} {} {}\n", dsl::plan_version, dsl::language_sem,
                                           definition.file.size(), definition.file) +
                               definition.bundle;
  definition.hash.resize(crypto_hash_sha256_BYTES);
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(definition.hash.data()),
                     reinterpret_cast<const unsigned char*>(identity.data()), identity.size());
  return definition;
}

std::string file_of(const store::RunSummary& run, const std::string& file) {
  return (std::filesystem::path(run.folder) / std::filesystem::path(file).filename()).string();
}

std::string change_notice(const store::RunSummary& run, const store::Definition& definition,
                          bool json) {
  const std::filesystem::path path = file_of(run, definition.file);
  const dsl::Bundle bundle = dsl::decode_bundle(definition.bundle);
  const auto now = load_workflow(path);
  const std::string* bytes = std::get_if<std::string>(&now);
  if (bytes == nullptr) return "";
  std::string changed = *bytes == bundle.workflow ? "" : path.filename().string();
  DiskFolder folder(path.string());
  for (const dsl::BundleFile& file : bundle.others) {
    const auto read = folder.read(file.path, dsl::bundle_file_bytes_max);
    if (changed.empty() && read && *read && read->value().bytes != file.bytes) changed = file.path;
  }
  if (changed.empty()) return "";
  return notice(json,
                fmt::format("{} has changed since run {} was started; the run keeps its own copy",
                            changed, run.number),
                "pawl run " + shell_quoted(path.string()));
}

std::string folder_of(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().parent_path().string();
}

}  // namespace pawl::cli

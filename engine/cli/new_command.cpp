#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/new_workflow.hpp"

namespace pawl::cli {
namespace {

Error cannot_write(const std::string& path, const std::string& why) {
  return {ErrorKind::environment, fmt::format("cannot write {}", pawl::quoted(path)), why,
          "name a folder that you can write: pawl new FOLDER/NAME"};
}

/// Makes the folder of `path` and the file. What exists is never overwritten, also when somebody
/// else makes it at the same time.
void write_new(const std::string& path, std::string_view text) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) throw cannot_write(path, error.message());
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file && errno == EEXIST) {
    throw Error(ErrorKind::usage, fmt::format("{} exists", pawl::quoted(path)),
                "what exists is never overwritten", "choose another name, or move that file away");
  }
  if (!file) throw cannot_write(path, std::strerror(errno));
  while (!text.empty()) {
    const ssize_t done = ::write(file.get(), text.data(), text.size());
    if (done < 0 && errno != EINTR) {
      const std::string why = std::strerror(errno);
      ::unlink(path.c_str());
      throw cannot_write(path, why);
    }
    if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
  }
}

Error usage_problem(const Problem& problem) {
  return {ErrorKind::usage, problem.message, "", problem.fix};
}

}  // namespace

int new_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named;
  std::string template_name;
  bool lists = false;
  FlagParser parser(command, common);
  parser.positional("NAME", named, false)
      .option("--template", template_name, "TEMPLATE", "hello without it; see --list")
      .flag("--list", lists, "Which templates there are");
  if (!parser.parse(arguments)) return exit_success;

  if (lists) {
    std::cout << (common.json    ? templates_records()
                  : common.quiet ? templates_names()
                                 : templates_text());
    return exit_success;
  }
  if (named.empty()) {
    throw Error(ErrorKind::usage, "pawl new needs NAME", "the file will be NAME.yaml",
                "pawl new hello");
  }
  const Result<workflows::Template> from = find_template(template_name);
  if (!from) throw usage_problem(from.error());
  const Result<NewWorkflow> workflow = new_workflow(named);
  if (!workflow) throw usage_problem(workflow.error());

  write_new(workflow.value().path, text_of(from.value(), workflow.value()));
  if (common.json) {
    std::cout << written_record(workflow.value(), from.value());
  } else if (common.quiet) {
    std::cout << workflow.value().path << '\n';
  } else {
    std::cout << written_text(workflow.value());
  }
  return exit_success;
}

}  // namespace pawl::cli

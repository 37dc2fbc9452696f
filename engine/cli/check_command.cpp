#include <fmt/format.h>

#include <iostream>

#include "cli/checked_files.hpp"
#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/flags.hpp"
#include "cli/folder_watch.hpp"

namespace pawl::cli {
namespace {

/// What check was asked for are the mistakes, so they go to stdout; a file that cannot be read is
/// an error of the asking.
void print(const CheckedFiles& checked, const CommonFlags& common) {
  for (const auto& [path, file] : checked.files()) {
    if (!file.unreadable) continue;
    std::cerr << (common.json ? error_record(*file.unreadable) : error_text(*file.unreadable));
  }
  if (common.json) {
    std::cout << report_records(checked);
  } else {
    std::cout << (common.quiet ? report_paths(checked) : report_text(checked));
  }
  std::cout.flush();
}

/// Never returns: SIGINT ends it.
[[noreturn]] void watch(CheckedFiles& checked, const CommonFlags& common) {
  FolderWatch watch;
  const auto add = [&](const std::string& folder) { watch.add(folder); };
  checked.read_all(add);
  print(checked, common);
  if (!common.json && !common.quiet) std::cerr << "watching; Ctrl-C ends\n";
  while (true) {
    const FolderWatch::Changes changes = watch.wait();
    bool is_new = false;
    for (const std::string& path : changes.files) {
      if (checked.read_again(path)) is_new = true;
    }
    if (changes.folders) {
      const std::string before = report_text(checked);
      checked.read_all(add);
      if (report_text(checked) != before) is_new = true;
    }
    if (!is_new) continue;
    if (!common.json && !common.quiet) std::cout << '\n';
    print(checked, common);
  }
}

/// A check that found nothing to look at must not pass for a good one.
Error nothing_there(const CheckedFiles& checked) {
  return {ErrorKind::usage, fmt::format("there is no workflow in {}", checked.subject()),
          checked.skipped() > 0 ? "its YAML files have no root key 'steps'" : "", "pawl new hello"};
}

}  // namespace

int check_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::vector<std::string> paths;
  bool is_watching = false;
  FlagParser parser(command, common);
  parser.positionals("PATH", paths, false)
      .flag("--watch", is_watching, "Check again whenever a file changes");
  if (!parser.parse(arguments)) return exit_success;

  CheckedFiles checked(paths);
  if (is_watching) watch(checked, common);
  checked.read_all([](const std::string&) {});
  if (checked.files().empty()) throw nothing_there(checked);
  print(checked, common);
  return has_errors(checked) ? exit_usage : exit_success;
}

}  // namespace pawl::cli

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>
#include <variant>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/checked_files.hpp"
#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/flags.hpp"
#include "cli/json_record.hpp"
#include "cli/plain_text.hpp"
#include "cli/replace_file.hpp"
#include "cli/text_diff.hpp"
#include "cli/workflow_file.hpp"
#include "cli/yaml_files.hpp"
#include "dsl/format.hpp"

namespace pawl::cli {
namespace {

namespace fs = std::filesystem;

struct FmtFlags {
  CommonFlags common;
  bool check = false;
  std::vector<std::string> paths;
};

/// What became of the files; the worst of it is the exit code.
struct Counts {
  int files = 0;
  int changed = 0;
  int code = exit_success;
};

class Formatting {
 public:
  explicit Formatting(const FmtFlags& flags) : flags_(flags) {}

  void stdin_to_stdout() {
    const std::string source(std::istreambuf_iterator<char>(std::cin), {});
    format("-", source, [](const std::string& text) -> std::optional<Error> {
      std::cout << text;
      return std::nullopt;
    });
  }

  /// What cannot be read or written is told; the others are done all the same.
  void path(const std::string& path) {
    std::error_code unknown;
    if (!fs::is_directory(path, unknown)) {
      file(path, false);
      return;
    }
    const auto found = yaml_files(path);
    if (const auto* error = std::get_if<Error>(&found)) {
      fail(path, *error);
      return;
    }
    for (const std::string& name : std::get<0>(found)) file(name, true);
  }

  const Counts& counts() const { return counts_; }

 private:
  void file(const std::string& path, bool only_workflows) {
    std::error_code unknown;
    if (!done_.insert(fs::weakly_canonical(path, unknown).string()).second) return;
    const std::variant<std::string, Error> loaded = load_workflow(path);
    if (const auto* error = std::get_if<Error>(&loaded)) {
      fail(path, *error);
      return;
    }
    const std::string& source = std::get<std::string>(loaded);
    if (only_workflows && !is_workflow(source)) return;
    format(path, source, [&](const std::string& text) {
      return text == source ? std::nullopt : replace_file(path, text);
    });
  }

  template <class Write>
  void format(const std::string& path, const std::string& source, const Write& write) {
    ++counts_.files;
    const dsl::Formatted result = dsl::format(source);
    if (const auto* diagnostics = std::get_if<dsl::Diagnostics>(&result)) {
      (flags_.common.json ? std::cout : std::cerr)
          << diagnostics_text(*diagnostics, path, source, flags_.common.json);
      finish(path, "invalid", exit_usage);
      return;
    }
    if (const auto* problem = std::get_if<Problem>(&result)) {
      fail(path, {ErrorKind::usage, problem->message + ": " + one_line(path), "", problem->fix});
      return;
    }
    const std::string& text = std::get<std::string>(result);
    if (!flags_.check) {
      if (const auto error = write(text)) {
        fail(path, *error);
        return;
      }
    }
    if (text == source) {
      finish(path, "unchanged", exit_success);
    } else {
      ++counts_.changed;
      show_change(path, source, text);
    }
  }

  void show_change(const std::string& path, const std::string& source, const std::string& text) {
    if (!flags_.common.json && flags_.check && !flags_.common.quiet) {
      std::cout << text_diff(path, source, text);
    } else if (!flags_.common.json && path != "-") {
      std::cout << one_line(path) << '\n';
    }
    finish(path, flags_.check ? "would_change" : "changed",
           flags_.check ? exit_run_failed : exit_success);
  }

  void fail(const std::string& path, const Error& error) {
    if (!flags_.common.json) std::cerr << error_text(error);
    finish(path, "failed", exit_code_of(error.kind()), &error);
  }

  void finish(const std::string& path, std::string_view result, int code,
              const Error* error = nullptr) {
    counts_.code = std::max(counts_.code, code);
    // Of text on stdin, stdout holds the text.
    if (!flags_.common.json || (path == "-" && !flags_.check)) return;
    JsonRecord record("format");
    record.text("file", path).text("result", result);
    record.text_or_null("error", error == nullptr ? "" : error->what());
    record.text_or_null("why", error == nullptr ? "" : error->why());
    record.text_or_null("fix", error == nullptr ? "" : error->fix());
    std::cout << record.str() << '\n';
  }

  const FmtFlags& flags_;
  Counts counts_;
  std::set<std::string> done_;  ///< Each file once, by whatever names it is given.
};

/// Looking at nothing must not pass for finding all in order.
Error nothing_there(const std::vector<std::string>& paths) {
  return {ErrorKind::usage, fmt::format("there is no workflow in {}", fmt::join(paths, ", ")),
          "a folder's workflows end in .yaml or .yml and have a root key 'steps'",
          "name the file: pawl fmt FILE"};
}

}  // namespace

int fmt_command(const Command& command, const Arguments& arguments) {
  FmtFlags flags;
  FlagParser parser(command, flags.common);
  parser.flag("--check", flags.check, "Show what would change, write nothing; exit 1 if anything")
      .positionals("PATH", flags.paths, false);
  if (!parser.parse(arguments)) return exit_success;
  if (flags.paths.empty()) flags.paths.emplace_back(".");
  const bool has_stdin = std::ranges::find(flags.paths, "-") != flags.paths.end();
  if (has_stdin && flags.paths.size() > 1) {
    throw Error(ErrorKind::usage, "'-' reads one text from stdin and stands alone", "",
                "pawl fmt - < FILE");
  }

  Formatting formatting(flags);
  if (has_stdin) {
    formatting.stdin_to_stdout();
  } else {
    for (const std::string& path : flags.paths) formatting.path(path);
  }
  const Counts& counts = formatting.counts();
  if (counts.files == 0 && counts.code == exit_success) throw nothing_there(flags.paths);
  if (counts.changed > 0 && flags.check && !flags.common.quiet && !flags.common.json) {
    std::cerr << fmt::format("{} of {} file{} would change: pawl fmt\n", counts.changed,
                             counts.files, counts.files == 1 ? "" : "s");
  }
  return counts.code;
}

}  // namespace pawl::cli

#include "cli/trial/trial_files.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "base/text.hpp"
#include "cli/bundle_folder.hpp"
#include "cli/workflow_file.hpp"
#include "cli/yaml_files.hpp"
#include "trial/read_tests.hpp"

namespace pawl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view endings[] = {".test.yaml", ".test.yml"};

/// "flows/deploy" for "flows/deploy.test.yaml"; nothing for another name.
std::optional<std::string> stem_of(std::string_view path) {
  for (const std::string_view ending : endings) {
    const std::size_t size = path.size() - std::min(path.size(), ending.size());
    if (path.ends_with(ending)) return std::string(path.substr(0, size));
  }
  return std::nullopt;
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// The tests beside a workflow; the path itself for a test file, or when there are none.
std::string tests_of(const std::string& path) {
  if (stem_of(path)) return path;
  const std::string stem = fs::path(path).replace_extension().string();
  for (const std::string_view ending : endings) {
    if (is_there(stem + std::string(ending))) return stem + std::string(ending);
  }
  return path;
}

/// The workflow's file, as seen from where we are; empty when nothing says which.
std::string workflow_of(const std::string& path, const std::string& source) {
  const fs::path folder = fs::path(path).parent_path();
  if (const auto named = trial::workflow_named_in(source)) {
    return (folder / *named).lexically_normal().string();
  }
  const auto stem = stem_of(path);
  if (!stem) return "";
  const bool is_short = !is_there(*stem + ".yaml") && is_there(*stem + ".yml");
  return *stem + (is_short ? ".yml" : ".yaml");
}

/// Real time, for people: nothing is decided by it.
Micros clock_here() {
  return std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now().time_since_epoch());
}

class Playing {
 public:
  Playing(const std::string& wanted, TrialResults& results) : wanted_(wanted), results_(results) {}

  void play(const std::string& path) {
    TrialFile& file = results_.files.emplace_back();
    file.path = path;
    if (!load(path, file, file.source)) return;
    file.workflow = workflow_of(path, file.source);
    if (file.workflow.empty()) {
      const std::string beside = fs::path(path).stem().string() + ".test.yaml";
      file.unreadable = Error(ErrorKind::usage, "there are no tests of " + pawl::quoted(path),
                              "they stand beside it in " + beside +
                                  "; a test file with another name says 'workflow: NAME.yaml'",
                              "pawl test --record last > " + shell_quoted(beside));
      return;
    }
    const auto graph = graph_of(file);
    if (!graph) return;
    trial::TestFile tests = trial::read_tests(file.source, graph->plan());
    file.diagnostics = std::move(tests.diagnostics);
    trial::Coverage& coverage = results_.coverage.try_emplace(file.workflow, graph).first->second;
    for (const trial::Case& one : tests.cases) {
      if (one.name.find(wanted_) != std::string::npos) play(graph, one, coverage, file);
    }
  }

 private:
  static bool load(const std::string& path, TrialFile& file, std::string& into) {
    std::variant<std::string, Error> loaded = load_workflow(path);
    if (auto* error = std::get_if<Error>(&loaded)) {
      file.unreadable = std::move(*error);
      return false;
    }
    into = std::get<std::string>(std::move(loaded));
    return true;
  }

  static std::shared_ptr<const core::Graph> graph_of(TrialFile& file) {
    std::string source;
    if (!load(file.workflow, file, source)) return nullptr;
    dsl::Compiled compiled = compile_workflow(source, file.workflow);
    if (compiled.plan) {
      return std::make_shared<const core::Graph>(
          std::make_shared<const dsl::Plan>(*std::move(compiled.plan)));
    }
    file.workflow_source = std::move(source);
    file.workflow_mistakes = std::move(compiled.diagnostics);
    return nullptr;
  }

  static void play(const std::shared_ptr<const core::Graph>& graph, const trial::Case& one,
                   trial::Coverage& coverage, TrialFile& file) {
    const Micros begin = clock_here();
    const trial::Seen seen = trial::play(graph, one, coverage);
    TrialCase& played = file.cases.emplace_back();
    played.name = one.name;
    played.at = one.at;
    played.state = seen.run.facts.phase;
    played.length = seen.now - one.start;
    played.differences = trial::compare(one, seen);
    played.took = clock_here() - begin;
  }

  const std::string& wanted_;
  TrialResults& results_;
};

}  // namespace

std::vector<std::string> find_trials(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  const std::vector<std::string> here = {"."};
  for (const std::string& path : paths.empty() ? here : paths) {
    std::error_code unknown;
    if (!fs::is_directory(path, unknown)) {
      found.push_back(tests_of(path));
      continue;
    }
    std::variant<std::vector<std::string>, Error> files = yaml_files(path);
    if (const auto* error = std::get_if<Error>(&files)) throw *error;
    for (std::string& file : std::get<std::vector<std::string>>(files)) {
      if (stem_of(file)) found.push_back(std::move(file));
    }
  }
  if (found.empty()) {
    throw Error(ErrorKind::usage,
                "there are no tests in " + (paths.empty() ? std::string("this folder") : paths[0]),
                "tests of NAME.yaml stand beside it in NAME.test.yaml",
                "pawl test --record last > NAME.test.yaml");
  }
  return found;
}

TrialResults play_trials(const std::vector<std::string>& paths, const std::string& wanted) {
  TrialResults results;
  Playing playing(wanted, results);
  for (const std::string& path : paths) playing.play(path);
  return results;
}

bool is_broken(const TrialFile& file) {
  return file.unreadable || dsl::has_errors(file.diagnostics) ||
         dsl::has_errors(file.workflow_mistakes);
}

TrialCounts counts_of(const TrialResults& results) {
  TrialCounts counts;
  for (const TrialFile& file : results.files) {
    if (is_broken(file)) ++counts.broken_files;
    for (const TrialCase& one : file.cases) {
      ++counts.cases;
      if (!one.differences.empty()) ++counts.failed;
      counts.length += one.length;
      counts.took += one.took;
    }
  }
  return counts;
}

}  // namespace pawl::cli

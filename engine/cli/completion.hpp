#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/description.hpp"
#include "dsl/plan.hpp"
#include "store/reader.hpp"

/// What may stand at the cursor: words in, candidates out. Asking the world is left to
/// CompletionSources, making shells understand to completion_shells.hpp.
namespace pawl::cli {

struct Candidate {
  std::string value;        ///< The whole word.
  std::string description;  ///< May be empty.
  bool is_open = false;     ///< The word goes on behind it: "state=", "flows/".
};

constexpr std::size_t candidates_max = 200;

/// What stands before the cursor, read as the command would.
struct Typed {
  const Command* command = nullptr;  ///< None: the command itself is being typed.
  Description description;
  std::vector<std::string> positionals;       ///< Whole ones.
  std::map<std::string, std::string> values;  ///< By the flag's long name.
  /// The flag whose value is being typed, and what stands before that value in the word:
  /// "--color=", or nothing.
  const FlagDescription* flag = nullptr;
  std::string front;
  std::string word;          ///< Being typed: without `front`.
  bool flags_ended = false;  ///< By `--`.
};

/// `words` are those behind `pawl`; the last one is being typed, and may be empty.
Typed read_typed(std::span<const Command> commands, std::vector<std::string> words);

/// Where candidates come from that the program does not know. Each may throw.
struct CompletionSources {
  std::function<std::vector<store::RunSummary>()> runs;  ///< Newest first.
  std::function<std::vector<std::string>(const std::string& run)> steps;
  std::function<std::vector<dsl::Input>(const std::string& file)> inputs;
};

/// In the order in which they are to be shown, at most candidates_max.
std::vector<Candidate> complete(std::span<const Command> commands, const Typed& typed,
                                const CompletionSources& sources);

/// Files and folders that begin with `word`; of files only workflows when `only_workflows` and the
/// folder has any. "~/" is understood and kept.
std::vector<Candidate> file_candidates(const std::string& word, bool only_workflows);

}  // namespace pawl::cli

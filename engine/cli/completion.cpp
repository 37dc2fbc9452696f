#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/json_reading.hpp"
#include "cli/runs_table.hpp"
#include "core/states.hpp"
#include "dsl/explain.hpp"
#include "settings/keys.hpp"
#include "store/run_filter.hpp"
#include "workflows/templates.hpp"

namespace pawl::cli {
namespace {

using Candidates = std::vector<Candidate>;

constexpr core::RunPhase phases[] = {
    core::RunPhase::queued,      core::RunPhase::running,      core::RunPhase::waiting,
    core::RunPhase::paused,      core::RunPhase::compensating, core::RunPhase::succeeded,
    core::RunPhase::failed,      core::RunPhase::cancelled,    core::RunPhase::interrupted,
    core::RunPhase::quarantined,
};

/// Those that begin with `word`, each once; all have `front` before them.
class Collected {
 public:
  Collected(std::string front, std::string word)
      : front_(std::move(front)), word_(std::move(word)) {}

  void add(std::string_view value, std::string description = "", bool is_open = false) {
    if (candidates_.size() >= candidates_max || value.substr(0, word_.size()) != word_) return;
    std::string whole = front_ + std::string(value);
    if (std::ranges::find(candidates_, whole, &Candidate::value) != candidates_.end()) return;
    candidates_.push_back({std::move(whole), std::move(description), is_open});
  }
  void add_all(const std::vector<std::string>& values) {
    for (const std::string& value : values) add(value);
  }
  const std::string& word() const { return word_; }
  Candidates take() { return std::move(candidates_); }

 private:
  std::string front_, word_;
  Candidates candidates_;
};

std::string told(const store::RunSummary& run) {
  return fmt::format("{}, {}", run.workflow, core::name_of(run.phase));
}

Candidates runs(const Typed& typed, const CompletionSources& sources) {
  Collected found(typed.front, typed.word);
  const std::vector<store::RunSummary> newest = sources.runs();
  for (const store::RunSummary& run : newest) found.add(std::to_string(run.number), told(run));
  if (!newest.empty()) found.add("last", told(newest.front()));
  if (typed.word.empty()) return found.take();
  for (const store::RunSummary& run : newest) {
    if (!run.key.empty()) found.add(run.key, told(run));
    found.add("last:" + run.workflow, told(run));
  }
  return found.take();
}

Candidates steps(const Typed& typed, const CompletionSources& sources) {
  if (typed.positionals.empty()) return {};
  Collected found(typed.front, typed.word);
  found.add_all(sources.steps(typed.positionals.front()));
  return found.take();
}

/// What its author says of it, else what is known.
std::string told(const dsl::Input& input) {
  if (!input.description.empty()) return input.description;
  return input.required ? "needed" : "";
}

/// "region=", and behind that its values.
Candidates inputs(const Typed& typed, const CompletionSources& sources) {
  if (typed.positionals.empty()) return {};
  const std::vector<dsl::Input> known = sources.inputs(typed.positionals.front());
  const std::size_t sign = typed.word.find('=');
  if (sign == std::string::npos) {
    Collected found(typed.front, typed.word);
    for (const dsl::Input& input : known) found.add(input.name + "=", told(input), true);
    return found.take();
  }
  Collected found(typed.front + typed.word.substr(0, sign + 1), typed.word.substr(sign + 1));
  const auto input = std::ranges::find(known, typed.word.substr(0, sign), &dsl::Input::name);
  if (input == known.end()) return {};
  for (const JsonText& choice : input->choices) found.add(plain(choice));
  if (input->type == dsl::InputType::boolean) found.add_all({"true", "false"});
  if (input->constant) found.add(plain(*input->constant), "without it");
  if (!found.word().empty() && found.word()[0] == '@') {
    Candidates files = file_candidates(found.word().substr(1), false);
    for (Candidate& file : files) {
      found.add("@" + file.value, std::move(file.description), file.is_open);
    }
  }
  return found.take();
}

void add_filter_values(Collected& found, const std::string& key, const CompletionSources& sources) {
  if (key == "state") {
    for (const core::RunPhase phase : phases) found.add(core::name_of(phase));
  } else if (key == "error") {
    for (const dsl::Chapter& chapter : dsl::chapters()) {
      for (const dsl::Page& page : chapter.pages) {
        if (page.kind == dsl::PageKind::failure) found.add(page.code, std::string(page.summary));
      }
    }
  } else if (key == "since" || key == "until" || key == "started" || key == "ended") {
    found.add_all({"1h", "24h", "7d"});
  } else if (key == "workflow" || key == "by" || key == "key" || key == "run") {
    for (const store::RunSummary& run : sources.runs()) {
      const std::string number = std::to_string(run.number);
      const std::string& value = key == "workflow" ? run.workflow
                                 : key == "by"     ? run.actor
                                 : key == "key"    ? run.key
                                                   : number;
      if (!value.empty()) found.add(value, key == "run" ? told(run) : "");
    }
  }
}

/// "state=", and behind the sign and each comma the values.
Candidates filter(const Typed& typed, const CompletionSources& sources) {
  const std::size_t sign = typed.word.find_first_of("=:");
  if (sign == std::string::npos) {
    Collected found(typed.front, typed.word);
    for (const std::string_view key : store::run_filter_keys()) {
      found.add(key.back() == '.' ? std::string(key) : fmt::format("{}=", key), "", true);
    }
    return found.take();
  }
  std::string key = typed.word.substr(0, sign);
  if (!key.empty() && key.back() == '!') key.pop_back();
  const std::size_t comma = typed.word.rfind(',');
  const std::size_t from = comma == std::string::npos || comma < sign ? sign + 1 : comma + 1;
  Collected found(typed.front + typed.word.substr(0, from), typed.word.substr(from));
  add_filter_values(found, key, sources);
  return found.take();
}

/// "took", and for the longest first "-took".
Candidates orders(const Typed& typed) {
  const bool descending = typed.word.starts_with('-');
  Collected found(typed.front + (descending ? "-" : ""), typed.word.substr(descending ? 1 : 0));
  for (const std::string_view key : store::run_order_keys()) found.add(key);
  return found.take();
}

/// Behind each comma another one.
Candidates columns(const Typed& typed) {
  const std::size_t from = typed.word.rfind(',') + 1;  // npos + 1 is the begin.
  Collected found(typed.front + typed.word.substr(0, from), typed.word.substr(from));
  for (const std::string_view name : column_names()) found.add(name, "", name.ends_with('.'));
  return found.take();
}

Candidates codes(const Typed& typed) {
  Collected found(typed.front, typed.word);
  for (const dsl::Chapter& chapter : dsl::chapters()) {
    for (const dsl::Page& page : chapter.pages) found.add(page.code, std::string(page.summary));
  }
  return found.take();
}

Candidates command_names(std::span<const Command> commands, const Typed& typed) {
  Collected found(typed.front, typed.word);
  for (const Command& command : commands) {
    found.add(command.name, std::string(command.summary));
  }
  return found.take();
}

Candidates templates(const Typed& typed) {
  Collected found(typed.front, typed.word);
  for (const workflows::Template& each : workflows::templates()) found.add(each.name);
  return found.take();
}

Candidates settings_keys(const Typed& typed) {
  Collected found(typed.front, typed.word);
  found.add("check", "All mistakes in the settings");
  for (const settings::Key& key : settings::keys()) found.add(key.name, std::string(key.help));
  return found.take();
}

/// Own flags before those of every command, long names before letters.
Candidates flags(const Typed& typed) {
  Collected found("", typed.word);
  for (const bool common : {false, true}) {
    for (const FlagDescription& flag : typed.description.flags) {
      if (flag.is_common == common) found.add(flag.name(), flag.help);
    }
  }
  for (const FlagDescription& flag : typed.description.flags) {
    if (flag.names.size() > 1) found.add(flag.names.front(), flag.help);
  }
  return found.take();
}

/// What `placeholder` stands for.
Candidates values(std::span<const Command> commands, std::string_view placeholder,
                  const Typed& typed, const CompletionSources& sources) {
  if (placeholder == "RUN") return runs(typed, sources);
  if (placeholder == "STEP") return steps(typed, sources);
  if (placeholder == "FILTER") return filter(typed, sources);
  if (placeholder == "K=V") return inputs(typed, sources);
  if (placeholder == "CODE") return codes(typed);
  if (placeholder == "COMMAND") return command_names(commands, typed);
  if (placeholder == "KEY") return settings_keys(typed);
  if (placeholder == "TEMPLATE") return templates(typed);
  const bool is_file = placeholder.substr(0, 4) == "FILE" || placeholder == "PATH";
  if (is_file || placeholder == "DIR") {
    Candidates files = file_candidates(typed.word, is_file && typed.flag == nullptr);
    if (placeholder == "DIR") {
      std::erase_if(files, [](const Candidate& file) { return !file.is_open; });
    }
    for (Candidate& file : files) file.value.insert(0, typed.front);
    return files;
  }
  Collected found(typed.front, typed.word);
  found.add_all(choices_of(placeholder));
  return found.take();
}

/// What may stand at the cursor, whatever it is made of.
Candidates possible(std::span<const Command> commands, const Typed& typed,
                    const CompletionSources& sources) {
  if (typed.command == nullptr) {
    return typed.flags_ended ? Candidates() : command_names(commands, typed);
  }
  if (typed.flag != nullptr) {
    // Labels are pairs, too, but nobody knows their names.
    if (typed.flag->name() == "--label") return {};
    if (typed.flag->name() == "--sort") return orders(typed);
    if (typed.flag->name() == "--columns") return columns(typed);
    return values(commands, typed.flag->placeholder, typed, sources);
  }
  if (!typed.front.empty()) return {};  // A value of a flag that does not exist.
  if (!typed.flags_ended && !typed.word.empty() && typed.word[0] == '-') return flags(typed);
  const std::vector<PositionalDescription>& known = typed.description.positionals;
  const std::size_t place = typed.positionals.size();
  if (place < known.size()) return values(commands, known[place].placeholder, typed, sources);
  if (known.empty() || !known.back().repeats) return {};
  return values(commands, known.back().placeholder, typed, sources);
}

/// Shells read a candidate a line, and terminals show it.
bool can_be_shown(const Candidate& candidate) {
  return std::ranges::none_of(candidate.value,
                              [](char c) { return c == 0x7f || (c >= 0 && c < ' '); });
}

}  // namespace

Typed read_typed(std::span<const Command> commands, std::vector<std::string> words) {
  Typed typed;
  if (words.empty()) return typed;
  typed.word = std::move(words.back());
  words.pop_back();
  if (words.empty()) return typed;
  const auto command = std::ranges::find(commands, words.front(), &Command::name);
  if (command == commands.end()) {
    typed.flags_ended = true;  // Nothing is known of what follows.
    return typed;
  }
  typed.command = &*command;
  typed.description = describe(*command);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::size_t sign = word.find('=');
    const FlagDescription* flag =
        typed.flags_ended ? nullptr : typed.description.flag(word.substr(0, sign));
    if (!typed.flags_ended && word == "--") {
      typed.flags_ended = true;
    } else if (flag != nullptr && sign != std::string::npos) {
      typed.values[flag->name()] = word.substr(sign + 1);
    } else if (flag != nullptr && !flag->placeholder.empty() && !flag->value_is_free) {
      if (++i == words.size()) typed.flag = flag;
      if (i < words.size()) typed.values[flag->name()] = words[i];
    } else if (typed.flags_ended || word.size() < 2 || word[0] != '-') {
      typed.positionals.push_back(word);
    }
  }
  const std::size_t sign = typed.word.find('=');
  const bool is_flag = !typed.flags_ended && typed.flag == nullptr && typed.word[0] == '-';
  if (is_flag && sign != std::string::npos) {
    typed.flag = typed.description.flag(typed.word.substr(0, sign));
    typed.front = typed.word.substr(0, sign + 1);
    typed.word.erase(0, sign + 1);
  }
  return typed;
}

std::vector<Candidate> complete(std::span<const Command> commands, const Typed& typed,
                                const CompletionSources& sources) {
  Candidates found = possible(commands, typed, sources);
  std::erase_if(found, [](const Candidate& candidate) { return !can_be_shown(candidate); });
  return found;
}

}  // namespace pawl::cli

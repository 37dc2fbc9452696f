#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/completion.hpp"

/// What shells hand to `pawl __complete`, and what they read of it. The scripts know nothing of
/// commands; they are short, so that a new pawl needs no new script.
namespace pawl::cli {

/// The script that `pawl completion SHELL` prints; empty when the shell is unknown.
std::string_view completion_script(std::string_view shell);

/// A line of bash up to the cursor, as bash would read it.
struct BashLine {
  std::vector<std::string> words;  ///< Without quotes; the last one is being typed.
  std::string kept;                ///< Of the last word: what readline leaves alone.
  char quote = 0;                  ///< In which the cursor stands.
};

/// `breaks` is COMP_WORDBREAKS: at these readline begins a new word even within a word of ours.
BashLine read_bash_line(std::string_view line, std::string_view breaks);

/// One candidate a line, quoted, without what readline keeps, with a blank where the word is over.
/// With `described` and several candidates, their descriptions stand behind them.
std::string for_bash(const std::vector<Candidate>& candidates, const BashLine& line,
                     bool described);
/// "=state=", " 4711": whether the word goes on, the word; behind a tab what is shown.
std::string for_zsh(const std::vector<Candidate>& candidates);
/// The word; behind a tab its description.
std::string for_fish(const std::vector<Candidate>& candidates);

}  // namespace pawl::cli

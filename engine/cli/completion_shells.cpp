#include "cli/completion_shells.hpp"

#include <algorithm>

#include "cli/plain_text.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

constexpr std::string_view bash_script = R"sh(# Completion of pawl for bash.
#   eval "$(pawl completion bash)"      in ~/.bashrc
_pawl() {
  mapfile -t COMPREPLY < <("$1" __complete bash "$COMP_TYPE" "$COMP_WORDBREAKS" \
    "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o nospace -o nosort -F _pawl pawl
)sh";

constexpr std::string_view zsh_script = R"sh(#compdef pawl
# Completion of pawl for zsh.
#   eval "$(pawl completion zsh)"       in ~/.zshrc, behind compinit
# or saved as _pawl in a folder of $fpath.
_pawl() {
  local line value typed=${(Q)PREFIX} tab=$'\t'
  local -a words_over shown_over words_open shown_open
  for line in "${(@f)$("${(Q)words[1]}" __complete zsh "${(@Q)words[2,CURRENT-1]}" \
      "$typed" 2>/dev/null)}"; do
    value=${${${line%%$tab*}[2,-1]}#\~/}
    case $line in
      '='*) words_open+=("$value"); shown_open+=("${line#*$tab}") ;;
      ' '*) words_over+=("$value"); shown_over+=("${line#*$tab}") ;;
    esac
  done
  compset -P '\~/'  # What stands for a folder stays as it is; the rest is quoted.
  (( $#words_over )) && compadd -V pawl -l -d shown_over -a words_over
  (( $#words_open )) && compadd -V pawl -l -S '' -d shown_open -a words_open
  (( $#words_over + $#words_open ))
}
if [[ $funcstack[1] == _pawl ]]; then
  _pawl "$@"
elif (( $+functions[compdef] )); then
  compdef _pawl pawl
fi
)sh";

constexpr std::string_view fish_script = R"sh(# Completion of pawl for fish.
#   pawl completion fish | source       in ~/.config/fish/config.fish
function __pawl_complete
  pawl __complete fish (commandline -opc)[2..] "$(commandline -ct)" 2>/dev/null
end
complete -c pawl -f -k -a '(__pawl_complete)'
)sh";

constexpr std::string_view plain_bytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,~";

/// As bash reads it within `quote`, or outside of quotes.
std::string quoted_for_bash(std::string_view text, char quote) {
  std::string out;
  for (const char c : text) {
    const bool is_plain =
        static_cast<unsigned char>(c) >= 0x80 || plain_bytes.find(c) != std::string_view::npos;
    if (quote == '\'' && c == '\'') {
      out += "'\\'";  // The quote ends, and begins again with the next one.
    } else if (quote == '"' ? (c == '"' || c == '\\' || c == '$' || c == '`')
                            : quote == 0 && !is_plain) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

/// Candidates of which more than this many cells are shown have their descriptions closer.
constexpr std::size_t value_cells_max = 32;
constexpr std::size_t row_cells = 79;

/// What is shown for each: value and description in two columns.
std::vector<std::string> shown(const std::vector<std::string>& values,
                               const std::vector<Candidate>& candidates) {
  std::size_t width = 0;
  for (const std::string& value : values) width = std::max(width, cell_width(one_line(value)));
  width = std::min(width, value_cells_max);
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string row = one_line(values[i]);
    const std::string description = one_line(candidates[i].description);
    if (!description.empty()) {
      row = clip_end(pad_right(row, width) + "  " + description, row_cells);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  if (shell == "fish") return fish_script;
  return "";
}

BashLine read_bash_line(std::string_view line, std::string_view breaks) {
  BashLine read;
  bool is_word = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_blank = read.quote == 0 && (c == ' ' || c == '\t');
    if (is_blank) {
      is_word = false;
      continue;
    }
    if (!is_word) {
      read.words.emplace_back();
      read.kept.clear();
      is_word = true;
    }
    std::string& word = read.words.back();
    if (c == '\\' && read.quote != '\'' && i + 1 < line.size()) {
      word += line[++i];
    } else if (read.quote == 0 && (c == '"' || c == '\'')) {
      read.quote = c;
      read.kept = word;
    } else if (c == read.quote) {
      read.quote = 0;
    } else {
      word += c;
      if (read.quote == 0 && breaks.find(c) != std::string_view::npos) read.kept = word;
    }
  }
  if (!is_word) {
    read.words.emplace_back();
    read.kept.clear();
  }
  return read;
}

std::string for_bash(const std::vector<Candidate>& candidates, const BashLine& line,
                     bool described) {
  std::vector<std::string> values;
  for (const Candidate& candidate : candidates) {
    std::string_view rest = candidate.value;
    if (rest.substr(0, line.kept.size()) == line.kept) rest.remove_prefix(line.kept.size());
    values.push_back(quoted_for_bash(rest, line.quote));
  }
  std::string out;
  if (values.size() == 1) {
    // In quotes readline closes them itself.
    const bool is_over = !candidates[0].is_open && line.quote == 0;
    return values[0] + (is_over ? " \n" : "\n");
  }
  const std::vector<std::string> rows = described ? shown(values, candidates) : values;
  for (const std::string& row : rows) out += row + "\n";
  return out;
}

std::string for_zsh(const std::vector<Candidate>& candidates) {
  std::vector<std::string> values;
  for (const Candidate& candidate : candidates) values.push_back(candidate.value);
  const std::vector<std::string> rows = shown(values, candidates);
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += (candidates[i].is_open ? "=" : " ") + values[i] + "\t" + rows[i] + "\n";
  }
  return out;
}

std::string for_fish(const std::vector<Candidate>& candidates) {
  std::string out;
  for (const Candidate& candidate : candidates) {
    out += candidate.value;
    if (!candidate.description.empty()) out += "\t" + one_line(candidate.description);
    out += "\n";
  }
  return out;
}

}  // namespace pawl::cli

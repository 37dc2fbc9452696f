#include "cli/help_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/guide.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

constexpr std::size_t page_cells = 79;
constexpr std::size_t left_cells_max = 26;
constexpr Group group_rows[] = {Group::run, Group::look, Group::write, Group::operate};

/// From nothing to a workflow of one's own that failed, was understood and mended.
constexpr std::string_view first_day[] = {"new",  "check", "run",    "runs",    "show",
                                          "logs", "retry", "doctor", "explain", "help"};

/// `words` in rows of at most page_cells, each behind `indent` blanks but the first.
std::string wrapped(const std::vector<std::string>& words, std::size_t indent) {
  std::string out;
  std::size_t cells = indent;
  for (const std::string& word : words) {
    const std::size_t more = cell_width(word);
    if (cells > indent && cells + 1 + more > page_cells) {
      out += "\n" + std::string(indent, ' ');
      cells = indent;
    } else if (cells > indent) {
      out += ' ';
      ++cells;
    }
    out += word;
    cells += more;
  }
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

struct Row {
  std::string left;
  std::string_view right;
};

/// Two columns; a left that is too long has a row of its own.
std::string table(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) {
    const std::size_t cells = cell_width(row.left);
    if (cells <= left_cells_max) width = std::max(width, cells);
  }
  std::string out;
  for (const Row& row : rows) {
    out += "  " + pad_right(row.left, width) + "  ";
    if (cell_width(row.left) > width) out += "\n" + std::string(width + 4, ' ');
    out += wrapped(words_of(row.right), width + 4) + "\n";
  }
  return out;
}

/// "-i, --input K=V"; a flag without a letter stands below the long ones.
std::string left_of(const FlagDescription& flag) {
  return flag.names.size() > 1 ? flag.text() : "    " + flag.text();
}

std::string flags_table(const Description& description, bool common) {
  std::vector<Row> rows;
  for (const FlagDescription& flag : description.flags) {
    if (flag.is_common == common) rows.push_back({left_of(flag), flag.help});
  }
  return table(rows);
}

/// "-q", "--width N": as short as they can be typed.
std::string folded_common(const Description& description) {
  constexpr std::string_view lead = "of every command: ";
  std::vector<std::string> words;
  for (const FlagDescription& flag : description.flags) {
    if (!flag.is_common) continue;
    words.push_back(flag.names.front());
    // A flag and its value are one word, which no end of a row parts.
    if (!flag.placeholder.empty()) words.back() += " " + flag.placeholder;
  }
  return std::string(lead) + wrapped(words, lead.size()) + "\n";
}

std::string usage_of(const Command& command) {
  return fmt::format("pawl {}{}{}", command.name, command.usage.empty() ? "" : " ", command.usage);
}

std::string meanings_table(std::span<const Meaning> meanings) {
  std::vector<Row> rows;
  for (const Meaning& meaning : meanings) rows.push_back({std::string(meaning.word), meaning.text});
  return table(rows);
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<' || c == '[') out += '\\';
    out += c;
  }
  return out;
}

/// A table's cell of code; a `|` ends a cell even there.
std::string markdown_code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out + "`";
}

std::string markdown_flags(const Description& description, bool common) {
  std::string out = "| flag | |\n|---|---|\n";
  const std::size_t empty = out.size();
  for (const FlagDescription& flag : description.flags) {
    if (flag.is_common != common) continue;
    out += fmt::format("| {} | {}{} |\n", markdown_code(flag.text()), markdown_text(flag.help),
                       flag.repeats ? "; several times" : "");
  }
  return out.size() == empty ? "" : "\n" + out;
}

std::string markdown_meanings(std::string_view title, std::span<const Meaning> meanings) {
  std::string out = fmt::format("\n## {}\n\n| | |\n|---|---|\n", title);
  for (const Meaning& meaning : meanings) {
    out += fmt::format("| {} | {} |\n", markdown_code(meaning.word), markdown_text(meaning.text));
  }
  return out;
}

}  // namespace

std::span<const Group> groups() { return group_rows; }

std::string_view name_of(Group group) {
  switch (group) {
    case Group::run:
      return "run";
    case Group::look:
      return "look";
    case Group::write:
      return "write";
    case Group::operate:
      return "operate";
  }
  return "";
}

std::string first_day_page(std::span<const Command> commands) {
  std::string page = "pawl new hello\npawl run hello.yaml\n\n";
  std::vector<Row> rows;
  for (const std::string_view name : first_day) {
    const auto command = std::ranges::find(commands, name, &Command::name);
    if (command == commands.end()) continue;
    const std::string_view subject = command->usage.substr(0, command->usage.find(' '));
    rows.push_back({fmt::format("{} {}", name, subject), command->summary});
  }
  return page + table(rows) + "\nAll commands: pawl help. Flags of one: pawl help run\n";
}

std::string all_commands_page(std::span<const Command> commands) {
  std::string page = "pawl run hello.yaml -i who=ana\n";
  for (const Group group : groups()) {
    // The page has as many rows as a screen may need: the first group stands close.
    page += fmt::format("{}{}:\n", group == Group::run ? "" : "\n", name_of(group));
    std::vector<Row> rows;
    for (const Command& command : commands) {
      if (command.group == group) rows.push_back({std::string(command.name), command.summary});
    }
    // One width for all groups, so that the summaries stand in one column.
    for (Row& row : rows) row.left = pad_right(row.left, 10);
    page += table(rows);
  }
  return page + "flags: pawl help run  RUN, STEP: pawl help help  workflows: pawl help language\n";
}

std::string command_page(const Command& command, const Description& description) {
  std::string page =
      fmt::format("{}\n\n{}.\nusage: {}\n", command.example, command.summary, usage_of(command));
  page += flags_table(description, false);
  if (command.name != "help") return page + folded_common(description);
  return page + "flags of every command:\n" + flags_table(description, true) + "subjects:\n" +
         meanings_table(subjects()) + "exit codes:\n" + meanings_table(exits());
}

std::string markdown_pages(std::span<const Command> commands) {
  std::string out =
      "# Commands\n\nMade by `pawl help --markdown`: what each command takes. [cli.md](cli.md) "
      "tells "
      "how to work\nwith them. `pawl help COMMAND` and `pawl man COMMAND` say the same.\n";
  Description common;
  for (const Group group : groups()) {
    out += fmt::format("\n## To {}\n", name_of(group));
    for (const Command& command : commands) {
      if (command.group != group) continue;
      const Description description = describe(command);
      out += fmt::format("\n### `{}`\n\n{}.\n\n```sh\n{}\n```\n", usage_of(command),
                         command.summary, command.example);
      out += markdown_flags(description, false);
      common = description;
    }
  }
  return out + "\n## Flags of every command\n" + markdown_flags(common, true) +
         markdown_meanings("Subjects and values", subjects()) +
         markdown_meanings("Exit codes", exits()) + markdown_meanings("Variables", variables());
}

}  // namespace pawl::cli

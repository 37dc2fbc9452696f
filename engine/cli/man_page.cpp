#include "cli/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/guide.hpp"
#include "cli/help_page.hpp"

namespace pawl::cli {
namespace {

/// `text` as roff prints it: its own characters escaped, others than ASCII by their number, and
/// nothing at the begin of a line that could be a request.
std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = i == 0 || text[i - 1] == '\n';
    const char c = text[i];
    if (begins && (c == '.' || c == '\'')) out += "\\&";
    if (text.substr(i, 3) == "…") {
      out += "...";
      i += 2;
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else {
      out += c;
    }
  }
  return out;
}

std::string head(const std::string& name, std::string_view summary, std::string_view version) {
  std::string capitals = name;
  std::ranges::transform(capitals, capitals.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return fmt::format(".TH {} 1 \"\" \"Pawl {}\" \"Pawl\"\n.SH NAME\n{} \\- {}\n", roff(capitals),
                     version, roff(name), roff(summary));
}

std::string examples(std::string_view lines) {
  return fmt::format(".SH EXAMPLES\n.nf\n{}\n.fi\n", roff(lines));
}

/// Words in bold, what stands for a value in italics.
std::string flag_entry(const FlagDescription& flag) {
  std::string names;
  for (const std::string& name : flag.names) {
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", roff(name));
  }
  if (!flag.placeholder.empty()) {
    const std::string value = fmt::format("\\fI{}\\fR", roff(flag.placeholder));
    names += flag.value_is_free ? "[=" + value + "]" : " " + value;
  }
  return fmt::format(".TP\n{}\n{}.{}\n", names, roff(flag.help),
                     flag.repeats ? " May be given several times." : "");
}

std::string flags(std::string_view title, const Description& description, bool common) {
  std::string entries;
  for (const FlagDescription& flag : description.flags) {
    if (flag.is_common == common) entries += flag_entry(flag);
  }
  return entries.empty() ? "" : fmt::format(".SH {}\n{}", title, entries);
}

std::string meanings(std::string_view title, std::span<const Meaning> rows) {
  std::string out = fmt::format(".SH {}\n", title);
  for (const Meaning& row : rows) {
    out += fmt::format(".TP\n\\fB{}\\fR\n{}.\n", roff(row.word), roff(row.text));
  }
  return out;
}

std::string shared_parts() {
  return meanings("SUBJECTS AND VALUES", subjects()) + meanings("EXIT STATUS", exits()) +
         meanings("ENVIRONMENT", variables());
}

}  // namespace

std::string man_file(std::string_view command) {
  return command.empty() ? "pawl.1" : fmt::format("pawl-{}.1", command);
}

std::string main_man_page(std::span<const Command> commands, std::string_view version) {
  std::string page = head("pawl", "run workflows that survive what kills them", version);
  page += ".SH SYNOPSIS\n\\fBpawl\\fR \\fICOMMAND\\fR [\\fISUBJECT\\fR...] [\\fIFLAGS\\fR]\n";
  page += examples("pawl new hello\npawl run hello.yaml\npawl show last");
  page += ".SH COMMANDS\n";
  Description common;
  for (const Group group : groups()) {
    page += fmt::format(".SS To {}\n", name_of(group));
    for (const Command& command : commands) {
      if (command.group != group) continue;
      page += fmt::format(".TP\n\\fBpawl\\-{}\\fR(1)\n{}.\n", roff(command.name),
                          roff(command.summary));
    }
  }
  if (!commands.empty()) common = describe(commands.front());
  return page + flags("FLAGS OF EVERY COMMAND", common, true) + shared_parts();
}

std::string man_page(const Command& command, const Description& description,
                     std::string_view version) {
  std::string page = head(fmt::format("pawl-{}", command.name), command.summary, version);
  page +=
      fmt::format(".SH SYNOPSIS\n\\fBpawl {}\\fR {}\n", roff(command.name), roff(command.usage));
  page += examples(command.example);
  page += flags("OPTIONS", description, false) + flags("FLAGS OF EVERY COMMAND", description, true);
  return page + shared_parts() + ".SH SEE ALSO\n\\fBpawl\\fR(1)\n";
}

}  // namespace pawl::cli

#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor/diagnosis.hpp"
#include "cli/json_record.hpp"
#include "cli/plain_text.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

Tone tone_of(Weight weight) {
  switch (weight) {
    case Weight::moves:
      return Tone::none;
    case Weight::stuck:
      return Tone::wait;
    case Weight::error:
      return Tone::bad;
  }
  return Tone::none;
}

std::string_view name_of(Weight weight) {
  switch (weight) {
    case Weight::moves:
      return "moves";
    case Weight::stuck:
      return "stuck";
    case Weight::error:
      return "error";
  }
  return "";
}

struct Columns {
  std::size_t subject = 0, since = 0, number = 1;

  std::size_t before_cause() const {
    return 2 + number + 1 + subject + 2 + (since ? since + 2 : 0);
  }
};

Columns columns_of(const std::vector<Finding>& findings) {
  constexpr std::size_t subject_max = 32;
  Columns columns;
  for (const Finding& finding : findings) {
    columns.subject = std::max(columns.subject, std::min(cell_width(finding.subject), subject_max));
    columns.since = std::max(columns.since, cell_width(finding.since));
  }
  columns.number = std::to_string(findings.size()).size();
  return columns;
}

/// A text of several lines, as a fault of the settings is, keeps them.
void add_rows(std::string& out, const std::string& text, std::size_t indent, std::size_t first,
              const Style& style) {
  const std::string margin(indent, ' ');
  const std::size_t width = static_cast<std::size_t>(std::max(style.width - 1, 20));
  const std::size_t room = width > indent + 20 ? width - indent : 20;
  bool is_first = true;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string line = harmless(text.substr(from, end - from));
    from = end + 1;
    if (line.empty()) continue;
    for (const std::string& row :
         style.clip ? wrapped_rows(line, room) : std::vector<std::string>{line}) {
      out += (is_first && first > 0 ? "" : margin) + row + "\n";
      is_first = false;
    }
  }
}

void add_finding(std::string& out, const Finding& finding, std::size_t number,
                 const Columns& columns, const Style& style) {
  constexpr std::size_t cause_cells_min = 30;
  const std::size_t below = 2 + columns.number + 1;
  std::string head = fmt::format("  {:>{}} {}", number, columns.number,
                                 painted(finding.subject, tone_of(finding.weight), style));
  const std::size_t used = below + cell_width(finding.subject);
  const std::size_t wanted = columns.before_cause();
  const bool beside =
      used + 2 <= wanted && wanted + cause_cells_min <= static_cast<std::size_t>(style.width) - 1;
  if (columns.since > 0) {
    const std::size_t column = below + columns.subject;
    head += std::string(used < column ? column - used : 0, ' ') + "  " +
            (beside ? pad_right(finding.since, columns.since) : finding.since);
  } else if (beside) {
    head += std::string(below + columns.subject - used, ' ');
  }
  while (!head.empty() && !beside && head.back() == ' ') head.pop_back();
  const std::size_t indent = beside ? wanted : below + 2;
  out += head + (beside ? "  " : "\n");
  add_rows(out, finding.cause, indent, beside ? 1 : 0, style);
  for (const std::string& more : finding.more) add_rows(out, more, indent, 0, style);
  // A command stands whole on a line of its own, to be copied.
  if (!finding.command.empty()) out += std::string(below, ' ') + "  " + finding.command + "\n";
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const std::string& title,
                           const Style& style) {
  std::string out = title + "  " + diagnosis.head + "\n";
  const Columns columns = columns_of(diagnosis.findings);
  std::size_t number = 0;
  for (const Finding& finding : diagnosis.findings) {
    add_finding(out, finding, ++number, columns, style);
  }
  for (const std::string& fact : diagnosis.facts) {
    out += "  ";
    add_rows(out, fact, 4, 1, style);
  }
  return out;
}

std::string diagnosis_record(const Diagnosis& diagnosis, const std::string& run) {
  const auto list = [](const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) out += (out.size() > 1 ? "," : "") + json_string(text);
    return JsonText{out + "]"};
  };
  std::string findings = "[";
  for (const Finding& finding : diagnosis.findings) {
    if (findings.size() > 1) findings += ',';
    findings += JsonRecord()
                    .text("weight", name_of(finding.weight))
                    .text("subject", finding.subject)
                    .text_or_null("since", finding.since)
                    .text("cause", finding.cause)
                    .json("more", list(finding.more))
                    .text_or_null("command", finding.command)
                    .str();
  }
  return JsonRecord("diagnosis")
      .text_or_null("run", run)
      .text("summary", diagnosis.head)
      .json("findings", {findings + "]"})
      .json("facts", list(diagnosis.facts))
      .str();
}

}  // namespace pawl::cli

#include "cli/errors.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/json_record.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

/// Each line of `text`, indented, so that a cause of several lines stays one paragraph. Prose is
/// cut between words; a row of `cells` 0 has no end, and what is typed again stays in one piece.
std::string indented(const std::string& text, std::size_t cells) {
  constexpr std::size_t indent = 2;
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string line = text.substr(from, end - from);
    const std::size_t room = cells > indent ? cells - indent : 0;
    for (const std::string& row :
         room > 0 ? wrapped_rows(line, room) : std::vector<std::string>{line}) {
      out += std::string(indent, ' ') + row + "\n";
    }
    from = end + 1;
  }
  return out;
}

}  // namespace

std::string error_text(const Error& error, std::size_t cells) {
  constexpr std::string_view begin = "error: ";
  const std::string what = error.what();
  std::string out;
  for (const std::string& row : cells > begin.size() ? wrapped_rows(what, cells - begin.size())
                                                     : std::vector<std::string>{what}) {
    out += (out.empty() ? std::string(begin) : std::string(begin.size(), ' ')) + row + "\n";
  }
  return out + indented(error.why(), cells) + indented(error.fix(), 0);
}

std::string error_record(const Error& error) {
  return JsonRecord("error")
             .text("error", error.what())
             .text_or_null("why", error.why())
             .text_or_null("fix", error.fix())
             .number("exit", exit_code_of(error.kind()))
             .str() +
         "\n";
}

std::string notice(bool json, std::string_view text, std::string_view command) {
  if (json) {
    return JsonRecord("notice").text("text", text).text_or_null("command", command).str() + "\n";
  }
  return std::string(text) + (command.empty() ? "" : ": ") + std::string(command) + "\n";
}

int exit_code_of(ErrorKind kind) {
  return kind == ErrorKind::usage ? exit_usage : exit_environment;
}

Error database_gone(std::string_view why) {
  return {ErrorKind::environment, "the connection to the database is lost", std::string(why),
          "pawl db status"};
}

}  // namespace pawl::cli

#include "cli/errors.hpp"

#include <string>

#include "cli/command.hpp"
#include "cli/json_record.hpp"

namespace pawl::cli {
namespace {

/// Each line of `text`, indented, so that a cause of several lines stays one paragraph.
std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += "  " + text.substr(from, end - from) + "\n";
    from = end + 1;
  }
  return out;
}

}  // namespace

std::string error_text(const Error& error) {
  return std::string("error: ") + error.what() + "\n" + indented(error.why()) +
         indented(error.fix());
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

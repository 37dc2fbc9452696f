#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace pawl::cli {

/// What people read on stderr: "error: WHAT", the why, the fix, each on lines of its own. Prose is
/// cut between words to rows of `cells`; 0: of a pipe, where nothing is cut.
std::string error_text(const Error& error, std::size_t cells = 0);
/// The same as one JSON record: v, kind "error", error, why, fix, exit.
std::string error_record(const Error& error);
int exit_code_of(ErrorKind kind);

/// What is said beside the results, on stderr: `text` and the command that helps, if any. With
/// `json` one record: v, kind "notice", text, command.
std::string notice(bool json, std::string_view text, std::string_view command = "");

/// The database went away while a command talked to it.
Error database_gone(std::string_view why);

}  // namespace pawl::cli

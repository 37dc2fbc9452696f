#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::dsl {

/// A stretch of a workflow file. Lines and columns count from 1, in code points.
struct Span {
  std::int32_t line = 1;
  std::int32_t column = 1;
  std::int32_t length = 1;

  auto operator<=>(const Span&) const = default;
};

enum class Severity : std::uint8_t { error, warning };

/// A file that the workflow loads, for a mistake that stands there.
struct OtherFile {
  std::string name;  ///< As messages name it: "flows/lib/clean.lua".
  std::string text;
};

/// One mistake of an author, as a value with a place.
struct Diagnostic {
  Span at;
  std::string rule;     ///< "unknown-key": stable, documented, can be searched for.
  std::string message;  ///< What is wrong, in the author's words.
  std::string fix;      ///< What to write instead; empty when we cannot know.
  Severity severity = Severity::error;
  std::shared_ptr<const OtherFile> other{};  ///< Null: it stands in the workflow's file.

  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

bool has_errors(const Diagnostics& list);

/// Sorts by place and drops repetitions: what every reader expects before printing.
void sort_unique(Diagnostics& list);

/// The text of one diagnostic as people see it: place, rule, message, the line, a caret, the fix.
/// `source` is the whole file; lines longer than 100 columns are cut around the place.
std::string render(const Diagnostic& diagnostic, std::string_view file, std::string_view source);

/// The texts of many, one behind the other; reads `source` once.
std::string render_all(const Diagnostics& list, std::string_view file, std::string_view source);

/// One JSON object (a line without its end): v, kind, file, line, column, length, severity, rule,
/// message, fix (null when there is none).
std::string render_json(const Diagnostic& diagnostic, std::string_view file);

}  // namespace pawl::dsl

#include <fmt/format.h>

#include <algorithm>

#include "cli/checked_files.hpp"
#include "cli/json_record.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

struct Counts {
  std::int64_t errors = 0;
  std::int64_t warnings = 0;
  const dsl::Diagnostic* first_error = nullptr;
  const dsl::Diagnostic* first_warning = nullptr;
};

bool is_error(const dsl::Diagnostic& one) { return one.severity == dsl::Severity::error; }

bool has_errors(const CheckedFile& file) {
  return file.unreadable || dsl::has_errors(file.diagnostics);
}

Counts counts_of(const CheckedFiles& checked) {
  Counts counts;
  for (const auto& [path, file] : checked.files()) {
    if (file.unreadable) ++counts.errors;
    for (const dsl::Diagnostic& one : file.diagnostics) {
      const dsl::Diagnostic*& first = is_error(one) ? counts.first_error : counts.first_warning;
      if (first == nullptr) first = &one;
      ++(is_error(one) ? counts.errors : counts.warnings);
    }
  }
  return counts;
}

}  // namespace

bool has_errors(const CheckedFiles& checked) {
  return std::ranges::any_of(checked.files(),
                             [](const auto& entry) { return has_errors(entry.second); });
}

std::string report_text(const CheckedFiles& checked) {
  const Counts counts = counts_of(checked);
  std::string out;
  for (const auto& [path, file] : checked.files()) {
    out += dsl::render_all(file.diagnostics, path, file.source);
  }
  out += counted(static_cast<std::int64_t>(checked.files().size()), "file");
  if (counts.errors > 0) out += ", " + counted(counts.errors, "error");
  if (counts.warnings > 0) out += ", " + counted(counts.warnings, "warning");
  if (counts.errors + counts.warnings == 0) out += ", no mistakes";
  if (checked.skipped() > 0) {
    out += fmt::format("; skipped {} without 'steps'",
                       counted(static_cast<std::int64_t>(checked.skipped()), "YAML file"));
  }
  out += '\n';
  const dsl::Diagnostic* first = counts.first_error ? counts.first_error : counts.first_warning;
  if (first != nullptr) out += fmt::format("  pawl explain {}\n", first->rule);
  return out;
}

std::string report_records(const CheckedFiles& checked) {
  const Counts counts = counts_of(checked);
  std::string out;
  for (const auto& [path, file] : checked.files()) {
    for (const dsl::Diagnostic& one : file.diagnostics) out += dsl::render_json(one, path) + "\n";
  }
  return out +
         JsonRecord("checked")
             .number("files", static_cast<std::int64_t>(checked.files().size()))
             .number("skipped", static_cast<std::int64_t>(checked.skipped()))
             .number("errors", counts.errors)
             .number("warnings", counts.warnings)
             .str() +
         "\n";
}

std::string report_paths(const CheckedFiles& checked) {
  std::string out;
  for (const auto& [path, file] : checked.files()) {
    if (has_errors(file)) out += path + "\n";
  }
  return out;
}

}  // namespace pawl::cli

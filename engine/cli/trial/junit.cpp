#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/errors.hpp"
#include "cli/trial/trial_report.hpp"

/// JUnit's XML as build servers read it: https://github.com/testmoapp/junitxml
namespace pawl::cli {
namespace {

/// Text of XML 1.0: what it cannot hold becomes U+FFFD.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : to_valid_utf8(text)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n') {
      out += "&#10;";
    } else if (static_cast<unsigned char>(c) < 0x20 && c != '\t') {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string seconds(Micros span) {
  return fmt::format("{}.{:06}", span.count() / 1'000'000, span.count() % 1'000'000);
}

std::string failure_element(const TrialFile& file, const TrialCase& one) {
  const trial::Difference& first = one.differences[0];
  std::string text;
  for (const trial::Difference& difference : one.differences) {
    text += fmt::format("{}:{}:{}: {}\n", file.path, difference.at.line, difference.at.column,
                        difference.what);
    if (!difference.expected.empty() || !difference.seen.empty()) {
      text += "  expected  " + difference.expected + "\n  seen      " + difference.seen + "\n";
    }
    if (!difference.fix.empty()) text += "  " + difference.fix + "\n";
  }
  return fmt::format("      <failure message=\"{}\">{}</failure>\n", escaped(first.what),
                     escaped(text));
}

/// A file with mistakes is a case that could not be played.
std::string error_element(const TrialFile& file) {
  std::string text = dsl::render_all(file.workflow_mistakes, file.workflow, file.workflow_source) +
                     dsl::render_all(file.diagnostics, file.path, file.source);
  if (file.unreadable) text += error_text(*file.unreadable);
  return fmt::format(
      "    <testcase name=\"the file\" classname=\"{0}\" time=\"0\">\n"
      "      <error message=\"{0} has mistakes\">{1}</error>\n    </testcase>\n",
      escaped(file.path), escaped(text));
}

std::string suite(const TrialFile& file) {
  std::size_t failures = 0;
  Micros took{0};
  std::string cases;
  for (const TrialCase& one : file.cases) {
    took += one.took;
    cases += fmt::format(
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\"",
        escaped(one.name), escaped(file.workflow), escaped(file.path), one.at.line,
        seconds(one.took));
    if (one.differences.empty()) {
      cases += "/>\n";
    } else {
      ++failures;
      cases += ">\n" + failure_element(file, one) + "    </testcase>\n";
    }
  }
  const bool broken = is_broken(file);
  if (broken) cases += error_element(file);
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\">\n{}"
      "  </testsuite>\n",
      escaped(file.path), file.cases.size() + (broken ? 1 : 0), failures, broken ? 1 : 0,
      seconds(took), cases);
}

}  // namespace

std::string junit_text(const TrialResults& results) {
  const TrialCounts counts = counts_of(results);
  std::string suites;
  for (const TrialFile& file : results.files) suites += suite(file);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"pawl test\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\">\n"
      "{}</testsuites>\n",
      counts.cases + counts.broken_files, counts.failed, counts.broken_files, seconds(counts.took),
      suites);
}

}  // namespace pawl::cli

#include "cli/trial/trial_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/json_record.hpp"
#include "cli/plain_text.hpp"
#include "cli/wording.hpp"

namespace pawl::cli {
namespace {

std::string length_of(Micros span) {
  return trial::exact_duration(std::chrono::duration_cast<Millis>(span));
}

/// "412us", "3ms", "1.2s": how long it took to play.
std::string took_text(Micros span) {
  if (span < Millis{1}) return fmt::format("{}us", span.count());
  if (span < Millis{1000}) return fmt::format("{}ms", span.count() / 1000);
  return fmt::format("{:.1f}s", static_cast<double>(span.count()) / 1e6);
}

std::string place_of(const TrialFile& file, dsl::Span at) {
  return fmt::format("{}:{}:{}", file.path, at.line, at.column);
}

std::string difference_text(const TrialFile& file, const trial::Difference& one,
                            const Style& style) {
  std::string out =
      clipped_row(fmt::format("    {}: {}", place_of(file, one.at), harmless(one.what)), style);
  if (!one.expected.empty() || !one.seen.empty()) {
    out += clipped_row("      expected  " + harmless(one.expected), style);
    out += clipped_row("      seen      " + harmless(one.seen), style);
  }
  if (!one.fix.empty()) out += clipped_row("      " + harmless(one.fix), style);
  return out;
}

std::string case_text(const TrialFile& file, const TrialCase& one, const Style& style) {
  const bool is_good = one.differences.empty();
  const core::StepState mark = is_good ? core::StepState::succeeded : core::StepState::failed;
  const Tone tone = is_good ? Tone::good : Tone::bad;
  std::string out = clipped_row(
      fmt::format("  {} {}  {}", painted(glyph_of(mark, style), tone, style), harmless(one.name),
                  painted(length_of(one.length), Tone::idle, style)),
      style);
  for (const trial::Difference& difference : one.differences) {
    out += difference_text(file, difference, style);
  }
  return out;
}

std::string file_text(const TrialFile& file, const Style& style) {
  std::string out = dsl::render_all(file.workflow_mistakes, file.workflow, file.workflow_source);
  out += dsl::render_all(file.diagnostics, file.path, file.source);
  if (!file.cases.empty()) out += clipped_row(file.path, style);
  for (const TrialCase& one : file.cases) out += case_text(file, one, style);
  return out;
}

std::string counts_text(const TrialResults& results) {
  const TrialCounts counts = counts_of(results);
  if (counts.cases == 0) return counted(counts.broken_files, "file") + " with mistakes\n";
  std::string out =
      fmt::format("{}: {} passed", counted(counts.cases, "case"), counts.cases - counts.failed);
  if (counts.failed > 0) out += fmt::format(", {} failed", counts.failed);
  if (counts.broken_files > 0) {
    out += fmt::format("; {} with mistakes", counted(counts.broken_files, "file"));
  }
  return out +
         fmt::format("; {} of runs in {}\n", length_of(counts.length), took_text(counts.took));
}

/// A step that no case has begun is told without its branches.
std::vector<trial::Reach> missed_by(const trial::Coverage& coverage) {
  std::vector<trial::Reach> missed;
  for (const trial::Reach& one : coverage.all()) {
    const bool is_of_missed =
        !missed.empty() && missed.back().step == one.step && missed.back().branch.empty();
    if (!coverage.is_reached(one) && !is_of_missed) missed.push_back(one);
  }
  return missed;
}

std::string coverage_text(const std::string& workflow, const trial::Coverage& coverage,
                          const Style& style) {
  const auto share = [](trial::Coverage::Share of, std::string_view what) {
    return fmt::format("{} of {}", of.reached, counted(static_cast<std::int64_t>(of.count), what));
  };
  std::string out = fmt::format("{}: {}", workflow, share(coverage.steps(), "step"));
  if (coverage.branches().count > 0) {
    out += ", " + fmt::format("{} of {}", coverage.branches().reached,
                              coverage.branches().count == 1
                                  ? "1 branch"
                                  : fmt::format("{} branches", coverage.branches().count));
  }
  const std::vector<trial::Reach> missed = missed_by(coverage);
  if (missed.empty()) return clipped_row(out, style);
  out = clipped_row(out + " reached; no case reaches", style);
  for (const trial::Reach& one : missed) {
    const std::string path = dsl::path_of(coverage.plan(), one.step);
    out += clipped_row(fmt::format("  line {:<4} {}{}{}", coverage.plan().step(one.step).at.line,
                                   path, one.branch.empty() ? "" : ": ", harmless(one.branch)),
                       style);
  }
  return out;
}

std::string difference_list(const TrialCase& one) {
  std::string list;
  for (const trial::Difference& difference : one.differences) {
    list += (list.empty() ? "" : ",") + JsonRecord()
                                            .number("line", difference.at.line)
                                            .number("column", difference.at.column)
                                            .text("what", difference.what)
                                            .text_or_null("expected", difference.expected)
                                            .text_or_null("seen", difference.seen)
                                            .text_or_null("fix", difference.fix)
                                            .str();
  }
  return "[" + list + "]";
}

std::string case_record(const TrialFile& file, const TrialCase& one) {
  return JsonRecord("test")
             .text("file", file.path)
             .text("workflow", file.workflow)
             .text("case", one.name)
             .number("line", one.at.line)
             .boolean("passed", one.differences.empty())
             .text("state", name_of(one.state))
             .millis("duration_ms", one.length)
             .millis("took_ms", one.took)
             .json("differences", {difference_list(one)})
             .str() +
         "\n";
}

JsonText missed_list(const trial::Coverage& coverage) {
  std::string list;
  for (const trial::Reach& one : coverage.all()) {
    if (coverage.is_reached(one)) continue;
    list += (list.empty() ? "" : ",") + JsonRecord()
                                            .text("step", dsl::path_of(coverage.plan(), one.step))
                                            .number("line", coverage.plan().step(one.step).at.line)
                                            .text_or_null("branch", one.branch)
                                            .str();
  }
  return {"[" + list + "]"};
}

JsonText coverage_list(const TrialResults& results) {
  std::string list;
  for (const auto& [workflow, coverage] : results.coverage) {
    const auto number = [](std::size_t count) { return static_cast<std::int64_t>(count); };
    list += (list.empty() ? "" : ",") +
            JsonRecord()
                .text("workflow", workflow)
                .number("steps", number(coverage.steps().count))
                .number("steps_reached", number(coverage.steps().reached))
                .number("branches", number(coverage.branches().count))
                .number("branches_reached", number(coverage.branches().reached))
                .json("missed", missed_list(coverage))
                .str();
  }
  return {"[" + list + "]"};
}

}  // namespace

std::string trial_text(const TrialResults& results, bool covers, const Style& style) {
  std::string out;
  for (const TrialFile& file : results.files) out += file_text(file, style);
  out += counts_text(results);
  if (!covers || counts_of(results).cases == 0) return out;
  for (const auto& [workflow, coverage] : results.coverage) {
    out += coverage_text(workflow, coverage, style);
  }
  return out;
}

std::string trial_records(const TrialResults& results) {
  std::string out;
  for (const TrialFile& file : results.files) {
    for (const dsl::Diagnostic& one : file.workflow_mistakes) {
      out += dsl::render_json(one, file.workflow) + "\n";
    }
    for (const dsl::Diagnostic& one : file.diagnostics) {
      out += dsl::render_json(one, file.path) + "\n";
    }
    for (const TrialCase& one : file.cases) out += case_record(file, one);
  }
  const TrialCounts counts = counts_of(results);
  return out +
         JsonRecord("tested")
             .number("files", static_cast<std::int64_t>(results.files.size()))
             .number("broken_files", counts.broken_files)
             .number("cases", counts.cases)
             .number("failed", counts.failed)
             .millis("duration_ms", counts.length)
             .millis("took_ms", counts.took)
             .json("coverage", coverage_list(results))
             .str() +
         "\n";
}

std::string trial_places(const TrialResults& results) {
  std::string out;
  for (const TrialFile& file : results.files) {
    if (is_broken(file)) out += file.path + "\n";
    for (const TrialCase& one : file.cases) {
      if (!one.differences.empty()) out += fmt::format("{}:{}\n", file.path, one.at.line);
    }
  }
  return out;
}

int percent_of(const trial::Coverage& coverage) {
  const std::size_t all = coverage.steps().count + coverage.branches().count;
  const std::size_t reached = coverage.steps().reached + coverage.branches().reached;
  return all == 0 ? 100 : static_cast<int>(100 * reached / all);
}

}  // namespace pawl::cli

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/states.hpp"

/// The one language in which people ask for runs: `state=failed workflow=nightly-* since=2h`.
/// Terms are joined by *and*, commas in a term are *or*, `!=` is *not*, `*` any text, `a..b` a
/// range with either end open; `:` reads as `=`. A bare word is looked for in workflow, key and
/// labels.
namespace pawl::store {

/// One thing that is known of a run.
enum class RunKey : std::uint8_t {
  state,
  workflow,
  run,
  key,
  label,
  input,
  by,
  queue,
  worker,
  priority,
  started,
  ended,
  took,
  error,
  word
};

/// Texts, of which one must match: `*` stands for anything.
using Texts = std::vector<std::string>;
/// Numbers, microseconds since 1970, or microseconds of a duration; an end may be open.
struct Span {
  std::optional<std::int64_t> from, to;
  bool operator==(const Span&) const = default;
};
using Spans = std::vector<Span>;

struct RunTerm {
  RunKey key = RunKey::word;
  std::string name;  ///< Of the label or the input.
  bool negated = false;
  std::variant<Texts, Spans, std::vector<core::RunPhase>> any;
  bool operator==(const RunTerm&) const = default;
};

/// What a list is sorted by; runs that have no such thing come last.
struct RunOrder {
  RunKey key = RunKey::run;
  bool descending = false;
  bool operator==(const RunOrder&) const = default;
};

struct RunFilter {
  std::vector<RunTerm> terms;
  std::optional<RunOrder> order{};  ///< Newest first without.
};

/// Where a mistake stands in the text, for a caret.
struct FilterMistake {
  std::size_t begin = 0, length = 0;
  Problem problem;
};

/// Reads `text`, blanks between terms; quotes keep blanks in a value. `now` is what durations count
/// back from, `local` reads a local time ("13:30", "2026-11-20").
std::variant<RunFilter, FilterMistake> parse_run_filter(
    std::string_view text, TimePoint now,
    const std::function<std::optional<TimePoint>(const std::string&)>& local);

/// Reads "took", or "-took" for the largest first.
Result<RunOrder> parse_run_order(std::string_view text);

/// For completion and help: keys as they are typed, "label." with its dot.
const std::vector<std::string_view>& run_filter_keys();
/// What runs can be sorted by.
const std::vector<std::string_view>& run_order_keys();

}  // namespace pawl::store

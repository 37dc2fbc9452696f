#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "core/expressions.hpp"
#include "dsl/plan.hpp"

/// What a run would do, as far as it can be known before it: `pawl preview`.
///
/// A step that runs is taken to succeed; what it gives is unknown. An expression is known when it
/// can be evaluated without reading anything unknown, so `inputs.dry or steps.a.output.x` is known
/// for a dry run. Pure: facts in, text out; nothing is asked, run or stored.
namespace pawl::cli {

struct PreviewInput {
  enum class Source : std::uint8_t { given, by_default, none };
  std::string name;
  JsonText value;
  Source source = Source::none;
  std::string expression;  ///< Of a default that is computed.
};

enum class Forecast : std::uint8_t {
  would_run,
  would_fail,  ///< An expression of it cannot be evaluated.
  skipped,
  not_run,
  unknown,  ///< Whether it runs depends on what others give.
};

struct PreviewStep {
  std::string path;
  int depth = 0;  ///< 0: not in a block.
  dsl::Kind kind = dsl::Kind::run;
  std::shared_ptr<const dsl::Settings> settings;
  Forecast forecast = Forecast::would_run;
  std::string reason;              ///< "until extract ended: …"; may be empty.
  std::string command;             ///< Shell text with its values, or what else it does; lines.
  std::vector<std::string> notes;  ///< Retries, timeouts and the like, in words.
};

struct PreviewOutput {
  std::string name;
  Forecast forecast = Forecast::would_run;  ///< would_run: the value is known.
  JsonText value;
  std::string reason;  ///< Why it is null, fails or is unknown; may be empty.
};

struct Preview {
  std::string workflow;
  std::vector<PreviewInput> inputs;
  std::vector<PreviewStep> steps;  ///< In an order in which they can start, blocks before theirs.
  std::vector<std::string> hooks;  ///< "on_start", …, in the order in which they run.
  std::vector<PreviewOutput> outputs;
};

/// `given` is what check_inputs gave. A Problem when the run could not start: a default or a
/// variable of the workflow cannot be evaluated.
Result<Preview> preview_of(const dsl::Plan& plan, const JsonText& given,
                           core::Expressions& expressions, TimePoint now);

/// "would run", "not run"
std::string_view words_of(Forecast forecast);

/// "3 tries, 2s apart", "timeout 10m": what the step has beside what every step has.
std::vector<std::string> notes_of(const dsl::Step& step);

std::string preview_text(const Preview& preview);
/// One document.
std::string preview_record(const Preview& preview);
/// The paths of the steps that would run, one a line.
std::string preview_paths(const Preview& preview);

}  // namespace pawl::cli

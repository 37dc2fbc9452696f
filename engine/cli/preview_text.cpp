#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "cli/json_reading.hpp"
#include "cli/json_record.hpp"
#include "cli/plain_text.hpp"
#include "cli/preview.hpp"
#include "cli/wording.hpp"
#include "core/join.hpp"

namespace pawl::cli {
namespace {

constexpr std::size_t width_max = 79;

/// "3 tries, 2s apart", "5 tries, after 1s, 2s, 4s, …"
std::string tries_text(const dsl::Retry& retry) {
  constexpr std::int32_t shown_max = 4;
  std::string out = fmt::format("{} tries", retry.max_attempts);
  const bool grows = retry.backoff != dsl::Backoff::constant;
  if (retry.delay.count() > 0 && !grows) {
    out += fmt::format(", {} apart", duration_text(retry.delay));
  } else if (retry.delay.count() > 0) {
    const std::int32_t waits = retry.max_attempts - 1;
    for (std::int32_t tries = 1; tries <= std::min(waits, shown_max); ++tries) {
      out += fmt::format("{} {}", tries == 1 ? ", after" : ",",
                         duration_text(core::retry_delay(retry, tries, 0)));
    }
    if (waits > shown_max) out += ", …";
    if (waits > shown_max && retry.max_delay.count() > 0) {
      out += fmt::format(" at most {}", duration_text(retry.max_delay));
    }
  }
  if (retry.delay.count() > 0 && retry.jitter) out += ", with jitter";
  if (retry.when) out += fmt::format(", if {}", one_line(retry.when->text));
  return out;
}

std::string hooks_text(const dsl::Hooks& hooks) {
  const std::pair<const std::optional<dsl::Code>&, std::string_view> all[] = {
      {hooks.before, "before"},           {hooks.after, "after"},
      {hooks.on_progress, "on_progress"}, {hooks.on_retry, "on_retry"},
      {hooks.on_error, "on_error"},       {hooks.on_cancel, "on_cancel"}};
  std::string names;
  for (const auto& [code, name] : all) {
    if (code) names += fmt::format("{}{}", names.empty() ? "hooks " : ", ", name);
  }
  return names;
}

std::string_view word_of(PreviewInput::Source source) {
  switch (source) {
    case PreviewInput::Source::given:
      return "given";
    case PreviewInput::Source::by_default:
      return "default";
    case PreviewInput::Source::none:
      return "absent";
  }
  return "";
}

/// For programs: as words_of, in one word.
std::string word_of(Forecast forecast) {
  std::string word(words_of(forecast));
  std::ranges::replace(word, ' ', '_');
  return word;
}

/// "day=2026-11-20 default time.today()"
std::string input_text(const PreviewInput& input) {
  if (input.source == PreviewInput::Source::none) return input.name + " absent";
  return fmt::format("{}={} {}{}{}", input.name, shell_quoted(one_line(plain(input.value))),
                     word_of(input.source), input.expression.empty() ? "" : " ",
                     one_line(input.expression));
}

/// On one line if they fit, else a line each.
std::string inputs_text(const std::vector<PreviewInput>& inputs) {
  std::string line, lines;
  for (const PreviewInput& input : inputs) {
    const std::string text = input_text(input);
    line += fmt::format("{}{}", line.empty() ? "" : "   ", text);
    lines += fmt::format("{}{}\n", lines.empty() ? "  inputs  " : "          ", text);
  }
  if (inputs.empty()) return "  inputs  none\n";
  const bool fits = count_code_points(line) + 10 <= width_max;
  return fits ? fmt::format("  inputs  {}\n", line) : lines;
}

void add_lines(std::vector<std::string>& lines, std::string_view text) {
  for (std::size_t from = 0; from <= text.size() && !text.empty();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines.push_back(harmless(text.substr(from, end - from)));
    from = end + 1;
  }
}

/// What stands beside a step: first what matters most of it.
std::vector<std::string> lines_of(const PreviewStep& step) {
  std::vector<std::string> lines;
  const bool is_certain = step.forecast == Forecast::would_run;
  if (!is_certain) add_lines(lines, step.reason);
  add_lines(lines, step.command);
  std::string notes = is_certain ? step.reason : "";
  for (const std::string& note : step.notes) notes += (notes.empty() ? "" : "; ") + note;
  add_lines(lines, notes);
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::string label_of(const PreviewStep& step) {
  const std::size_t dot = step.path.rfind('.');
  return std::string(2 * static_cast<std::size_t>(step.depth), ' ') +
         (dot == step.path.npos ? step.path : step.path.substr(dot + 1));
}

std::string trimmed(std::string line) {
  while (line.ends_with(' ')) line.pop_back();
  return line + '\n';
}

std::string steps_text(const std::vector<PreviewStep>& steps) {
  constexpr std::size_t label_max = 30;
  std::size_t widest = 8;
  for (const PreviewStep& step : steps) {
    widest = std::max(widest, std::min(label_of(step).size(), label_max));
  }
  const std::size_t digits = std::max<std::size_t>(1, std::to_string(steps.size()).size());
  std::string out;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::vector<std::string> lines = lines_of(steps[i]);
    out += trimmed(fmt::format("  {:>{}} {:<{}}  {:<10}  {}", i + 1, digits, label_of(steps[i]),
                               widest, words_of(steps[i].forecast), lines.front()));
    for (std::size_t line = 1; line < lines.size(); ++line) {
      out += trimmed(std::string(2 + digits + 1 + widest + 2 + 10 + 2, ' ') + lines[line]);
    }
  }
  return out;
}

std::string output_text(const PreviewOutput& output) {
  switch (output.forecast) {
    case Forecast::would_run:
      break;
    case Forecast::would_fail:
      return fmt::format("{} would fail: {}", output.name, one_line(output.reason));
    default:
      return fmt::format("{} unknown {}", output.name, output.reason);
  }
  if (!output.value.is_null()) {
    return fmt::format("{}={}", output.name, shell_quoted(one_line(plain(output.value))));
  }
  return fmt::format("{} would be null{}{}", output.name, output.reason.empty() ? "" : ": ",
                     one_line(output.reason));
}

/// The members that JSON has of it.
JsonText list_of(const std::vector<JsonText>& items) { return core::Expressions::array(items); }

JsonText record_of(const PreviewStep& step) {
  std::vector<JsonText> notes;
  for (const std::string& note : step.notes) notes.push_back({json_string(note)});
  constexpr std::array<std::string_view, 6> kinds = {"steps", "run",      "lua",
                                                     "wait",  "approval", "uses"};
  JsonRecord record;
  record.text("step", step.path)
      .text("kind", kinds.at(static_cast<std::size_t>(step.kind)))
      .text("forecast", word_of(step.forecast))
      .text_or_null("reason", step.reason)
      .text_or_null("command", step.command)
      .number("max_attempts", step.settings->retry.max_attempts);
  const auto millis = [](Millis span) {
    return span.count() > 0 ? std::optional<Micros>(span) : std::nullopt;
  };
  return record.millis("timeout_ms", millis(step.settings->timeout))
      .millis("deadline_ms", millis(step.settings->deadline))
      .json("notes", list_of(notes))
      .value();
}

}  // namespace

std::string_view words_of(Forecast forecast) {
  switch (forecast) {
    case Forecast::would_run:
      return "would run";
    case Forecast::would_fail:
      return "would fail";
    case Forecast::skipped:
      return "skipped";
    case Forecast::not_run:
      return "not run";
    case Forecast::unknown:
      return "unknown";
  }
  return "";
}

std::vector<std::string> notes_of(const dsl::Step& step) {
  std::vector<std::string> notes;
  const dsl::Settings& settings = *step.settings;
  if (step.each) notes.push_back(foreach_text(*step.each));
  if (settings.retry.max_attempts > 1) notes.push_back(tries_text(settings.retry));
  if (settings.timeout.count() > 0) notes.push_back("timeout " + duration_text(settings.timeout));
  if (settings.heartbeat.count() > 0) {
    notes.push_back("heartbeat " + duration_text(settings.heartbeat));
  }
  if (settings.deadline.count() > 0) {
    notes.push_back("deadline " + duration_text(settings.deadline));
  }
  if (settings.shell == dsl::Shell::bash) notes.emplace_back("under bash");
  if (settings.on_error == dsl::OnError::resume) notes.emplace_back("a failure is ignored");
  if (settings.on_error == dsl::OnError::pause) notes.emplace_back("a failure pauses the run");
  if (step.hooks) notes.push_back(hooks_text(*step.hooks));
  return notes;
}

std::string preview_text(const Preview& preview) {
  std::string out = inputs_text(preview.inputs) + steps_text(preview.steps);
  for (std::size_t i = 0; i < preview.hooks.size(); ++i) {
    out += fmt::format("{}{}", i == 0 ? "  hooks   " : ", ", preview.hooks[i]);
  }
  if (!preview.hooks.empty()) out += '\n';
  for (std::size_t i = 0; i < preview.outputs.size(); ++i) {
    out += fmt::format("{}{}\n", i == 0 ? "  outputs " : "          ",
                       output_text(preview.outputs[i]));
  }
  return out + "  asks nobody, changes nothing\n";
}

std::string preview_record(const Preview& preview) {
  std::vector<JsonText> inputs, steps, hooks, outputs;
  for (const PreviewInput& input : preview.inputs) {
    JsonRecord record;
    record.text("name", input.name).json("value", input.value);
    record.text("source", word_of(input.source)).text_or_null("expression", input.expression);
    inputs.push_back(record.value());
  }
  for (const PreviewStep& step : preview.steps) steps.push_back(record_of(step));
  for (const std::string& hook : preview.hooks) hooks.push_back({json_string(hook)});
  for (const PreviewOutput& output : preview.outputs) {
    JsonRecord record;
    record.text("name", output.name)
        .boolean("known", output.forecast == Forecast::would_run)
        .json("value", output.value)
        .text_or_null("reason", output.reason);
    outputs.push_back(record.value());
  }
  return JsonRecord("preview")
             .text("workflow", preview.workflow)
             .json("inputs", list_of(inputs))
             .json("steps", list_of(steps))
             .json("hooks", list_of(hooks))
             .json("outputs", list_of(outputs))
             .str() +
         "\n";
}

std::string preview_paths(const Preview& preview) {
  std::string out;
  for (const PreviewStep& step : preview.steps) {
    if (step.forecast == Forecast::would_run) out += step.path + "\n";
  }
  return out;
}

}  // namespace pawl::cli

#include "cli/failure_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "cli/plain_text.hpp"
#include "cli/text_width.hpp"
#include "cli/wording.hpp"
#include "dsl/bundle.hpp"
#include "steps/expressions.hpp"

namespace pawl::cli {
namespace {

bool is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `name` in `line`: as a field if it is one, else as a word, else anywhere: 'c' is not in "echo".
std::size_t find_name(std::string_view line, std::string_view name) {
  std::size_t as_word = line.npos;
  for (std::size_t at = line.find(name); at != line.npos; at = line.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !is_word(line[at - 1]);
    const bool ends = end == line.size() || !is_word(line[end]);
    if (!begins || !ends) continue;
    if (at > 0 && line[at - 1] == '.') return at;
    if (as_word == line.npos) as_word = at;
  }
  return as_word != line.npos ? as_word : line.find(name);
}

/// What of the line the message speaks about: a name in quotes, else all of it. Bytes.
std::pair<std::size_t, std::size_t> span_in(std::string_view line, std::string_view message) {
  const std::size_t open = message.find('\'');
  const std::size_t close = open == message.npos ? open : message.find('\'', open + 1);
  if (close != message.npos && close > open + 1) {
    const std::string_view name = message.substr(open + 1, close - open - 1);
    if (const std::size_t found = find_name(line, name); found != line.npos) {
      return {found, name.size()};
    }
  }
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::size_t end = line.find_last_not_of(" \t\r");
  return {begin, end == line.npos || end < begin ? 1 : end + 1 - begin};
}

/// "when: nightly.yaml:18: no field" without the place, which stands before it.
std::string without_place(std::string message, const std::string& file) {
  const std::size_t begin = message.find(file + ":");
  const std::size_t end = begin == message.npos ? begin : message.find(": ", begin + file.size());
  if (end != message.npos) message.erase(begin, end + 2 - begin);
  return message;
}

/// Of an output that is null because nobody asked for one: what to write.
std::string why_empty(const RunView& view, StepId reader, const StepInput& value) {
  constexpr std::string_view begin = "steps.", end = ".output";
  const std::string_view path = value.expression;
  if (!value.value->is_null() || !path.starts_with(begin) || !path.ends_with(end)) return "";
  const std::string_view id = path.substr(begin.size(), path.size() - begin.size() - end.size());
  const std::vector<StepId>& reads = view.plan->step(reader).reads;
  const auto read = std::ranges::find(
      reads, id, [&](StepId one) -> std::string_view { return view.plan->step(one).id; });
  if (read == reads.end()) return "";
  const dsl::Step& named = view.plan->step(*read);
  if (named.kind != dsl::Kind::run) return "";
  if (named.settings->output != dsl::OutputFormat::reported) return "";
  return fmt::format("  ('{}' reported none; write 'output: text' to keep what it prints)", id);
}

}  // namespace

std::int32_t failing_line(const core::Failure& failure, const std::string& file) {
  const std::string mark = file + ":";
  for (const std::string* text : {&failure.message, &failure.stack}) {
    const std::size_t found = text->find(mark);
    if (found == text->npos) continue;
    std::int32_t line = 0;
    const char* begin = text->data() + found + mark.size();
    const auto [end, failed] = std::from_chars(begin, text->data() + text->size(), line);
    if (failed == std::errc{} && line > 0) return line;
  }
  return 0;
}

std::optional<FailurePlace> failure_place(const RunView& view, StepId step,
                                          const StepInputs& inputs, const dsl::SourceText& source) {
  const core::Instance& instance = view.instances[static_cast<std::size_t>(step.value)];
  if (!instance.error || is_block(*view.plan, step)) return std::nullopt;
  const std::int32_t line = failing_line(*instance.error, view.plan->file);
  const std::string_view text = line > 0 ? source.line(line) : std::string_view{};
  if (text.empty()) return std::nullopt;
  // Behind the key of a YAML line; Lua has no colon with a blank behind it.
  const std::size_t key = text.find(": ");
  return FailurePlace{line, std::string(text),
                      inputs.read_by(step, key == text.npos ? text : text.substr(key + 2))};
}

std::map<std::int32_t, FailurePlace> failure_places(store::Reader& reader, const RunView& view,
                                                    const std::vector<StepId>& steps,
                                                    TimePoint now) {
  const bool any = std::ranges::any_of(steps, [&](StepId step) {
    const auto& error = view.instances[static_cast<std::size_t>(step.value)].error;
    return error && failing_line(*error, view.plan->file) > 0;
  });
  std::map<std::int32_t, FailurePlace> places;
  if (!any) return places;
  const std::optional<store::Definition> definition = reader.definition(view.run.definition);
  if (!definition) return places;
  steps::LuaExpressions expressions;
  const StepInputs inputs(view, expressions, now);
  const dsl::Bundle bundle = dsl::decode_bundle(definition->bundle);
  const dsl::SourceText source(bundle.workflow);
  for (const StepId step : steps) {
    if (auto place = failure_place(view, step, inputs, source)) {
      places.emplace(step.value, *std::move(place));
    }
  }
  return places;
}

std::string place_text(const RunView& view, StepId step, const FailurePlace& place,
                       const Style& style) {
  const core::Failure& failure = *view.instances[static_cast<std::size_t>(step.value)].error;
  const std::string message = one_line(without_place(failure.message, view.plan->file));
  const std::string line = to_valid_utf8(place.text);
  const auto [begin, length] = span_in(line, message);
  const std::size_t column = cell_width(with_tabs_as_blanks(harmless(line.substr(0, begin))));
  const std::size_t cells = cell_width(harmless(line.substr(begin, length)));
  const std::string number = fmt::format("{:>3}", place.line);
  const std::string margin(number.size(), ' ');
  std::string out = fmt::format(
      "{}:{}:{}  {}  {}\n", view.plan->file, place.line,
      count_code_points(line.substr(0, begin)) + 1,
      painted(fmt::format("error[{}]", name_of(failure.kind)), Tone::bad, style), message);
  out += clipped_row(fmt::format("{} | {}", number, with_tabs_as_blanks(harmless(line))), style);
  out += clipped_row(fmt::format("{} | {}{}", margin, std::string(column, ' '),
                                 std::string(std::max<std::size_t>(cells, 1), '^')),
                     style);
  for (const StepInput& value : place.values) {
    out += clipped_row(fmt::format("{} |  {} = {}{}", margin, one_line(value.expression),
                                   one_line(value.value->text), why_empty(view, step, value)),
                       style);
  }
  return out;
}

}  // namespace pawl::cli

#include "steps/run_output.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/units.hpp"
#include "core/run_state.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

constexpr std::size_t tail_bytes = 512;

std::size_t line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

}  // namespace

void OutputCopy::add(std::string_view bytes) {
  const std::size_t room = core::output_bytes_max + 1 - bytes_.size();
  bytes_ += bytes.substr(0, room);
}

Result<JsonText> OutputCopy::value(dsl::OutputFormat format) const {
  if (bytes_.size() > core::output_bytes_max) {
    return Problem{"stdout is larger than the " + format_size(core::output_bytes_max) +
                       " that an output may have",
                   "write it to a file and give its path"};
  }
  if (const std::size_t bad = find_invalid_utf8(bytes_); bad != std::string::npos) {
    return Problem{"stdout is not UTF-8 text: byte " + std::to_string(bad) + " (line " +
                       std::to_string(line_at(bytes_, bad)) + ")",
                   "write it to a file and give its path"};
  }
  if (format == dsl::OutputFormat::json) {
    auto parsed = compact_json(bytes_);
    if (parsed) return parsed;
    return Problem{"stdout is not JSON: " + parsed.error().message,
                   "print one JSON value and nothing else; talk belongs on stderr"};
  }
  std::string_view text = bytes_;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (format == dsl::OutputFormat::text) return JsonText{json_quoted(text)};
  std::string list = "[";
  while (!bytes_.empty()) {
    const std::size_t end = text.find('\n');
    list += (list.size() > 1 ? "," : "") + json_quoted(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return JsonText{list + "]"};
}

void LastLine::add(std::string_view bytes) {
  if (bytes.size() > tail_bytes) bytes.remove_prefix(bytes.size() - tail_bytes);
  tail_ += bytes;
  if (tail_.size() > tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
}

std::string LastLine::text() const {
  constexpr std::size_t limit = 200;
  const std::string text = to_valid_utf8(tail_);
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  const std::size_t line = text.rfind('\n', end);
  const std::size_t begin = line == std::string::npos ? 0 : line + 1;
  const std::string last = text.substr(begin, end + 1 - begin);
  return last.size() > limit ? to_valid_utf8(last.substr(0, limit)) + "…" : last;
}

}  // namespace pawl::steps

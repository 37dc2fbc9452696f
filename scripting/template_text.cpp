#include <algorithm>
#include <charconv>

#include "scripting/script.hpp"
#include "scripting/utf8.hpp"

namespace pawl::scripting {
namespace {

unsigned hex4(std::string_view text, std::size_t at) {
  unsigned value = 0;
  if (at + 4 <= text.size()) std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  return value;
}

/// The text that the JSON string `json` (with its quotes, well-formed) stands for.
std::string unquoted(std::string_view json) {
  const std::string_view inner = json.substr(1, json.size() - 2);
  std::string text;
  text.reserve(inner.size());
  for (std::size_t at = 0; at < inner.size(); ++at) {
    if (inner[at] != '\\' || at + 1 == inner.size()) {
      text += inner[at];
      continue;
    }
    static constexpr std::string_view names = "\"\\/bfnrt", bytes = "\"\\/\b\f\n\r\t";
    const char c = inner[++at];
    if (c != 'u') {
      text += bytes[std::min(names.find(c), bytes.size() - 1)];
      continue;
    }
    unsigned code = hex4(inner, at + 1);
    at += 4;
    if (code >= 0xD800 && code < 0xDC00) {
      code = 0x10000 + ((code - 0xD800) << 10) + (hex4(inner, at + 3) - 0xDC00);
      at += 6;
    }
    append_utf8(text, code);
  }
  return text;
}

}  // namespace

std::string template_text(const JsonText& value) {
  const std::string& text = value.text;
  if (value.is_null()) return {};
  if (text.starts_with('"')) return text.size() < 2 ? text : unquoted(text);
  const bool number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  if (number && text.ends_with(".0")) return text.substr(0, text.size() - 2);
  return text;
}

}  // namespace pawl::scripting

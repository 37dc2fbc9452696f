#include "cli/plain_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

constexpr char escape = '\x1b', bell = '\x07';

/// Length of the escape sequence at the front of `text`, which begins with ESC (ECMA-48, 5.4, 5.6).
std::size_t sequence_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {
    for (std::size_t i = 2; i < text.size(); ++i) {
      if (text[i] >= 0x40 && text[i] <= 0x7e) return i + 1;
    }
    return text.size();
  }
  if (text[1] == ']' || text[1] == 'P' || text[1] == 'X' || text[1] == '^' || text[1] == '_') {
    for (std::size_t i = 2; i < text.size(); ++i) {
      if (text[i] == bell) return i + 1;
      if (text[i] == escape) return std::min(i + 2, text.size());
    }
    return text.size();
  }
  return 2;
}

/// The code point that the three bytes of UTF-8 at the front stand for; 0 when there are fewer.
unsigned three_bytes(std::string_view text) {
  if (text.size() < 3) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  return (byte(0) & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
}

bool turns_direction(unsigned point) {
  return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

}  // namespace

std::string harmless(std::string_view text) {
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (const std::size_t back = text.rfind('\r'); back != std::string_view::npos) {
    text.remove_prefix(back + 1);
  }
  const std::string valid = to_valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size();) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    const std::string_view rest = std::string_view(valid).substr(i);
    if (byte == escape) {
      i += sequence_length(rest);
    } else if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      ++i;
    } else if (byte == 0xc2 && static_cast<unsigned char>(valid[i + 1]) < 0xa0) {
      i += 2;
    } else if (byte == 0xe2 && turns_direction(three_bytes(rest))) {
      out += fmt::format("<U+{:04X}>", three_bytes(rest));
      i += 3;
    } else {
      out += valid[i++];
    }
  }
  return out;
}

std::string one_line(std::string_view text) { return harmless(text.substr(0, text.find('\n'))); }

std::string with_tabs_as_blanks(std::string_view text) {
  constexpr std::size_t stop = 8;
  std::string out;
  for (std::size_t tab = text.find('\t'); tab != std::string_view::npos; tab = text.find('\t')) {
    out += text.substr(0, tab);
    out.append(stop - cell_width(out) % stop, ' ');
    text.remove_prefix(tab + 1);
  }
  return out += text;
}

}  // namespace pawl::cli

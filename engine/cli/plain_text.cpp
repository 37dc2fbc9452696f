#include "cli/plain_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

constexpr char escape = '\x1b', bell = '\x07';
/// A text that turns on more colours than this without ever turning them off wants trouble.
constexpr std::size_t colours_max = 256;

/// Length of the escape sequence at the front of `text`, which begins with ESC (ECMA-48, 5.4, 5.6).
/// One that is broken off ends where something else begins: nothing readable is lost with it.
std::size_t sequence_length(std::string_view text) {
  const auto is_in = [&](std::size_t i, char from, char to) {
    return i < text.size() && text[i] >= from && text[i] <= to;
  };
  std::size_t i = 1;
  if (i == text.size()) return i;
  if (text[i] == '[') {
    for (++i; is_in(i, ' ', '?');) ++i;
    return is_in(i, '@', '~') ? i + 1 : i;
  }
  if (text[i] == ']' || text[i] == 'P' || text[i] == 'X' || text[i] == '^' || text[i] == '_') {
    for (++i; i < text.size(); ++i) {
      if (text[i] == bell) return i + 1;
      if (text[i] == escape) return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : i;
    }
    return i;
  }
  while (is_in(i, ' ', '/')) ++i;  // "ESC ( B" chooses an alphabet.
  return is_in(i, '0', '~') ? i + 1 : i;
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

bool turns_colours_off(std::string_view sequence) {
  return sequence == "\x1b[m" || sequence == "\x1b[0m";
}

/// Reads one character of valid UTF-8 after another.
class Cleaning {
 public:
  Cleaning(std::string_view text, Colours colours) : text_(text), wanted_(colours) {}

  std::string run() {
    while (!text_.empty()) text_.remove_prefix(take());
    if (!colours_.empty()) out_ += "\x1b[0m";
    return std::move(out_);
  }

 private:
  std::size_t take();
  std::size_t take_escape();

  std::string_view text_;
  Colours wanted_;
  std::string out_;
  std::string colours_;  ///< Those that are on.
};

/// Handles what stands in front; returns how many bytes that was.
std::size_t Cleaning::take() {
  const auto byte = static_cast<unsigned char>(text_[0]);
  if (byte == escape) return take_escape();
  if (byte == '\r') {
    out_ = colours_;
    return 1;
  }
  if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return 1;
  if (byte == 0xc2 && static_cast<unsigned char>(text_[1]) < 0xa0) return 2;
  if (byte == 0xe2 && turns_direction(three_bytes(text_))) {
    out_ += fmt::format("<U+{:04X}>", three_bytes(text_));
    return 3;
  }
  out_ += text_[0];
  return 1;
}

std::size_t Cleaning::take_escape() {
  const std::size_t colour = wanted_ == Colours::keep ? colour_length(text_) : 0;
  if (colour == 0) return sequence_length(text_);
  const std::string_view sequence = text_.substr(0, colour);
  out_ += sequence;
  if (turns_colours_off(sequence)) {
    colours_.clear();
  } else if (colours_.size() < colours_max) {
    colours_ += sequence;
  }
  return colour;
}

}  // namespace

std::string harmless(std::string_view text, Colours colours) {
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  const std::size_t back = text.rfind('\r');
  if (colours == Colours::drop && back != std::string_view::npos) text.remove_prefix(back + 1);
  return Cleaning(to_valid_utf8(text), colours).run();
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

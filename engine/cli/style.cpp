#include "cli/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

std::string repeated(std::string_view cell, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += cell;
  return out;
}

/// The glyphs of ours outside of states, each one cell, and what stands for it.
constexpr std::pair<std::string_view, char> stand_ins[] = {
    {"━", '='}, {"─", '-'}, {"│", '|'}, {"×", 'x'}, {"–", '-'}, {"…", '~'}, {"⋯", '~'}, {"·", '.'},
    {"→", '>'}, {"↻", '@'}, {"✓", '+'}, {"✕", 'x'}, {"►", '>'}, {"⧗", '~'}, {"‖", '='}, {"⊘", '/'},
    {"»", '-'}, {"↯", '!'}, {"○", 'o'}, {"█", '#'}, {"▏", '|'}, {"┊", ':'}, {"├", '+'}, {"╰", '+'},
};

}  // namespace

std::string painted(std::string_view text, Tone tone, const Style& style) {
  constexpr std::array<std::string_view, 8> codes = {"", "34", "35", "33", "32", "1;31", "36", "2"};
  if (!style.colour || tone == Tone::none || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  out += codes[static_cast<std::size_t>(tone)];
  out += 'm';
  out += text;
  return out + "\x1b[0m";
}

Tone tone_of(core::StepState state) {
  using enum core::StepState;
  switch (state) {
    case running:
      return Tone::run;
    case waiting:
      return Tone::wait;
    case retrying:
    case unknown:
      return Tone::warn;
    case succeeded:
      return Tone::good;
    case failed:
    case interrupted:
      return Tone::bad;
    case cancelled:
      return Tone::stop;
    case pending:
    case ready:
    case skipped:
    case not_run:
      return Tone::idle;
  }
  return Tone::none;
}

Tone tone_of(core::RunPhase phase) {
  using enum core::RunPhase;
  switch (phase) {
    case queued:
      return Tone::idle;
    case running:
    case compensating:
      return Tone::run;
    case waiting:
    case paused:
      return Tone::wait;
    case succeeded:
      return Tone::good;
    case cancelled:
      return Tone::stop;
    case failed:
    case interrupted:
    case quarantined:
      return Tone::bad;
  }
  return Tone::none;
}

std::string_view glyph_of(core::StepState state, const Style& style) {
  constexpr std::array<std::string_view, 12> glyphs = {"·", "○", "►", "⧗", "↻", "✓",
                                                       "✕", "»", "⊘", "–", "?", "↯"};
  constexpr std::array<std::string_view, 12> letters = {".", "o", ">", "~", "@", "+",
                                                        "x", "-", "/", "_", "?", "!"};
  return (style.ascii ? letters : glyphs)[static_cast<std::size_t>(state)];
}

std::string_view glyph_of(core::RunPhase phase, const Style& style) {
  constexpr std::array<std::string_view, 10> glyphs = {"·", "►", "⧗", "‖", "►",
                                                       "✓", "✕", "⊘", "↯", "↯"};
  constexpr std::array<std::string_view, 10> letters = {".", ">", "~", "=", ">",
                                                        "+", "x", "/", "!", "!"};
  return (style.ascii ? letters : glyphs)[static_cast<std::size_t>(phase)];
}

std::string clipped_row(std::string row, const Style& style) {
  if (style.clip) row = clip_end(row, static_cast<std::size_t>(std::max(1, style.width - 1)));
  return row + '\n';
}

std::string bar(double fraction, std::size_t cells, const Style& style) {
  const double share = std::clamp(fraction, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::floor(share * static_cast<double>(cells)));
  if (!style.ascii) return repeated("━", full) + repeated("─", cells - full);
  if (full == cells) return std::string(cells, '=');
  return std::string(full, '=') + ">" + std::string(cells - full - 1, '-');
}

std::string ascii_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto found =
        static_cast<unsigned char>(text[0]) < 0x80
            ? std::end(stand_ins)
            : std::find_if(std::begin(stand_ins), std::end(stand_ins), [&](const auto& pair) {
                return text.substr(0, pair.first.size()) == pair.first;
              });
    if (found == std::end(stand_ins)) {
      out += text[0];
      text.remove_prefix(1);
    } else {
      out += found->second;
      text.remove_prefix(found->first.size());
    }
  }
  return out;
}

bool wants_colour(const std::string& color, const Surroundings& around) {
  if (!color.empty()) return color == "always";
  const auto forced = [&](const char* name) {
    const std::string value = around.variable(name);
    return !value.empty() && value != "0";
  };
  if (!around.variable("NO_COLOR").empty()) return false;
  if (forced("CLICOLOR_FORCE") || forced("FORCE_COLOR")) return true;
  if (around.variable("CLICOLOR") == "0" || around.variable("TERM") == "dumb") return false;
  if (!around.setting.empty()) return around.setting == "always";
  return around.is_terminal;
}

}  // namespace pawl::cli

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/plain_text.hpp"
#include "core/states.hpp"

/// How texts look on the stream they go to. Texts are made once, in words; colour and glyphs only
/// repeat what the words say, so that nothing is lost without them.
namespace pawl::cli {

struct Style {
  bool colour = false;
  bool ascii = false;  ///< Only ASCII of ours; what users wrote stays as it is.
  int width = 80;      ///< Cells of a row.
  /// Clip rows to `width`. Never in a pipe: there, whole values are wanted.
  bool clip = false;
  bool verbose = false;  ///< Also ids, workers and full times.
};

/// What a colour means; the user's theme decides how it looks.
enum class Tone { none, run, wait, warn, good, bad, stop, idle };

/// `text` in the colour of `tone`, if `style` has colours.
std::string painted(std::string_view text, Tone tone, const Style& style);

/// What becomes of the colours of what steps print.
inline Colours colours_of(const Style& style) {
  return style.colour ? Colours::keep : Colours::drop;
}

Tone tone_of(core::StepState state);
Tone tone_of(core::RunPhase phase);

/// One cell; the word of the state stands beside it always.
std::string_view glyph_of(core::StepState state, const Style& style);
std::string_view glyph_of(core::RunPhase phase, const Style& style);

/// `row` with its end of line, clipped to the width where `style` clips.
std::string clipped_row(std::string row, const Style& style);

/// "━━━━────" in `cells` cells, or "=====>----".
std::string bar(double fraction, std::size_t cells, const Style& style);

/// `text` with the characters of ours that are not ASCII (dashes, dots, frames) replaced; as long
/// in cells as before.
std::string ascii_of(std::string_view text);

/// What decides about colour and alphabet, as values: see `style_for`.
struct Surroundings {
  std::function<std::string(const char*)> variable;  ///< Empty when not set.
  bool is_terminal = false;
  std::string setting{};  ///< `ui.color`: "always", "never" or empty.
};

/// `color`: "always", "never" or empty. The first rule that applies: the flag, NO_COLOR,
/// CLICOLOR_FORCE or FORCE_COLOR, CLICOLOR=0 or TERM=dumb, the setting, the stream is a terminal.
bool wants_colour(const std::string& color, const Surroundings& around);

}  // namespace pawl::cli

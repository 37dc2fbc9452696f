#include "cli/style_for.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace pawl::cli {
namespace {

constexpr int columns_default = 80;

int columns_of(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Style style_for(const CommonFlags& flags, int descriptor) {
  const bool is_terminal = ::isatty(descriptor) == 1;
  const bool is_utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  Style style;
  style.colour =
      wants_colour(flags.color, {environment, is_terminal, flags.ui_color}) && !flags.plain;
  style.ascii = flags.ascii || !is_utf8;
  const int columns = is_terminal ? columns_of(descriptor) : 0;
  style.width = flags.width > 0 ? flags.width : columns > 0 ? columns : columns_default;
  style.clip = flags.width > 0 || is_terminal;
  style.verbose = flags.verbose;
  return style;
}

bool wants_tree(const CommonFlags& flags, int descriptor) {
  return !flags.plain && !flags.quiet && !flags.json && ::isatty(descriptor) == 1 &&
         environment("CI").empty() && environment("TERM") != "dumb" && !environment("TERM").empty();
}

void write_to(std::ostream& out, std::string_view text, const Style& style) {
  if (style.ascii) {
    out << ascii_of(text);
  } else {
    out << text;
  }
}

void write_out(std::string_view text, const Style& style) { write_to(std::cout, text, style); }

}  // namespace pawl::cli

#include "cli/text_width.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

namespace pawl::cli {
namespace {

constexpr utf8proc_int32_t emoji_form = 0xfe0f;
constexpr std::string_view colour_off = "\x1b[0m";

/// A grapheme cluster, or a colour sequence, which takes no cell.
struct Cluster {
  std::string_view bytes;
  std::size_t cells = 0;
  bool is_colour = false;
};

/// Terminals without emoji clusters show each part, so parts are added: a row may look shorter than
/// counted, but never longer.
Cluster take_grapheme(std::string_view text) {
  Cluster cluster;
  utf8proc_int32_t before = 0, state = 0;
  std::size_t length = 0;
  while (length < text.size()) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t read =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + length),
                         static_cast<utf8proc_ssize_t>(text.size() - length), &point);
    const std::size_t bytes = read > 0 ? static_cast<std::size_t>(read) : 1;
    if (read <= 0) point = 0xfffd;
    if (length > 0 && utf8proc_grapheme_break_stateful(before, point, &state)) break;
    const bool widens = point == emoji_form && cluster.cells == 1;
    cluster.cells += widens ? 1 : static_cast<std::size_t>(std::max(0, utf8proc_charwidth(point)));
    before = point;
    length += bytes;
  }
  cluster.bytes = text.substr(0, length);
  return cluster;
}

/// Plain ASCII is nearly all there is, and needs no tables.
bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }

Cluster take_cluster(std::string_view text) {
  if (const std::size_t colour = colour_length(text)) return {text.substr(0, colour), 0, true};
  if (is_plain(text[0]) && (text.size() == 1 || is_plain(text[1]))) return {text.substr(0, 1), 1};
  return take_grapheme(text);
}

std::vector<Cluster> clusters_of(std::string_view text) {
  std::vector<Cluster> clusters;
  for (; !text.empty(); text.remove_prefix(clusters.back().bytes.size())) {
    clusters.push_back(take_cluster(text));
  }
  return clusters;
}

}  // namespace

std::size_t colour_length(std::string_view text) {
  if (text.size() < 3 || text[0] != '\x1b' || text[1] != '[') return 0;
  const std::size_t end = text.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::size_t cell_width(std::string_view text) {
  std::size_t cells = 0;
  while (!text.empty()) {
    const Cluster cluster = take_cluster(text);
    cells += cluster.cells;
    text.remove_prefix(cluster.bytes.size());
  }
  return cells;
}

std::string clip_end(std::string_view text, std::size_t cells, std::string_view mark) {
  if (cell_width(text) <= cells) return std::string(text);
  const std::size_t mark_cells = std::min(cell_width(mark), cells);
  const std::size_t room = cells - mark_cells;
  std::string out;
  std::size_t used = 0;
  bool coloured = false;
  for (std::string_view rest = text; !rest.empty();) {
    const Cluster cluster = take_cluster(rest);
    if (used + cluster.cells > room) break;
    out += cluster.bytes;
    used += cluster.cells;
    if (cluster.is_colour) coloured = cluster.bytes != colour_off && cluster.bytes != "\x1b[m";
    rest.remove_prefix(cluster.bytes.size());
  }
  if (mark_cells == cell_width(mark)) out += mark;
  if (coloured) out += colour_off;
  return out;
}

std::string clip_middle(std::string_view text, std::size_t cells, std::string_view mark) {
  if (cell_width(text) <= cells) return std::string(text);
  const std::size_t mark_cells = cell_width(mark);
  if (cells <= mark_cells) return clip_end(text, cells, "");
  const std::size_t room = cells - mark_cells;
  const std::size_t end_room = room / 2;
  const std::vector<Cluster> clusters = clusters_of(text);
  std::string front = clip_end(text, room - end_room, "");
  std::string_view back;
  std::size_t used = 0;
  for (auto cluster = clusters.rbegin(); cluster != clusters.rend(); ++cluster) {
    if (used + cluster->cells > end_room) break;
    used += cluster->cells;
    back = text.substr(static_cast<std::size_t>(cluster->bytes.data() - text.data()));
  }
  return front + std::string(mark) + std::string(back);
}

std::string pad_right(std::string_view text, std::size_t cells) {
  const std::size_t width = cell_width(text);
  return std::string(text) + std::string(width < cells ? cells - width : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t cells) {
  const std::size_t width = cell_width(text);
  return std::string(width < cells ? cells - width : 0, ' ') + std::string(text);
}

std::vector<std::string> wrapped_rows(std::string_view text, std::size_t cells) {
  std::vector<std::string> rows;
  while (cell_width(text) > cells) {
    std::string front = clip_end(text, cells, "");
    const bool ends_a_word = text.substr(front.size()).starts_with(' ');
    const std::size_t blank = front.rfind(' ');
    if (!ends_a_word && blank != std::string::npos && blank > 0) front.resize(blank);
    if (front.empty()) break;
    text.remove_prefix(front.size());
    if (text.starts_with(' ')) text.remove_prefix(1);
    rows.push_back(std::move(front));
  }
  rows.emplace_back(text);
  return rows;
}

}  // namespace pawl::cli

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "cli/draw/draw.hpp"
#include "cli/draw/picture.hpp"

namespace pawl::cli::draw {
namespace {

// Pixels of a cell. A name of a box is as wide as its cells in a monospace font of this size.
constexpr int cell_width = 9;
constexpr int cell_height = 16;
constexpr int margin = 16;

constexpr std::string_view style = R"(
  :root { color-scheme: light dark; }
  .page { fill: #ffffff; }
  .step { fill: #f6f8fa; stroke: #57606a; }
  .block { fill: none; stroke: #8c959f; stroke-dasharray: 4 3; }
  .line { fill: none; stroke: #57606a; stroke-width: 1.5; stroke-linejoin: round; }
  .under { fill: none; stroke: #ffffff; stroke-width: 6; }
  .arrow { fill: #57606a; }
  text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2328; }
  .name { text-anchor: middle; }
  .frame { font-weight: bold; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    .step { fill: #161b22; stroke: #9198a1; }
    .block { stroke: #6e7681; }
    .line { stroke: #9198a1; }
    .under { stroke: #0d1117; }
    .arrow { fill: #9198a1; }
    text { fill: #e6edf3; }
  }
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

int x_of(int column) { return margin + column * cell_width + cell_width / 2; }
int y_of(int row) { return margin + row * cell_height + cell_height / 2; }

std::string path_of(const Line& line) {
  return fmt::format("M{} {}L{} {}", x_of(line.x1), y_of(line.y1), x_of(line.x2), y_of(line.y2));
}

std::string box_of(const Graph& graph, const Box& box) {
  const Node& node = graph.node(box.node);
  const int left = x_of(box.left), top = y_of(box.top);
  const int width = (box.width - 1) * cell_width, height = (box.height - 1) * cell_height;
  const bool is_step = box.border == Border::step;
  std::string title = node.path + ": " + node.kind;
  if (const std::string remarks = remarks_of(node); !remarks.empty()) title += ", " + remarks;
  std::string out = fmt::format(
      "<g><title>{}</title><rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "rx=\"6\"/>",
      escaped(title), is_step ? "step" : "block", left, top, width, height);
  const int text_left = is_step ? left + width / 2 : left + cell_width;
  out +=
      fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text></g>\n",
                  is_step ? "name" : "frame", text_left, y_of(box.top + 1) + 5, escaped(node.id));
  return out;
}

/// A head where the line comes into a box.
std::string arrow_of(const Line& line) {
  const int x = x_of(line.x2), y = y_of(line.y2);
  return fmt::format("<path class=\"arrow\" d=\"M{} {}L{} {}L{} {}Z\"/>\n", x - 4, y - 7, x + 4,
                     y - 7, x, y);
}

/// Where boxes begin: by row, the columns of their tops.
using Tops = std::map<int, std::vector<std::pair<int, int>>>;

Tops tops_of(const Picture& picture) {
  Tops tops;
  for (const Box& box : picture.boxes) {
    tops[box.top].emplace_back(box.left, box.left + box.width);
  }
  for (auto& [row, columns] : tops) std::ranges::sort(columns);
  return tops;
}

bool ends_at_box(const Tops& tops, const Line& line) {
  const auto row = tops.find(line.y2);
  if (row == tops.end()) return false;
  auto after = std::ranges::upper_bound(row->second, std::pair(line.x2, 0));
  return after != row->second.begin() && line.x2 < std::prev(after)->second;
}

/// The horizontal pieces first; vertical ones pass over them with a gap.
std::string lines_of(const Picture& picture) {
  std::string horizontal, vertical, arrows;
  const Tops tops = tops_of(picture);
  for (const Line& line : picture.lines) {
    if (line.y1 == line.y2) {
      horizontal += path_of(line);
      continue;
    }
    if (ends_at_box(tops, line)) arrows += arrow_of(line);
    // The gap must not touch the ends, where the line joins its own net.
    vertical += fmt::format(
        "<path class=\"under\" d=\"M{0} {1}L{0} {2}\"/><path class=\"line\" d=\"{3}\"/>\n",
        x_of(line.x1), y_of(line.y1) + 4, y_of(line.y2) - 4, path_of(line));
  }
  return fmt::format("<path class=\"line\" d=\"{}\"/>\n{}{}", horizontal, vertical, arrows);
}

}  // namespace

std::string svg_of(const Graph& graph) {
  const Picture picture = picture_of(graph, Room::normal);
  const int width = 2 * margin + picture.width * cell_width;
  const int height = 2 * margin + picture.height * cell_height;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n"
      "<rect class=\"page\" width=\"{0}\" height=\"{1}\"/>\n",
      width, height, escaped(graph.name), style);
  out += lines_of(picture);
  for (const Box& box : picture.boxes) out += box_of(graph, box);
  return out + "</svg>\n";
}

}  // namespace pawl::cli::draw

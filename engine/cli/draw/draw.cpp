#include "cli/draw/draw.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "cli/draw/lanes.hpp"
#include "cli/draw/picture.hpp"
#include "cli/draw/steps_list.hpp"
#include "cli/draw/wrapped.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli::draw {
namespace {

/// What the boxes do not say, one step a line: "largest  3 tries".
std::vector<std::string> legend_of(const Graph& graph, const Page& page) {
  int names = 0;
  for (const Node& node : graph.nodes) {
    if (!remarks_of(node).empty()) names = std::max(names, cells_of(node.path));
  }
  names = std::min(names, page.width / 2);
  std::vector<std::string> out;
  for (const Node& node : graph.nodes) {
    const std::string remarks = remarks_of(node);
    if (remarks.empty()) continue;
    std::string row =
        clip_middle(node.path, static_cast<std::size_t>(names), page.ascii ? "..." : "…");
    for (const std::string& line : wrapped(remarks, page.width - names - 2)) {
      row.append(static_cast<std::size_t>(names + 2 - cells_of(row)), ' ');
      out.push_back(row + line);
      row.clear();
    }
  }
  if (!out.empty()) out.insert(out.begin(), "");
  return out;
}

/// The boxes with a normal distance, else closer together. Nothing when they are too wide.
std::optional<std::vector<std::string>> boxes_of(const Graph& graph, const Page& page) {
  for (const Room room : {Room::normal, Room::tight}) {
    const Picture picture = picture_of(graph, room);
    if (picture.width > page.width) continue;
    std::vector<std::string> rows = paint(graph, picture, page.ascii);
    const std::vector<std::string> legend = legend_of(graph, page);
    rows.insert(rows.end(), legend.begin(), legend.end());
    return rows;
  }
  return std::nullopt;
}

Error does_not_fit(const Graph& graph, const Page& page) {
  if (page.form == Form::boxes) {
    const int width = picture_of(graph, Room::tight).width;
    return {ErrorKind::usage, fmt::format("the boxes do not fit into {} columns", page.width),
            fmt::format("they need {}", width), fmt::format("--width {}, or --as lanes", width)};
  }
  return {ErrorKind::usage,
          fmt::format("the lanes do not fit: at most {}, beside the names in {} columns", lanes_max,
                      page.width),
          "", "--as list"};
}

std::vector<std::string> rows_of(const Graph& graph, const Page& page) {
  const bool is_free = page.form == Form::automatic;
  if (page.form == Form::boxes || (is_free && graph.size() <= boxes_max)) {
    if (auto rows = boxes_of(graph, page)) return *std::move(rows);
    if (!is_free) throw does_not_fit(graph, page);
  }
  if (page.form != Form::list) {
    if (auto rows = lanes_of(graph, page.width, page.ascii)) return *std::move(rows);
    if (!is_free) throw does_not_fit(graph, page);
  }
  return steps_list(graph, page.width, page.ascii);
}

}  // namespace

std::string text_of(const Graph& graph, const Page& page) {
  std::string text;
  for (const std::string& row : rows_of(graph, page)) text += row + "\n";
  if (graph.hooks.empty()) return text;
  constexpr std::string_view title = "hooks  ";
  const std::string hooks = fmt::format("{}", fmt::join(graph.hooks, ", "));
  std::string begin = fmt::format("\n{}", title);
  for (const std::string& line : wrapped(hooks, page.width - static_cast<int>(title.size()))) {
    text += begin + line + "\n";
    begin.assign(title.size(), ' ');
  }
  return text;
}

}  // namespace pawl::cli::draw

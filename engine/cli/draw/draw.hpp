#pragma once

#include <string>

#include "cli/draw/graph.hpp"

namespace pawl::cli::draw {

enum class Form : unsigned char { automatic, boxes, lanes, list };

struct Page {
  int width = 80;  ///< No row is wider.
  bool ascii = false;
  Form form = Form::automatic;
};

inline constexpr int boxes_max = 30;

/// The graph as text: as boxes when there are few and they fit, else as lanes, else as a list of
/// steps with what they need. A form that was asked for and does not fit throws Error (usage).
std::string text_of(const Graph& graph, const Page& page);

/// A document of its own, with colours for light and dark.
std::string svg_of(const Graph& graph);
/// A flowchart for Mermaid.
std::string mermaid_of(const Graph& graph);
/// A digraph for Graphviz.
std::string dot_of(const Graph& graph);
/// One JSON document, on one line.
std::string json_of(const Graph& graph);

}  // namespace pawl::cli::draw

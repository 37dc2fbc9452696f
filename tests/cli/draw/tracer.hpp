#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

/// Reads drawings as a person does: by following the strokes of the text. It knows nothing of how
/// they were made.
namespace pawl::cli::draw {

/// (needed, needs) by path.
using Edges = std::set<std::pair<std::string, std::string>>;

/// What a drawing says. `mistakes` are strokes that lead nowhere.
struct Reading {
  std::set<std::string> steps;
  Edges edges;
  std::vector<std::string> mistakes;
};

Reading read_boxes(const std::string& text);
Reading read_lanes(const std::string& text);
/// Ids must not need to be cut.
Reading read_list(const std::string& text);

}  // namespace pawl::cli::draw

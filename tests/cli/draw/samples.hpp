#pragma once

#include <string>
#include <vector>

namespace pawl::cli::draw {

/// A workflow whose drawing is a golden file.
struct Sample {
  std::string name;
  std::string yaml;
};

const std::vector<Sample>& samples();

}  // namespace pawl::cli::draw

#pragma once

#include <optional>
#include <string>

#include "dsl/yaml_tree.hpp"

namespace pawl::dsl {

/// The source of `tree` laid out anew; nothing when its tokens are not where the tree says.
/// Precondition: line ends are '\n', there is no byte order mark.
/// Whoever calls this compares the trees: corners of YAML are allowed to come out wrong.
std::optional<std::string> print_tree(const Tree& tree);

}  // namespace pawl::dsl

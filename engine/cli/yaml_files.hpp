#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace pawl::cli {

/// The files below `folder` that end in .yaml or .yml, sorted, as paths that begin with `folder`
/// ("." is left out), or why they cannot be listed. Hidden files and folders, links to folders and
/// folders inside that may not be read are passed by.
std::variant<std::vector<std::string>, Error> yaml_files(const std::string& folder);

}  // namespace pawl::cli

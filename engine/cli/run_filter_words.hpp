#pragma once

#include <string>
#include <vector>

#include "store/run_filter.hpp"

namespace pawl::cli {

/// The words as one filter. Throws Error (usage) that shows a mistake with a caret.
store::RunFilter filter_of(const std::vector<std::string>& words);

}  // namespace pawl::cli

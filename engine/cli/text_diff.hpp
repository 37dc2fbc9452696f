#pragma once

#include <string>
#include <string_view>

namespace pawl::cli {

/// What changes between two texts, as `diff -u` tells it, for texts whose lines are the same but
/// for white space and empty lines: then the lines pair up by counting, and nothing is searched.
/// Empty when nothing changes. Line ends of Windows are not shown line by line but told once.
std::string text_diff(std::string_view name, std::string_view before, std::string_view after);

}  // namespace pawl::cli

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/style.hpp"

namespace pawl::cli {

/// What Ctrl-C asks: three rows below the tree, which goes on meanwhile.
std::vector<std::string> leave_dialogue(std::int64_t run, std::int64_t running, const Style& style);

/// What a key means while the dialogue is open.
enum class LeaveChoice { none, back, detach, pause, cancel };
LeaveChoice leave_choice(char key);

}  // namespace pawl::cli

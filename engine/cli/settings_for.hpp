#pragma once

#include <string>

#include "cli/flags.hpp"
#include "settings/settings.hpp"

namespace pawl::cli {

/// The settings as this process finds them, read once; faults and all.
const settings::Settings& settings_found(const CommonFlags& flags);

/// The same for commands that act by them. Throws Error (usage) when they have faults: a setting
/// that was misspelt must not be the default in secret.
const settings::Settings& settings_for(const CommonFlags& flags);

/// Steps at once when nothing says how many: most wait for something else than a core.
int slots_without_setting();

}  // namespace pawl::cli

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "settings/settings.hpp"

/// What `pawl config` prints.
namespace pawl::cli {

/// What stands for a default that only this machine knows, by key: "worker.slots" → "8".
using Computed = std::map<std::string_view, std::string>;

/// One row a setting: name, value, where it comes from, what weaker places say. `only`: of this key
/// alone. Passwords are left out. `folder`: places in it are told without it.
std::string config_text(const settings::Settings& settings, const Computed& computed,
                        const settings::Key* only, const std::string& folder);
/// The same as one JSON record a line.
std::string config_records(const settings::Settings& settings, const Computed& computed,
                           const settings::Key* only);
/// The value alone, a line each.
std::string config_values(const settings::Settings& settings, const Computed& computed,
                          const settings::Key* only);

}  // namespace pawl::cli

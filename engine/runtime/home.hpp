#pragma once

#include <string>

namespace pawl::runtime {

/// Where Pawl keeps what is this user's: $PAWL_HOME, else /var/lib/pawl for root, else
/// $XDG_DATA_HOME/pawl, else ~/.local/share/pawl. Absolute; need not exist yet.
std::string home_folder();

}  // namespace pawl::runtime

#pragma once

#include <vector>

#include "cli/json_reading.hpp"
#include "store/reader.hpp"

namespace pawl::cli {

/// The whole history of a run, in order.
std::vector<EventView> all_events(store::Reader& reader, RunId run);

}  // namespace pawl::cli

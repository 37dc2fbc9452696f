#pragma once

#include <optional>
#include <string>
#include <utility>

#include "store/reader.hpp"

namespace pawl::cli {

/// The one run that RUN names. Throws Error (usage) when there is none or there are several.
store::RunSummary find_run(store::Reader& reader, const std::string& text);

/// "4711.1" is run 4711 as it stood after repair 1: the run's name and that number, for commands
/// that can read a past state. Anything else is given back as it is.
std::pair<std::string, std::optional<int>> split_repair(const std::string& text);

/// "4711", or "4711, which is last" when the user did not name it by number.
std::string said_as(const store::RunSummary& run, const std::string& text);

}  // namespace pawl::cli

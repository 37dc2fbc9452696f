#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/failure_place.hpp"
#include "cli/live/run_history.hpp"
#include "cli/run_view.hpp"
#include "cli/style.hpp"

namespace pawl::cli {

/// What the end of a run tells besides its rows.
struct Ending {
  std::map<std::int32_t, std::vector<std::string>>
      tails{};                                    ///< Last lines of failed steps, by inst.
  std::map<std::int32_t, FailurePlace> places{};  ///< Where they failed, as far as that is known.
  Usual usual{};                                  ///< How long such a run takes.
};

/// Failed steps by kind, exit code and message, each group and its steps in file order: a thousand
/// times the same mistake is one mistake.
std::vector<std::vector<StepId>> groups_of_failures(const RunView& view,
                                                    const std::vector<StepId>& failed);

/// Tail and place of the first step of each group, or how long a good run usually takes.
Ending read_ending(store::Reader& reader, const RunView& view);

/// What stands at the end of a followed run: how it ended, its outputs or its failures, and the
/// next command.
std::string summary_text(const RunView& view, const Ending& ending, const Style& style);

}  // namespace pawl::cli

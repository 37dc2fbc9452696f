#pragma once

#include <cstddef>
#include <string>

#include "cli/live/live_run.hpp"
#include "cli/style.hpp"

/// What the rows of the tree say, before anybody knows how much room there is.
namespace pawl::cli {

/// The state of a step or a block, and what it tells of itself.
struct Said {
  std::string words;    ///< "retrying, try 3 of 5 in 8s"
  std::string message;  ///< `exit 2, "ld: out of memory"`
};

/// Of a step. Where glyphs are letters, also what a glyph would say.
Said said_of(const LiveRun& run, StepId step, TimePoint now, const Style& style);

/// Of a block of few steps: "1 of 3"; of many a bar, as wide as `room` allows, and the counts.
Said said_of_block(const Tally& tally, std::size_t room, const Style& style);
/// The same in two columns: "━━━━────  38 %" and "3,852 done, 2 failed, 64 running".
Said said_wide_of_block(const Tally& tally, std::size_t room, const Style& style);

const core::Instance& instance_of(const LiveRun& run, StepId step);
/// "compile"; of a hook its path.
std::string name_of_row(const LiveRun& run, StepId step);

}  // namespace pawl::cli

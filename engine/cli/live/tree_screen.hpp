#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/live/tree_rows.hpp"
#include "cli/style.hpp"

namespace pawl::cli {

/// What a terminal shows: rows without ends of line, none wider than asked for.
using Screen = std::vector<std::string>;

/// What stands around the tree besides the run itself.
struct TreeSettings {
  int rows = 12;  ///< Of the whole block.
  int tail = 3;
  std::optional<Micros> lost_for;       ///< The connection to the database is gone since then.
  std::string ends;                     ///< "ends 13:58–14:06"; empty: no estimate.
  std::vector<std::string> dialogue{};  ///< Rows below the tree.
  bool is_left = false;                 ///< The last look at it: no key does anything any more.
  double done = 0;                      ///< The run is shown as done to this share at least.
};

struct TreeFrame {
  Screen screen;
  std::vector<StepId> steps;  ///< Those that have a row.
};

/// The live tree: header, progress, steps, what is to come. Pure: rows in, text out. `tallies` are
/// those of `run` at `now`.
TreeFrame tree_frame(const LiveRun& run, const Tallies& tallies, TimePoint now,
                     const TreeSettings& settings, const Style& style);
/// The same for who wants no more than the text.
Screen tree_screen(const LiveRun& run, TimePoint now, const TreeSettings& settings,
                   const Style& style);

/// The tree that stays when the run has ended or nobody watches any more.
Screen final_tree(const LiveRun& run, TimePoint now, const Style& style);

}  // namespace pawl::cli

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cli/live/live_run.hpp"

/// Which steps get a row when there are more than rows. Order is the plan's, so rows do not jump;
/// failures and questions come before what runs, and what runs longest before the rest.
namespace pawl::cli {

struct TreeRow {
  enum class Kind {
    step,
    tail,         ///< Lines that `step` printed.
    answer,       ///< The command that ends the wait of `step`.
    more_failed,  ///< What has no row of its own, counted.
    more_running,
    more_others,  ///< Retrying, waiting, unknown.
  };
  Kind kind = Kind::step;
  StepId step{};
  int depth = 0;
  std::size_t line = 0;          ///< tail: index into the tail's lines.
  std::vector<StepId> folded{};  ///< more_*: those it counts, longest first.
};

struct RowLimits {
  std::size_t rows = 12;  ///< Rows of steps, tails and folds together.
  int tail = 3;           ///< Lines under a running step; 1 when several run.
};

/// Steps that have not begun have no row: see `to_come`.
std::vector<TreeRow> choose_rows(const LiveRun& run, const RowLimits& limits);

/// Blocks and steps that have not begun, each block that has not begun as one; at most `limit`.
std::vector<StepId> to_come(const LiveRun& run, std::size_t limit);

}  // namespace pawl::cli

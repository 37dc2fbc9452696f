#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/live/tree_screen.hpp"
#include "cli/style.hpp"
#include "store/overview.hpp"
#include "store/reader.hpp"

/// Runs, queues and workers at one glance: rows in, text out.
namespace pawl::cli {

struct TopRun {
  store::RunSummary run;
  std::int64_t steps = 0, ended = 0, failed = 0, running = 0;
  std::string now;  ///< The step that runs longest, and for how long.
};

struct TopView {
  TimePoint now{};  ///< The database's clock.
  std::optional<double> commits_per_second;
  Micros answers_in{0};
  std::vector<store::QueueSight> queues;
  std::vector<store::WorkerSight> workers;
  std::vector<TopRun> runs;
  std::string filter;              ///< As it was typed; empty: what has not ended, then the newest.
  std::string mistake;             ///< In the filter.
  std::optional<Micros> lost_for;  ///< The connection to the database is gone since then.
};

/// What the person at the keyboard does.
struct TopLook {
  int rows = 24;
  std::optional<std::size_t> chosen;  ///< A run, by its place in the list.
  std::optional<std::string> typing;  ///< The filter that is being typed.
};

/// At most `look.rows` rows, none wider than the style allows.
Screen top_screen(const TopView& view, const TopLook& look, const Style& style);

/// One record for `--json`.
std::string top_record(const TopView& view);

}  // namespace pawl::cli

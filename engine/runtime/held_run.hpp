#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "runtime/owner.hpp"

/// What an Owner keeps of its runs: owner.cpp (what happens to them) and owner_journal.cpp (how it
/// is stored).
namespace pawl::runtime {

/// A run in memory, with what has happened to it since its rows were last sent.
struct Owner::Held {
  core::RunState state;
  std::int32_t version_stored = 0;
  std::int64_t inbox_done = 0;  ///< Last request applied, stored or not.
  std::vector<store::EventRow> events;
  std::vector<core::Effect> effects;
  std::vector<store::InboxMark> consumed;
  std::set<InstId> touched;           ///< Steps whose rows must be written.
  std::vector<store::InboxRow> late;  ///< Requests that came while the run was being released.
  std::optional<TimePoint> timer;
  std::int32_t turns = 0;  ///< Starts in a row.
  bool dirty = false;
  bool hungry = false;
  bool in_flight = false;
  /// Came by a claim, so no worker has died of it lately: its brief scripts may run ahead.
  bool fresh = false;
  bool named = false;    ///< An event of ours tells whose the run is.
  bool leaving = false;  ///< The batch under way lets it go: no events until the answer.
  store::Release release = store::Release::keep;  ///< For the next batch.
};

/// The batch under way: enough to send its content again if it did not happen.
struct Owner::Flight {
  struct Part {
    std::int32_t version_before = 0, version_after = 0;
    std::vector<store::EventRow> events;
    std::vector<core::Effect> effects;
    std::vector<store::InboxMark> consumed;
    std::set<InstId> touched;
    store::Release release = store::Release::keep;
    bool set_aside = false;  ///< Its rows could not be read: there is nothing to try again.
  };
  store::Batch batch;
  std::map<RunId, Part> parts;
};

}  // namespace pawl::runtime

#include "store/check_batch.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace pawl::store {

namespace {

/// A lonely transition is checked without a container: it is the hot path.
void check_one(const Batch& batch) {
  const RunRow& run = batch.runs[0];
  check(batch.events[0].run == run.run && batch.events[0].seq == run.version_after &&
            run.version_after == run.version_before + 1,
        "an event does not continue its run");
  for (std::size_t i = 0; i < batch.steps.size(); ++i) {
    check(batch.steps[i].run == run.run, "a step row belongs to a run outside the batch");
    if (i > 64) continue;
    for (std::size_t j = 0; j < i; ++j) {
      check(batch.steps[i].inst != batch.steps[j].inst, "a step is twice in a batch");
    }
  }
}

}  // namespace

void check_batch(const Batch& batch) {
  check(batch.seq > 0, "a batch has no number");
  if (batch.runs.size() == 1 && batch.events.size() == 1) return check_one(batch);
  std::unordered_map<RunId, std::pair<std::int32_t, std::int32_t>> next;  // version, last
  for (const RunRow& run : batch.runs) {
    check(next.try_emplace(run.run, run.version_before, run.version_after).second,
          "a run is twice in a batch");
  }
  for (const EventRow& event : batch.events) {
    const auto run = next.find(event.run);
    check(run != next.end() && event.seq == ++run->second.first,
          "an event does not continue its run");
  }
  for (const auto& [run, versions] : next) {
    check(versions.first == versions.second, "a run's version has no event");
  }
  std::vector<std::pair<std::int64_t, std::int32_t>> steps;
  for (const StepRow& step : batch.steps) {
    check(next.contains(step.run), "a step row belongs to a run outside the batch");
    steps.emplace_back(step.run.value, step.inst);
  }
  std::ranges::sort(steps);
  check(std::ranges::adjacent_find(steps) == steps.end(), "a step is twice in a batch");
}

}  // namespace pawl::store

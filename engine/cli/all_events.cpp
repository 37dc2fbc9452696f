#include "cli/all_events.hpp"

namespace pawl::cli {

std::vector<EventView> all_events(store::Reader& reader, RunId run) {
  constexpr int page = 1000;
  std::vector<EventView> events;
  while (true) {
    const auto rows = reader.events(run, events.empty() ? 0 : events.back().seq, page);
    for (const store::EventRow& row : rows) events.push_back(read_event(row));
    if (rows.size() < static_cast<std::size_t>(page)) return events;
  }
}

}  // namespace pawl::cli

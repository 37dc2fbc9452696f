#include "runtime/takeover.hpp"

#include <utility>

namespace pawl::runtime {

std::vector<TakeoverWatch::Dead> TakeoverWatch::see(const std::vector<store::LaneSight>& lanes,
                                                    Micros now) {
  std::map<Incarnation, Seen> seen;
  std::vector<Dead> dead;
  for (const store::LaneSight& lane : lanes) {
    const auto before = seen_.find(lane.inc);
    const bool moved = before == seen_.end() || before->second.last_seq != lane.last_seq;
    const Seen mine = moved ? Seen{lane.last_seq, now} : before->second;
    if (lane.lease_over && now - mine.since >= lease_) dead.push_back({lane.inc, lane.last_seq});
    seen.emplace(lane.inc, mine);
  }
  seen_ = std::move(seen);
  return dead;
}

}  // namespace pawl::runtime

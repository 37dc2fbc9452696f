#pragma once

#include <map>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

namespace pawl::runtime {

/// Decides whose lease has ended: a lane that has not moved for one lease of the watcher's own
/// monotonic time and whose lease is over by the database's clock. So neither a step of the
/// database's clock nor a common outage makes anybody lose its runs: after `interrupted` everybody
/// is watched anew.
class TakeoverWatch {
 public:
  explicit TakeoverWatch(Micros lease) : lease_(lease) {}

  struct Dead {
    Incarnation inc;
    std::int64_t last_seq = 0;
  };
  /// What was seen at `now` (time since boot): the lanes that may be fenced.
  std::vector<Dead> see(const std::vector<store::LaneSight>& lanes, Micros now);
  /// We could not see for a while.
  void interrupted() { seen_.clear(); }

 private:
  struct Seen {
    std::int64_t last_seq = 0;
    Micros since{};
  };
  Micros lease_;
  std::map<Incarnation, Seen> seen_;
};

}  // namespace pawl::runtime

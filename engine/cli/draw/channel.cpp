#include "cli/draw/channel.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>

namespace pawl::cli::draw {
namespace {

std::size_t at(int number) { return static_cast<std::size_t>(number); }

using Links = std::vector<std::pair<int, int>>;

/// The parts of the links that hang together.
std::vector<Links> components_of(const Links& links) {
  // Both sides number their spots from the same range, so one map serves both.
  std::map<int, int> leader;
  const auto find = [&](int spot) {
    while (leader[spot] != spot) spot = leader[spot] = leader[leader[spot]];
    return spot;
  };
  for (const auto& [upper, lower] : links) {
    leader.emplace(upper, upper);
    leader.emplace(lower, lower);
    leader[find(upper)] = find(lower);
  }
  std::map<int, std::size_t> index;
  std::vector<Links> parts;
  for (const auto& link : links) {
    const auto [entry, is_new] = index.emplace(find(link.first), parts.size());
    if (is_new) parts.emplace_back();
    parts[entry->second].push_back(link);
  }
  return parts;
}

/// Uppers that lead to the same lowers share a net.
std::vector<Net> by_lowers(const Links& links) {
  std::map<int, std::vector<int>> lowers;
  for (const auto& [upper, lower] : links) lowers[upper].push_back(lower);
  std::map<std::vector<int>, std::vector<int>> uppers;
  for (auto& [upper, below] : lowers) {
    std::ranges::sort(below);
    uppers[below].push_back(upper);
  }
  std::vector<Net> nets;
  for (auto& [below, above] : uppers) nets.push_back({above, below});
  return nets;
}

/// Lowers that come from the same uppers share a net.
std::vector<Net> by_uppers(const Links& given) {
  Links links = given;
  for (auto& [upper, lower] : links) std::swap(upper, lower);
  std::vector<Net> nets = by_lowers(links);
  for (Net& net : nets) std::swap(net.above, net.below);
  return nets;
}

std::size_t pins_of(const std::vector<Net>& nets) {
  return std::accumulate(
      nets.begin(), nets.end(), std::size_t{0},
      [](std::size_t sum, const Net& net) { return sum + net.above.size() + net.below.size(); });
}

/// Both ways to group, the one with fewer ends of lines.
std::vector<Net> fewest_nets(const Links& links) {
  std::vector<Net> one = by_lowers(links), other = by_uppers(links);
  return pins_of(other) < pins_of(one) ? other : one;
}

bool is_straight(const Net& net) {
  return net.above.size() == 1 && net.below.size() == 1 && net.above[0] == net.below[0];
}

void measure(Track& track) {
  track.left = track.right = track.above.empty() ? track.below[0] : track.above[0];
  for (const auto* side : {&track.above, &track.below}) {
    for (const int column : *side) {
      track.left = std::min(track.left, column);
      track.right = std::max(track.right, column);
    }
  }
}

long inside(const std::vector<int>& columns, const Track& track) {
  return std::ranges::count_if(
      columns, [&](int column) { return column > track.left && column < track.right; });
}

/// Crossings of the two when `upper` runs above `lower`.
long crossings(const Track& upper, const Track& lower) {
  return inside(lower.above, upper) + inside(upper.below, lower);
}

/// `upper` comes down where `lower` begins to go down: it must run above it.
bool must_be_above(const Track& upper, const Track& lower) {
  return std::ranges::any_of(upper.above, [&](int column) {
    return std::ranges::find(lower.below, column) != lower.below.end();
  });
}

class Routing {
 public:
  explicit Routing(const std::vector<Net>& nets) {
    for (std::size_t i = 0; i < nets.size(); ++i) {
      for (const auto* side : {&nets[i].above, &nets[i].below}) {
        taken_.insert(side->begin(), side->end());
      }
      if (is_straight(nets[i])) continue;
      Track track{static_cast<int>(i), nets[i].above, nets[i].below, 0, 0, 0};
      measure(track);
      tracks_.push_back(std::move(track));
    }
  }

  Channel run() {
    sort();
    if (tracks_.size() <= tracks_large) swap_neighbours();
    return pack();
  }

 private:
  /// Beyond it crossings are not reduced: nobody counts them there.
  static constexpr std::size_t tracks_large = 200;

  /// Topologically; where tracks wait for each other, one gives way in two pieces.
  void sort() {
    std::vector<Track> waiting = std::move(tracks_);
    tracks_.clear();
    while (!waiting.empty()) {
      // The columns where a waiting track must still come down before others may begin there.
      std::map<int, int> busy;
      for (const Track& track : waiting) {
        for (const int column : track.above) busy[column] = track.net;
      }
      std::vector<Track> blocked;
      const std::size_t before = tracks_.size();
      for (Track& track : waiting) {
        const bool is_free = std::ranges::none_of(track.below, [&](int column) {
          const auto other = busy.find(column);
          return other != busy.end() && other->second != track.net;
        });
        (is_free ? tracks_ : blocked).push_back(std::move(track));
      }
      waiting = std::move(blocked);
      if (tracks_.size() == before) give_way(waiting);
    }
  }

  /// The first of `waiting` comes down, goes aside, and goes on below the others.
  void give_way(std::vector<Track>& waiting) {
    Track& first = waiting.front();
    const int aside = free_column((first.left + first.right) / 2);
    Track lower{first.net, {aside}, std::move(first.below), 0, 0, 0};
    first.below = {aside};
    measure(first);
    measure(lower);
    waiting.push_back(std::move(lower));
  }

  int free_column(int near) {
    near -= near % 2;
    for (int distance = 0;; distance += 2) {
      for (const int column : {near + distance, near - distance}) {
        if (column >= 0 && taken_.insert(column).second) return column;
      }
    }
  }

  void swap_neighbours() {
    // Each swap takes away crossings of this pair only, so it ends.
    for (bool better = true; better;) {
      better = false;
      for (std::size_t i = 0; i + 1 < tracks_.size(); ++i) {
        Track& upper = tracks_[i];
        Track& lower = tracks_[i + 1];
        if (upper.net == lower.net || must_be_above(upper, lower)) continue;
        if (crossings(lower, upper) >= crossings(upper, lower)) continue;
        std::swap(upper, lower);
        better = true;
      }
    }
  }

  /// Each track as high as those above it allow.
  Channel pack() {
    Channel channel;
    int last = 0;
    for (const Track& track : tracks_) last = std::max(last, track.right);
    std::vector<int> height(at(last) + 1, 0);
    for (Track& track : tracks_) {
      const auto begin = height.begin() + track.left;
      const auto end = height.begin() + track.right + 1;
      track.row = *std::max_element(begin, end);
      std::fill(begin, end, track.row + 1);
      channel.rows = std::max(channel.rows, track.row + 1);
    }
    channel.tracks = std::move(tracks_);
    return channel;
  }

  std::vector<Track> tracks_;
  std::set<int> taken_;
};

}  // namespace

std::vector<Net> nets_of(const Links& links, const std::function<bool(int)>& is_line) {
  std::map<int, int> lowers, uppers;
  for (const auto& [upper, lower] : links) {
    ++lowers[upper];
    ++uppers[lower];
  }
  Links splitting, gathering, others;
  for (const auto& link : links) {
    const auto& [upper, lower] = link;
    const bool splits = is_line(upper) && lowers[upper] > 1;
    const bool gathers = is_line(lower) && uppers[lower] > 1;
    (splits ? splitting : gathers ? gathering : others).push_back(link);
  }
  std::vector<Net> nets = by_lowers(splitting);
  const auto add = [&](const std::vector<Net>& more) {
    nets.insert(nets.end(), more.begin(), more.end());
  };
  add(by_uppers(gathering));
  for (const Links& part : components_of(others)) add(fewest_nets(part));
  return nets;
}

Channel route(const std::vector<Net>& nets) { return Routing(nets).run(); }

}  // namespace pawl::cli::draw

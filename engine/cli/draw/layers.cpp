#include "cli/draw/layers.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace pawl::cli::draw {
namespace {

std::size_t at(int number) { return static_cast<std::size_t>(number); }

/// The longest path to each child.
std::vector<int> depths_of(const std::vector<std::vector<int>>& needs) {
  std::vector<std::vector<int>> dependents(needs.size());
  std::vector<int> open(needs.size()), depth(needs.size(), 0), ready;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    open[i] = static_cast<int>(needs[i].size());
    for (const int need : needs[i]) dependents[at(need)].push_back(static_cast<int>(i));
    if (open[i] == 0) ready.push_back(static_cast<int>(i));
  }
  while (!ready.empty()) {
    const int child = ready.back();
    ready.pop_back();
    for (const int next : dependents[at(child)]) {
      depth[at(next)] = std::max(depth[at(next)], depth[at(child)] + 1);
      if (--open[at(next)] == 0) ready.push_back(next);
    }
  }
  return depth;
}

/// Joins the children layer by layer. Each long edge runs along the line of its source or of its
/// target, whichever is shared by more edges for its length.
class Joining {
 public:
  Joining(const std::vector<std::vector<int>>& needs, Layers& out) : needs_(needs), out_(out) {}

  void run() {
    weigh();
    for (std::size_t i = 0; i < needs_.size(); ++i) {
      for (const int source : needs_[i]) join(source, static_cast<int>(i));
    }
  }

 private:
  /// The line of a source begins below it, that of a target ends above it.
  struct Line {
    int reach = 0;           ///< Layers between its end and the farthest partner.
    long shared = 0;         ///< What the edges along it would need alone.
    std::vector<int> spots;  ///< From its owner on.
  };

  int span(int source, int target) const {
    return out_.spot(target).layer - out_.spot(source).layer;
  }

  static void count(Line& line, int passed) {
    line.reach = std::max(line.reach, passed);
    line.shared += passed;
  }

  void weigh() {
    from_.resize(needs_.size());
    to_.resize(needs_.size());
    for (std::size_t i = 0; i < needs_.size(); ++i) {
      for (const int source : needs_[i]) {
        const int passed = span(source, static_cast<int>(i)) - 1;
        if (passed == 0) continue;
        count(from_[at(source)], passed);
        count(to_[i], passed);
      }
    }
  }

  void link(int upper, int lower) {
    out_.spots[at(upper)].down.push_back(lower);
    out_.spots[at(lower)].up.push_back(upper);
  }

  int new_spot(int layer) {
    const int spot = static_cast<int>(out_.spots.size());
    out_.spots.push_back({-1, layer, {}, {}});
    out_.rows[at(layer)].push_back(spot);
    return spot;
  }

  void join(int source, int target) {
    const int passed = span(source, target) - 1;
    if (passed == 0) return link(source, target);
    Line& down = from_[at(source)];
    Line& up = to_[at(target)];
    if (down.shared * up.reach >= up.shared * down.reach) {
      while (static_cast<int>(down.spots.size()) < passed) {
        const int last = down.spots.empty() ? source : down.spots.back();
        down.spots.push_back(new_spot(out_.spot(last).layer + 1));
        link(last, down.spots.back());
      }
      link(down.spots[at(passed - 1)], target);
    } else {
      while (static_cast<int>(up.spots.size()) < passed) {
        const int last = up.spots.empty() ? target : up.spots.back();
        up.spots.push_back(new_spot(out_.spot(last).layer - 1));
        link(up.spots.back(), last);
      }
      link(source, up.spots[at(passed - 1)]);
    }
  }

  const std::vector<std::vector<int>>& needs_;
  Layers& out_;
  std::vector<Line> from_, to_;
};

/// Crossings between the rows, counted by a Fenwick tree over the lower one (Barth, Mutzel, Jünger
/// 2004).
long crossings_between(const Layers& layers, const std::vector<int>& upper, std::size_t lower_size,
                       const std::vector<int>& place) {
  std::vector<long> tree(lower_size + 1, 0);
  long seen = 0, crossings = 0;
  for (const int spot : upper) {
    const std::vector<int>& links = layers.spot(spot).down;
    for (const int target : links) {
      long not_right = 0;
      for (std::size_t i = at(place[at(target)]) + 1; i > 0; i -= i & (~i + 1))
        not_right += tree[i];
      crossings += seen - not_right;
    }
    for (const int target : links) {
      for (std::size_t i = at(place[at(target)]) + 1; i <= lower_size; i += i & (~i + 1)) ++tree[i];
    }
    seen += static_cast<long>(links.size());
  }
  return crossings;
}

/// Orders the rows: sweeps of barycenters, then swaps of neighbours while they help.
class Ordering {
 public:
  explicit Ordering(Layers& layers) : layers_(layers), place_(layers.spots.size()) {}

  void run() {
    for (const auto& row : layers_.rows) number(row);
    auto best = layers_.rows;
    long fewest = count();
    const bool is_large = layers_.spots.size() > spots_large;
    for (int sweep = 0; sweep < (is_large ? 4 : 24) && fewest > 0; ++sweep) {
      for (std::size_t i = 0; i < layers_.rows.size(); ++i) {
        const bool down = sweep % 2 == 0;
        arrange(down ? i : layers_.rows.size() - 1 - i, down);
      }
      if (!is_large) swap_neighbours();
      if (const long now = count(); now < fewest) {
        fewest = now;
        best = layers_.rows;
      }
    }
    layers_.rows = std::move(best);
  }

 private:
  static constexpr std::size_t spots_large = 1000;

  void number(const std::vector<int>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) place_[at(row[i])] = static_cast<int>(i);
  }

  long count() const {
    long sum = 0;
    for (std::size_t i = 0; i + 1 < layers_.rows.size(); ++i) {
      sum += crossings_between(layers_, layers_.rows[i], layers_.rows[i + 1].size(), place_);
    }
    return sum;
  }

  /// A row by the mean place of its neighbours in the row above (`down`) or below.
  void arrange(std::size_t number_of_row, bool down) {
    std::vector<int>& row = layers_.rows[number_of_row];
    std::vector<std::pair<double, int>> keys;
    for (const int spot : row) {
      const std::vector<int>& links = down ? layers_.spot(spot).up : layers_.spot(spot).down;
      double sum = 0;
      for (const int other : links) sum += place_[at(other)];
      const auto links_count = static_cast<double>(links.size());
      // Who has no neighbour there stays where it is.
      keys.emplace_back(links.empty() ? place_[at(spot)] : sum / links_count, spot);
    }
    std::ranges::stable_sort(keys, {}, &std::pair<double, int>::first);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = keys[i].second;
    number(row);
  }

  /// Crossings of the links of `left` and `right`, when they stand in this order.
  long crossings_of_pair(int left, int right) const {
    long sum = 0;
    const auto add = [&](const std::vector<int>& a, const std::vector<int>& b) {
      for (const int x : a) {
        for (const int y : b) sum += place_[at(x)] > place_[at(y)] ? 1 : 0;
      }
    };
    add(layers_.spot(left).up, layers_.spot(right).up);
    add(layers_.spot(left).down, layers_.spot(right).down);
    return sum;
  }

  void swap_neighbours() {
    constexpr int rounds_max = 8;
    bool better = true;
    for (int round = 0; better && round < rounds_max; ++round) {
      better = false;
      for (auto& row : layers_.rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
          if (crossings_of_pair(row[i], row[i + 1]) <= crossings_of_pair(row[i + 1], row[i])) {
            continue;
          }
          std::swap(row[i], row[i + 1]);
          std::swap(place_[at(row[i])], place_[at(row[i + 1])]);
          better = true;
        }
      }
    }
  }

  Layers& layers_;
  std::vector<int> place_;
};

}  // namespace

Layers layers_of(const std::vector<std::vector<int>>& needs) {
  Layers layers;
  const std::vector<int> depths = depths_of(needs);
  for (std::size_t i = 0; i < needs.size(); ++i) {
    layers.spots.push_back({static_cast<int>(i), depths[i], {}, {}});
    if (layers.rows.size() <= at(depths[i])) layers.rows.resize(at(depths[i]) + 1);
    layers.rows[at(depths[i])].push_back(static_cast<int>(i));
  }
  Joining(needs, layers).run();
  Ordering(layers).run();
  return layers;
}

long crossings_of(const Layers& layers) {
  std::vector<int> place(layers.spots.size());
  for (const auto& row : layers.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) place[at(row[i])] = static_cast<int>(i);
  }
  long sum = 0;
  for (std::size_t i = 0; i + 1 < layers.rows.size(); ++i) {
    sum += crossings_between(layers, layers.rows[i], layers.rows[i + 1].size(), place);
  }
  return sum;
}

}  // namespace pawl::cli::draw
